import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  LOCAL_ACCESS_KEY_ID,
  LOCAL_ACCESS_KEY_SECRET,
  LOCAL_ACCOUNT_ID,
  startEmulator,
  type Emulator,
} from '../../lib/emulator/index.ts'
import { readKeyset } from '../../lib/keyset/document.ts'
import type { Keyset } from '../../lib/keyset/keyset.ts'
import { webReceiver } from '../../lib/receiver/adapters/web.ts'
import { createVerifier, kmsKeyset, type KeysetSource } from '../../lib/receiver/index.ts'
import { callbackHeaders } from '../../lib/receiver/testing.ts'
import type { Report } from '../../lib/rotation/report/report.ts'
import { cliOn, flat, SECRET } from '../cli/on-emulator.ts'
import type { Outcome } from '../cli/support.ts'

const HOST = 'hooks.example.com'
const CONFIG = `
region: cn-shanghai
ttl: 1s
rotation: { minAge: 0s }
propagation: { margin: 0s }
groups:
  - name: default
    secret: ${SECRET}
    domains: [live1.example.com, live2.example.com]
`

let emulator: Emulator
const open = new Set<KeysetSource>()
beforeEach(async () => {
  emulator = await startEmulator({ domains: 2, streams: 2 })
  expect(await rotator('reconcile')).toMatchObject({ code: 0 })
})
afterEach(async () => {
  for (const source of open) source.close()
  open.clear()
  await emulator.close()
})

const rotator = (...args: string[]): Promise<Outcome> =>
  cliOn(emulator, [...args, '--json'], { config: CONFIG })
const groupOf = ({ out }: Outcome): Report['groups'][number] | undefined =>
  (JSON.parse(out) as Report).groups[0]

function receiver(): KeysetSource {
  const source = kmsKeyset({
    secret: SECRET,
    region: 'cn-shanghai',
    timeout: 1_000,
    endpoint: emulator.url,
    credentials: { accessKeyId: LOCAL_ACCESS_KEY_ID, accessKeySecret: LOCAL_ACCESS_KEY_SECRET },
  })
  open.add(source)
  return source
}

/** What a receiver makes of a callback under `key`. */
async function verdictOn(source: KeysetSource, key: string): Promise<string> {
  const verify = createVerifier({ keyset: source, host: HOST })
  const headers = callbackHeaders({ host: HOST, key })
  return (await verify(headers)).verdict
}

/** What a receiver answers to a callback under `key`. */
async function statusOf(source: KeysetSource, key: string): Promise<number> {
  const receive = webReceiver(createVerifier({ keyset: source, host: HOST }), () => undefined)
  const headers = callbackHeaders({ host: HOST, key })
  return (await receive(new Request(`https://${HOST}/`, { method: 'POST', headers, body: '{}' }))).status
}

function versions() {
  return emulator.world.secrets.find(SECRET)?.versions ?? []
}

function stored(): { text: string; keyset: Keyset } {
  const text =
    versions()
      .find(({ stages }) => stages.has('ACSCurrent'))
      ?.data.reveal() ?? ''
  return { text, keyset: readKeyset(text) }
}

function write(versionId: string, data: string): void {
  emulator.world.secrets.put(LOCAL_ACCOUNT_ID, SECRET, { versionId, data }, null)
}

const next = 'keyset-00000002'
const far = 'keyset-99999999'
const edited = (fields: object): string =>
  JSON.stringify({ ...(JSON.parse(stored().text) as object), ...fields })

/** The version that is written, its text, what is named of it, and whether a receiver that starts can tell. */
const BAD: [string, string, () => string, string, boolean][] = [
  ['a ttl of 2^53', next, () => edited({ revision: 2, ttl: 2 ** 53 }), 'ttl', true],
  ['a huge revision', next, () => edited({ revision: 2 ** 52 }), 'revision', true],
  [
    'arrays nested 5,000 deep',
    next,
    () => edited({ revision: 2 }).replace(/}$/, `,"x":${'['.repeat(5_000)}${']'.repeat(5_000)}}`),
    'it must be at most 16 levels deep',
    true,
  ],
  [
    'a time next year',
    next,
    () => edited({ revision: 2, updatedAt: '2099-01-01T00:00:00.000Z' }),
    'updatedAt',
    false,
  ],
  ['half a document', next, () => stored().text.slice(0, -5), 'it is not JSON', true],
  [
    'keyset-99999999',
    far,
    () => edited({ revision: 99_999_999 }),
    'revision is more than 1,000 above',
    false,
  ],
  [
    'keyset-99999999 with a ttl of 2^53',
    far,
    () => edited({ revision: 99_999_999, ttl: 2 ** 53 }),
    'revision is more than 1,000 above',
    true,
  ],
]

