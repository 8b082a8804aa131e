import { afterEach, describe, expect, it } from 'vitest'
import type { AlibabaLive } from '../../lib/alibaba/live/live-domains.ts'
import { Key } from '../../lib/keyset/key.ts'
import type { Fence } from '../../lib/rotation/ports.ts'
import { failureOf, GROUP, startCloud, type Cloud } from './cloud.ts'

const DOMAIN = 'live1.example.com'
const URL = 'https://hooks.example.com/live/snapshot?tenant=7'

let cloud: Cloud
afterEach(() => cloud.emulator.close())

async function start(
  authSource: 'snapshotCallbackAuth' | 'notifyConfig',
  unconfiguredNotifyConfig: 'blank' | 'error' = 'blank',
): Promise<AlibabaLive> {
  cloud = await startCloud({ assumptions: { unconfiguredNotifyConfig } })
  return (await cloud.alibaba.open({ ...GROUP, authSource })).live
}

const run = <T>(work: Promise<T>): Promise<T> => cloud.clock.run(work)
const fence: Fence = () => Promise.resolve(() => true)

function configure(key: Key | null): void {
  const { world } = cloud.emulator
  world.setNotify(world.domain(DOMAIN), { url: URL, enabled: key !== null, key })
}

describe('a group on the other callback configuration', () => {
  it('is set and read there and keeps its URL', async () => {
    const live = await start('notifyConfig')
    configure(Key.generate())
    const before = cloud.emulator.world.domain(DOMAIN).auth
    const key = Key.generate()
    await run(live.set(DOMAIN, key, { fence }))
    expect(cloud.emulator.world.domain(DOMAIN).notify).toEqual({ url: URL, enabled: true, key })
    expect(cloud.emulator.world.domain(DOMAIN).auth).toBe(before)
    await expect(run(live.query(DOMAIN))).resolves.toEqual({ domain: DOMAIN, enabled: true, key })
  })

  it('is turned on if it had no key', async () => {
    const live = await start('notifyConfig')
    configure(null)
    await expect(run(live.query(DOMAIN))).resolves.toEqual({ domain: DOMAIN, enabled: false, key: null })
    const key = Key.generate()
    await run(live.set(DOMAIN, key, { fence }))
    expect(cloud.emulator.world.domain(DOMAIN).notify).toEqual({ url: URL, enabled: true, key })
  })

  it.each(['blank', 'error'] as const)('cannot be set without a URL, as %s reports', async (answer) => {
    const live = await start('notifyConfig', answer)
    await expect(run(live.query(DOMAIN))).resolves.toEqual({ domain: DOMAIN, enabled: false, key: null })
    const error = await run(failureOf(live.set(DOMAIN, Key.generate(), { fence })))
    expect(error).toMatchObject({ code: 'notFound', retryable: false })
    expect(String(error)).toContain('AddLiveSnapshotNotifyConfig')
  })

  it('checks its fence right before the change', async () => {
    const live = await start('notifyConfig')
    configure(Key.generate())
    const seen: string[] = []
    cloud.emulator.on('before', ({ action }) => void seen.push(action))
    const noting: Fence = async () => {
      seen.push('fence')
      return () => true
    }
    await run(live.set(DOMAIN, Key.generate(), { fence: noting }))
    expect(seen).toEqual(['DescribeLiveSnapshotNotifyConfig', 'fence', 'UpdateLiveSnapshotNotifyConfig'])
  })
})

it.each(['EntityNotExist.Role', 'EntityNotExist.User'])(
  '%s says that there is no configuration',
  async (code) => {
    const live = await start('notifyConfig')
    configure(Key.generate())
    cloud.emulator.faults.add({ kind: 'error', status: 404, code, times: 2 })
    const calls: Promise<unknown>[] = [live.query(DOMAIN), live.notifyConfig(DOMAIN)]
    for (const call of calls) {
      await expect(run(call)).rejects.toMatchObject({ code: 'notFound', vendorCode: code })
    }
  },
)

it('is not awaited once its caller is gone', async () => {
  const live = await start('notifyConfig')
  cloud.emulator.faults.add({ kind: 'throttle', times: 'always' })
  const stop = new AbortController()
  void cloud.clock.sleep(50).then(() => stop.abort(new Error('stopped')))
  const before = cloud.clock.tick()
  await expect(run(live.query(DOMAIN, { signal: stop.signal }))).rejects.toThrow('stopped')
  expect(cloud.clock.tick() - before).toBe(50)
})

describe.each(['snapshotCallbackAuth', 'notifyConfig'] as const)('a group on %s', (source) => {
  it.each(['blank', 'error'] as const)(
    'sees whether the other configuration is in use (%s)',
    async (answer) => {
      const live = await start(source, answer)
      await expect(run(live.notifyConfig(DOMAIN))).resolves.toBeNull()
      configure(null)
      await expect(run(live.notifyConfig(DOMAIN))).resolves.toEqual({ url: URL, enabled: false })
      configure(Key.generate())
      await expect(run(live.notifyConfig(DOMAIN))).resolves.toEqual({ url: URL, enabled: true })
      await expect(run(live.notifyConfig('no.example.com'))).rejects.toMatchObject({ code: 'notFound' })
    },
  )
})
