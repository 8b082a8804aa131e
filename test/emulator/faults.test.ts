import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startEmulator, type Emulator } from '../../lib/emulator/emulator.ts'
import type { FaultKind } from '../../lib/emulator/wire/faults.ts'
import { TestClock } from '../support/clock.ts'
import { openApiCore, refusal, type Fields } from './sdks.ts'

const KEY = 'abcdefghijklmnopqrstuvwxyz012345'
const SET = { DomainName: 'live1.example.com', CallbackReqAuth: 'yes', CallbackAuthKey: KEY }

let emulator: Emulator
let clock: TestClock
let crashes: number
let call: (action: string, params?: Fields) => Promise<Fields>
beforeEach(async () => {
  clock = new TestClock()
  crashes = 0
  emulator = await startEmulator({ clock, domains: 2, onCrash: () => crashes++ })
  clock.hold(() => emulator.held)
  call = openApiCore(emulator.endpoint)
})
afterEach(() => emulator.close())

function isSet(): boolean {
  return emulator.world.domain('live1.example.com').auth?.key.reveal() === KEY
}

describe('a fault', () => {
  it.each<[FaultKind, boolean, object]>([
    ['throttle', false, { code: 'Throttling.User', statusCode: 400 }],
    ['error', false, { code: 'InternalError', statusCode: 500 }],
    ['html', false, { name: 'SyntaxError' }],
    ['empty', false, { name: 'SyntaxError' }],
    ['reset', false, { message: expect.stringContaining('ECONNRESET') as unknown }],
    ['drop', false, { message: expect.stringContaining('socket hang up') as unknown }],
    ['dropAfter', true, { message: expect.stringContaining('socket hang up') as unknown }],
    ['crash', false, {}],
    ['crashAfter', true, {}],
  ])('%s happens once, with an effect: %s', async (kind, effect, expected) => {
    emulator.faults.add({ kind, action: 'SetSnapshotCallbackAuth' })
    await call('QuerySnapshotCallbackAuth', { DomainName: SET.DomainName })
    const failed = await call('SetSnapshotCallbackAuth', SET).then(
      () => null,
      (error: unknown) => error,
    )
    expect(failed).toMatchObject(expected)
    expect(isSet()).toBe(effect)
    expect(crashes).toBe(kind.startsWith('crash') ? 1 : 0)
    expect(emulator.faults.waiting).toEqual([])
    await call('SetSnapshotCallbackAuth', SET)
    expect(isSet()).toBe(true)
    expect(emulator.calls.throttled).toBe(kind === 'throttle' ? 1 : 0)
    expect(emulator.calls.of('SetSnapshotCallbackAuth').map(({ fault }) => fault)).toEqual([kind, null])
  })

  it.each<[FaultKind, boolean]>([
    ['hang', false],
    ['hangAfter', true],
  ])('%s leaves the call without an answer, with an effect: %s', async (kind, effect) => {
    emulator.faults.add({ kind })
    const given = new AbortController()
    const hanging = fetch(`${emulator.url}/?Action=None`, { signal: given.signal })
    void clock.sleep(60_000).then(() => {
      given.abort()
    })
    await expect(clock.run(hanging)).rejects.toThrow('aborted')
    emulator.faults.add({ kind })
    const sdk = call('SetSnapshotCallbackAuth', SET).catch((error: unknown) => error)
    await clock.advance(1_000)
    expect([isSet(), emulator.held, emulator.inFlight]).toEqual([effect, 1, 0])
    await emulator.close()
    expect(await sdk).toBeInstanceOf(Error)
  })

  it("can be latency, on the world's clock", async () => {
    emulator.latencyMs = 20
    emulator.faults.add({ kind: 'latency', ms: 700, times: 2 })
    const began = clock.now()
    for (const expected of [720, 1_440, 1_460]) {
      await clock.run(call('SetSnapshotCallbackAuth', SET))
      expect(clock.now() - began).toBe(expected)
    }
  })

  it('hits only the calls that it is meant for', async () => {
    emulator.faults.add({
      kind: 'error',
      action: 'SetSnapshotCallbackAuth',
      where: { DomainName: 'live1.example.com' },
      after: 1,
      times: 2,
      status: 503,
      code: 'ServiceUnavailable',
      message: 'busy',
    })
    emulator.faults.add({ kind: 'error', where: { DomainName: 'live2.example.com' }, times: 'always' })
    const ends: string[] = []
    for (let i = 0; i < 4; i++) {
      for (const DomainName of ['live1.example.com', 'live2.example.com']) {
        const set = call('SetSnapshotCallbackAuth', { ...SET, DomainName })
        ends.push(
          await set.then(
            () => 'ok',
            (error: unknown) => (error as { code: string }).code,
          ),
        )
      }
    }
    expect(ends.filter((_, index) => index % 2 === 0)).toEqual([
      'ok',
      'ServiceUnavailable',
      'ServiceUnavailable',
      'ok',
    ])
    expect(ends.filter((_, index) => index % 2 === 1)).toEqual(Array(4).fill('InternalError'))
    emulator.faults.clear()
    await call('SetSnapshotCallbackAuth', { ...SET, DomainName: 'live2.example.com' })
  })

  it('does not count toward a rate', async () => {
    emulator.faults.add({ kind: 'throttle', times: 40 })
    for (let i = 0; i < 40; i++) {
      expect((await refusal(call('SetSnapshotCallbackAuth', SET))).code).toBe('Throttling.User')
    }
    for (let i = 0; i < 30; i++) await call('SetSnapshotCallbackAuth', SET)
  })
})

describe('a listener', () => {
  it('is awaited before and after the effect, and can be removed', async () => {
    const seen: unknown[] = []
    const off = emulator.on('before', ({ action, target }) => {
      seen.push([action, target, isSet()])
    })
    emulator.on('after', async ({ action }) => {
      await Promise.resolve()
      seen.push([action, isSet()])
    })
    await call('SetSnapshotCallbackAuth', SET)
    expect(seen).toEqual([
      ['SetSnapshotCallbackAuth', 'live1.example.com', false],
      ['SetSnapshotCallbackAuth', true],
    ])
    off()
    await call('SetSnapshotCallbackAuth', SET)
    expect(seen).toHaveLength(3)
  })
})