describe('a bad document', () => {
  let key: string
  let running: KeysetSource
  beforeEach(async () => {
    key = stored().keyset.keys[0]?.key.reveal() ?? ''
    running = receiver()
    expect(await verdictOn(running, key)).toBe('accepted')
  })

  it.each(BAD)(
    'with %s: receivers continue, the rotator says what to do, and doing that fixes everything',
    async (_, versionId, textOf, named, tells) => {
      write(versionId, textOf())
      if (tells) {
        await expect(running.reload()).rejects.toMatchObject({ code: 'keyset' })
        expect(await statusOf(receiver(), key)).toBe(503)
      }
      expect(await verdictOn(running, key)).toBe('accepted')

      for (const command of ['reconcile', 'status']) {
        const refused = await rotator(command)
        expect(refused.code).toBe(1)
        const message = groupOf(refused)?.error?.message ?? ''
        expect(message).toContain(`version ${versionId}: `)
        expect(message).toContain(named)
        expect(message).toContain('live-key-rotator keyset --restore')
        expect(refused.out + refused.err).not.toContain(key)
      }
      const asking = await rotator('keyset', '--restore')
      expect(asking.code).toBe(2)
      expect(flat(asking.err + asking.out)).toContain('--yes')

      const restored = await rotator('keyset', '--restore', '--yes')
      expect({ code: restored.code, document: JSON.parse(restored.out) as unknown }).toMatchObject({
        code: 0,
        document: { restored: true, group: 'default', revision: versionId === next ? 3 : 2 },
      })
      expect(await verdictOn(receiver(), key)).toBe('accepted')
      await expect(running.reload()).resolves.toMatchObject({ lineage: stored().keyset.lineage })
      expect(await verdictOn(running, key)).toBe('accepted')
      expect(await rotator('rotate', '--force', '--wait')).toMatchObject({ code: 0 })
      const again = await rotator('keyset', '--restore', '--yes')
      expect(JSON.parse(again.out)).toMatchObject({ restored: false })
    },
  )

  it.each([BAD[0], BAD.at(-2)].filter((bad) => bad !== undefined))(
    'with %s: an emergency gets through by itself',
    async (_, versionId, textOf) => {
      write(versionId, textOf())
      const { lineage } = await running.load()
      const emergency = await rotator('rotate', '--emergency', '--wait')
      expect(emergency.code).toBe(0)
      expect(groupOf(emergency)).toMatchObject({ outcome: 'rotated' })
      expect(groupOf(emergency)?.warnings.join()).toContain(`version ${versionId}: `)
      expect(stored().keyset.lineage).not.toBe(lineage)
      await running.reload()
      expect(await verdictOn(running, key)).toBe('quarantined')
    },
  )
})

it("starts again with the domains' keys if no valid version is left", async () => {
  const key = stored().keyset.keys[0]?.key.reveal() ?? ''
  for (let n = 2; n <= 13; n++) write(`keyset-${String(n).padStart(8, '0')}`, 'gone')
  const running = receiver()
  const restored = await rotator('keyset', '--restore', '--yes')
  expect(JSON.parse(restored.out)).toMatchObject({ restored: true, revision: 14 })
  expect(await verdictOn(running, key)).toBe('accepted')
})

it('starts again, if told to, after others have pushed the keyset out', async () => {
  const key = stored().keyset.keys[0]?.key.reveal() ?? ''
  for (let n = 1; n <= 13; n++) write(`apply-${n}`, '{}')
  expect(versions().map(({ id }) => id)).not.toContain('keyset-00000001')
  for (const command of [['reconcile'], ['rotate', '--emergency']]) {
    const refused = await rotator(...command)
    expect(refused.code).toBe(1)
    expect(groupOf(refused)?.error?.message).toContain('a keyset may have been pushed out')
  }
  expect(await rotator('keyset', '--restore', '--yes')).toMatchObject({ code: 0 })
  expect(await verdictOn(receiver(), key)).toBe('accepted')
})
