import { describe, expect, it, vi } from 'vitest'
import { createReplayGuard, createVerifier, staticKeyset } from '../../lib/receiver/index.ts'
import { TestClock } from '../support/clock.ts'
import { documentOf, HOST, NOW, SECONDS, signed } from './support.ts'

// What happens at the very bounds of a receiver's options.

const KEY = 'currentcurrentcurrentcurrentcurr'
const clock = new TestClock(NOW)

describe('a signature at the bound of the tolerance', () => {
  const verifier = (tolerance: number) =>
    createVerifier({ keyset: staticKeyset(documentOf([['current', KEY]])), host: HOST, clock, tolerance })

  it.each([300, 1, 0])('is verified at once, without a read: %i s', async (tolerance) => {
    const verify = verifier(tolerance)
    await verify(signed(KEY))
    for (const offset of [-tolerance, tolerance]) {
      const now = NOW + offset * 1_000
      expect(verify.decide({ ...signed(KEY), now })).toMatchObject({ verdict: 'accepted' })
    }
  })

  it.each([300, 1, 0])('that nobody knows is not called too old or too new: %i s', async (tolerance) => {
    for (const offset of [-tolerance, tolerance]) {
      const now = NOW + offset * 1_000
      expect(await verifier(tolerance)({ ...signed('unknown'), now })).toEqual({
        verdict: 'rejected',
        reason: 'unknownSignature',
      })
    }
  })
})

it.each([
  ['that is nothing', null],
  ['that is a text', 'keyset'],
  ['that can only load', { load: () => undefined }],
  ['that can only peek', { peek: () => undefined }],
])('a source of keys %s is refused with one that is right', (_, keyset) => {
  expect(() => createVerifier({ keyset: keyset as never, host: HOST })).toThrow(
    '"keyset" must be a source, such as kmsKeyset',
  )
})

describe('a replay guard', () => {
  const add = (): boolean => true
  const CALLBACK = { timestamp: SECONDS, signature: 'a'.repeat(32) }

  it.each([
    ['nothing', {}],
    ['add', { add }],
    ['delete', { delete: add }],
    ['an add that is no function', { add: true, delete: add }],
    ['a delete that is no function', { add, delete: true }],
  ])('refuses a store that has only %s', (_, store) => {
    expect(() => createReplayGuard({ store: store as never })).toThrow(
      '"store" must have the functions add and delete',
    )
  })

  it('takes a tolerance of 0, for which it remembers a second', async () => {
    const own = new TestClock(NOW)
    const guard = createReplayGuard({ tolerance: 0, clock: own })
    const replayed = async (body: string): Promise<boolean> =>
      (await guard.once(CALLBACK, body, () => undefined)).replayed
    expect([await replayed('{}'), await replayed('{}')]).toEqual([false, true])
    await own.advance(1_000)
    await replayed('another')
    expect(await replayed('{}')).toBe(false)
  })

  it('without a store has none that could fail', async () => {
    const onError = vi.fn()
    const guard = createReplayGuard({ onError, clock })
    await expect(guard.once(CALLBACK, '{}', () => Promise.reject(new Error('no disk')))).rejects.toThrow(
      'no disk',
    )
    expect(await guard.once(CALLBACK, '{}', () => 'done')).toEqual({ replayed: false, result: 'done' })
    expect(onError).not.toHaveBeenCalled()
  })
})
