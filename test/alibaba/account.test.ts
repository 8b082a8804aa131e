import { build } from 'esbuild'
import { afterEach, expect, it } from 'vitest'
import { createAlibaba } from '../../lib/alibaba/create-alibaba.ts'
import type { CallLog } from '../../lib/alibaba/transport/caller.ts'
import { fixedCredentials } from '../../lib/alibaba/transport/credentials.ts'
import { Key } from '../../lib/keyset/key.ts'
import type { Fence } from '../../lib/rotation/ports.ts'
import { TestClock } from '../support/clock.ts'
import { seeded } from '../support/seeded.ts'
import { configFor, failureOf, GROUP, LOCAL_PAIR, startCloud, type Cloud } from './cloud.ts'

let cloud: Cloud | undefined
afterEach(async () => {
  await cloud?.emulator.close()
  cloud = undefined
})

it.each(['http://live.aliyuncs.com', 'http://10.0.0.1:80', 'http://127.0.0.1.example.com'])(
  'refuses %s: plain http would show keys and credentials',
  (url) => {
    const options = {
      credentials: fixedCredentials(LOCAL_PAIR),
      clock: new TestClock(),
      random: seeded(1),
    }
    const { endpoints } = configFor('https://kms.cn-shanghai.aliyuncs.com')
    for (const name of ['live', 'kms'] as const) {
      const config = { ...configFor(url), endpoints: { ...endpoints, [name]: url } }
      expect(() => createAlibaba({ ...options, config })).toThrow(expect.objectContaining({ code: 'config' }))
    }
  },
)

it('logs its retries, but never a key', async () => {
  const lines: Parameters<CallLog>[0][] = []
  cloud = await startCloud({}, { log: (line) => void lines.push(line) })
  const { live } = await cloud.alibaba.open(GROUP)
  cloud.emulator.faults.add({ kind: 'throttle' })
  const key = Key.generate()
  await cloud.clock.run(live.set('live1.example.com', key, { fence: () => Promise.resolve(() => true) }))
  expect(lines).toMatchObject([
    {
      level: 'debug',
      event: 'call.retry',
      group: 'default',
      api: 'SetSnapshotCallbackAuth',
      attempt: 1,
      code: 'throttled',
    },
  ])
  expect(JSON.stringify(lines)).not.toContain(key.reveal())
})

it('names the action that RAM denies, call by call', async () => {
  cloud = await startCloud({
    credentials: [{ ...LOCAL_PAIR, policies: [{ Version: '1', Statement: [] }] }],
  })
  const { live, keysets } = await cloud.alibaba.open(GROUP)
  const fence: Fence = () => Promise.resolve(() => true)
  const stream = { domain: 'd', publishDomain: 'push1.example.com', app: 'a', stream: 's', publishedAt: 0 }
  const calls: [Promise<unknown>, string][] = [
    [live.set('live1.example.com', Key.generate(), { fence }), 'live:SetSnapshotCallbackAuth'],
    [live.query('live1.example.com'), 'live:QuerySnapshotCallbackAuth'],
    [live.discover('.example.com'), 'live:DescribeLiveUserDomains'],
    [live.streams('live1.example.com'), 'live:DescribeLiveStreamsOnlineList'],
    [live.interrupt(stream, { fence: () => Promise.resolve(() => true) }), 'live:ForbidLiveStream'],
    [live.notifyConfig('live1.example.com'), 'live:DescribeLiveSnapshotNotifyConfig'],
    [keysets.load(), 'kms:ListSecretVersionIds'],
  ]
  const errors = await cloud.clock.run(Promise.all(calls.map(([call]) => failureOf(call))))
  for (const [index, [, action]] of calls.entries()) {
    expect(errors[index]).toMatchObject({ code: 'denied' })
    expect(String(errors[index])).toContain(`allow the RAM action ${action}`)
  }
})

it('loads no SDK before the first group is opened', async () => {
  const { metafile } = await build({
    entryPoints: ['lib/alibaba/create-alibaba.ts'],
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    metafile: true,
    write: false,
  })
  const reached = new Set<string>()
  const visit = (path: string): void => {
    if (reached.has(path)) return
    reached.add(path)
    for (const one of metafile.inputs[path]?.imports ?? []) {
      if (one.kind === 'import-statement') visit(one.path)
    }
  }
  visit('lib/alibaba/create-alibaba.ts')
  expect(reached).toContain('lib/alibaba/live/live-domains.ts')
  expect([...reached].filter((path) => !/^(lib\/|node:)/.test(path))).toEqual([])
})
