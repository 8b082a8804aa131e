import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startEmulator, type Emulator } from '../../lib/emulator/index.ts'
import { Key } from '../../lib/keyset/key.ts'
import { signCallback } from '../../lib/keyset/signature.ts'
import { roleWith } from '../support/local-cloud.ts'
import { ramPolicy, without } from '../support/ram.ts'
import { cliOn, flat, SECRET, storeKeyset, type EmulatorCliOptions } from './on-emulator.ts'

const HOST = 'hooks.example.com'
const current = Key.generate()

let emulator: Emulator
beforeEach(async () => {
  emulator = await startEmulator({ domains: 2 })
  for (const name of emulator.world.domains.keys()) emulator.world.setKey(name, current.reveal())
})
afterEach(() => emulator.close())

const now = (): string => String(Math.floor(Date.now() / 1_000))

async function explain(signature: string, args: readonly string[] = [], options: EmulatorCliOptions = {}) {
  const line = ['explain', '--timestamp', now(), '--signature', signature, '--host', HOST, ...args]
  const { code, out } = await cliOn(emulator, [...line, '--json'], options)
  return { code, ...(JSON.parse(out) as Record<string, unknown>) }
}

describe('explain', () => {
  it('says under which key, host and time a pair is valid', async () => {
    storeKeyset(emulator, [{ key: current, state: 'current' }])
    expect(await explain(signCallback(HOST, now(), current.reveal()))).toEqual({
      code: 0,
      verdict: 'accepted',
      kid: current.kid,
      state: 'current',
      host: HOST,
      ageSeconds: expect.toSatisfy((age: number) => age >= 0 && age < 10) as number,
      hint: null,
    })
  })

  it('finds one slip, and ends with what to do next', async () => {
    storeKeyset(emulator, [{ key: current, state: 'current' }])
    const signature = signCallback('live1.example.com', now(), current.reveal())
    const args = ['explain', '--timestamp', now(), '--signature', signature, '--host', HOST]
    const { code, out } = await cliOn(emulator, args)
    expect(code).toBe(1)
    expect(out).toContain('it is signed for live1.example.com')
    expect(out).toMatch(/\nnext: live-key-rotator probe\n$/)
  })

  it('knows keys that have left the keyset while KMS still holds an older version', async () => {
    const [retired, revoked] = [Key.generate(), Key.generate()]
    storeKeyset(emulator, [
      { key: retired, state: 'current' },
      { key: revoked, state: 'previous' },
    ])
    storeKeyset(emulator, [{ key: current, state: 'current' }], { revision: 2, revoked: [revoked] })
    expect(await explain(signCallback(HOST, now(), retired.reveal()))).toMatchObject({
      code: 1,
      verdict: 'rejected',
      kid: retired.kid,
      state: 'retired',
    })
    expect(await explain(signCallback(HOST, now(), revoked.reveal()))).toMatchObject({ state: 'revoked' })
  })

  it('knows a key that a domain is set to but no keyset contains', async () => {
    storeKeyset(emulator, [{ key: current, state: 'current' }])
    emulator.world.setKey('live2.example.com', 'set by hand')
    expect(await explain(signCallback(HOST, now(), 'set by hand'))).toMatchObject({
      verdict: 'rejected',
      kid: Key.of('set by hand').kid,
      hint: expect.stringContaining('live2.example.com') as string,
    })
  })

  it('uses only the keyset if it may not read older versions', async () => {
    storeKeyset(emulator, [{ key: current, state: 'current' }])
    const policies = without('live:QuerySnapshotCallbackAuth', [
      ramPolicy('function-role', { secret: SECRET }),
    ])
    const credentials = roleWith(emulator, policies)
    expect(await explain('f'.repeat(32), [], { credentials })).toMatchObject({
      verdict: 'rejected',
      kid: null,
    })
  })

  it('accepts the time at which a pair was received', async () => {
    storeKeyset(emulator, [{ key: current, state: 'current' }])
    const then = '2026-11-24T08:00:00Z'
    const timestamp = String(Date.parse(then) / 1_000)
    const signature = signCallback(HOST, timestamp, current.reveal())
    const line = ['explain', '--timestamp', timestamp, '--signature', signature, '--host', HOST]
    expect((await cliOn(emulator, [...line, '--at', then])).code).toBe(0)
    expect(flat((await cliOn(emulator, line)).out)).toContain('only its age is wrong')
  })

  it('asks for a host if none is known', async () => {
    const { code, err } = await cliOn(emulator, ['explain', '--timestamp', '1', '--signature', 'f'])
    expect(code).toBe(2)
    expect(err).toContain('--host')
  })
})
