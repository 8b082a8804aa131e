import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  LOCAL_ACCESS_KEY_ID,
  LOCAL_ACCESS_KEY_SECRET,
  startEmulator,
  type Emulator,
} from '../../lib/emulator/index.ts'
import type { Report } from '../../lib/rotation/report/report.ts'
import { ramPolicy } from '../support/ram.ts'
import { anyText } from '../support/matchers.ts'

const BUNDLE = join(import.meta.dirname, '../../dist/functions/rotate')
const run = promisify(execFile)
const ROLE = { accessKeyId: LOCAL_ACCESS_KEY_ID, accessKeySecret: LOCAL_ACCESS_KEY_SECRET }

let emulator: Emulator
let folder: string

beforeEach(async () => {
  emulator = await startEmulator({
    domains: 10,
    credentials: [{ ...ROLE, policies: [ramPolicy('function-role')] }],
  })
  folder = await mkdtemp(join(tmpdir(), 'rotation-'))
  await configure('1s')
})

afterEach(async () => {
  await emulator.close()
  await rm(folder, { recursive: true })
})

async function configure(ttl: string): Promise<void> {
  await writeFile(
    join(folder, 'rotation.yaml'),
    [
      `ttl: ${ttl}`,
      'region: cn-shanghai',
      'propagation: { margin: 0s }',
      'groups:',
      '  - name: default',
      '    secret: live/snapshot-callback/default',
      '    discover: { suffix: .example.com }',
    ].join('\n'),
  )
}

interface Answer {
  readonly report?: Report
  readonly thrown?: { readonly name: string; readonly message: string }
}

/**
 * The built bundle, loaded by `import()` and called as the runtime does, in a process of its own. What it returns or
 * throws comes back as JSON.
 */
async function invoke(event: string, timeout = 60): Promise<Answer> {
  const script = `
    const { handler } = await import(${JSON.stringify(join(BUNDLE, 'index.js'))})
    const context = ${JSON.stringify({
      requestId: 'request-1',
      credentials: { ...ROLE, securityToken: '' },
      function: { name: 'live-key-rotator', handler: 'index.handler', memory: 256, timeout },
    })}
    const answer = await handler(Buffer.from(process.argv[1]), context).then(
      (report) => ({ report }),
      ({ name, message }) => ({ thrown: { name, message } }))
    console.log('\\n' + JSON.stringify(answer))`
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script, event], {
    env: {
      ROTATOR_CONFIG: join(folder, 'rotation.yaml'),
      ROTATOR_LIVE_ENDPOINT: emulator.url,
      ROTATOR_KMS_ENDPOINT: emulator.url,
    },
  })
  logged = stdout
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Answer
}

let logged = ''

const timerEvent = (action: string): string =>
  JSON.stringify({
    triggerTime: '2026-11-24T08:00:00Z',
    triggerName: 'monthly',
    payload: JSON.stringify({ action }),
  })

describe('the built function', () => {
  it('rotates on a timer event, but not twice for the same one', async () => {
    const { report } = await invoke(timerEvent('rotate'))
    expect(report).toMatchObject({
      ok: true,
      groups: [{ outcome: 'rotated', domains: { total: 10, confirmed: 10 } }],
    })
    const again = await invoke(timerEvent('rotate'))
    expect(again.report?.groups[0]).toMatchObject({ outcome: 'notDue', kid: report?.groups[0]?.kid })
    expect(emulator.calls.throttled).toBe(0)
  })

  it('writes one JSON line per event, with the request id', async () => {
    await invoke('')
    const lines = logged
      .trim()
      .split('\n')
      .slice(0, -1)
      .filter((line) => line !== '')
    expect(lines.length).toBeGreaterThan(3)
    for (const line of lines) {
      expect(JSON.parse(line)).toMatchObject({
        requestId: 'request-1',
        level: anyText,
        event: anyText,
      })
    }
  })

  it(
    'ends as waiting before its timeout; the next tick continues with its key',
    { tags: 'slow' },
    async () => {
      await configure('5s')
      const first = await invoke(timerEvent('rotate'), 4)
      expect(first.report?.groups[0]).toMatchObject({ outcome: 'waiting', phase: 'publishing' })
      const finished = await invoke(timerEvent('reconcile'), 60)
      expect(finished.report?.groups[0]).toMatchObject({
        outcome: 'reconciled',
        kid: first.report?.groups[0]?.kid,
      })
    },
  )

  it('throws, with the report, if a domain fails for good', async () => {
    emulator.world.domain('live3.example.com').callbackUrls.clear()
    const { thrown } = await invoke('{"action":"rotate"}')
    expect(thrown?.name).toBe('RotatorError')
    const [sentence, json] = thrown?.message.split('\n') ?? []
    expect(sentence).toContain('live3.example.com')
    expect(JSON.parse(json ?? '')).toMatchObject({ ok: false, groups: [{ outcome: 'incomplete' }] })
  })

  it.each([
    ['{"action":"rotat"}', 'action'],
    ['{"grup":"default"}', 'grup'],
    ['not json', 'not JSON'],
    ['{"group":"other"}', 'no group "other"'],
  ])('refuses the event %s in a sentence', async (event, named) => {
    const { thrown } = await invoke(event)
    expect(thrown?.message).toContain(named)
    expect(emulator.calls.of('SetSnapshotCallbackAuth')).toEqual([])
  })

  it('is uploaded as the bundle and its configuration, under 1 MB', async () => {
    expect((await readdir(BUNDLE)).sort()).toEqual(['bundle.js', 'index.js', 'rotation.yaml'])
    expect((await stat(join(BUNDLE, 'bundle.js'))).size).toBeLessThan(1_000_000)
  })
})
