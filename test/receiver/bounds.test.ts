import { describe, expect, it, vi } from 'vitest'
import { headerText, isMarked, readDigest, readTimestamp } from '../../lib/receiver/headers.ts'
import { cachedKeyset, createReplayGuard, createVerifier, staticKeyset } from '../../lib/receiver/index.ts'
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

  it.each([300, 1, 0])('is not called too old or too new if it is unknown: %i s', async (tolerance) => {
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
])('a key source %s is refused, with a right one in the message', (_, keyset) => {
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
  ])('refuses a store with only %s', (_, store) => {
    expect(() => createReplayGuard({ store: store as never })).toThrow(
      '"store" must have the functions add and delete',
    )
  })

  it('accepts a tolerance of 0, for which it remembers a second', async () => {
    const own = new TestClock(NOW)
    const guard = createReplayGuard({ tolerance: 0, clock: own })
    const replayed = async (body: string): Promise<boolean> =>
      (await guard.once(CALLBACK, body, () => undefined)).replayed
    expect([await replayed('{}'), await replayed('{}')]).toEqual([false, true])
    await own.advance(1_000)
    await replayed('another')
    expect(await replayed('{}')).toBe(false)
  })

  it('works without a store', async () => {
    const onError = vi.fn()
    const guard = createReplayGuard({ onError, clock })
    await expect(guard.once(CALLBACK, '{}', () => Promise.reject(new Error('no disk')))).rejects.toThrow(
      'no disk',
    )
    expect(await guard.once(CALLBACK, '{}', () => 'done')).toEqual({ replayed: false, result: 'done' })
    expect(onError).not.toHaveBeenCalled()
  })
})

describe('a header', () => {
  it.each([{}, true, Symbol('x'), () => 'x', new Map()])(
    'that is not text counts as malformed, without an error: %o',
    (value) => {
      const text = headerText(value)
      expect(text).not.toBe('')
      expect(readTimestamp(text)).toBeNaN()
      expect(headerText([value])).toBe(text)
    },
  )

  it.each([
    ['1', true],
    [['1', '0'], true],
    ['0, 1 ,2', true],
    ['1x', false],
    ['11', false],
    ['0', false],
    [undefined, false],
  ])('marks a probe only with the value 1: %j', (value, marked) => {
    expect(isMarked(value)).toBe(marked)
  })

  it('of a timestamp has at most eleven plain digits', () => {
    expect(['1', '9', SECONDS, '1'.repeat(11)].map(readTimestamp)).toEqual([
      1,
      9,
      NOW / 1_000,
      11_111_111_111,
    ])
    expect(['', '0', '01', '1'.repeat(12)].map(readTimestamp)).toEqual([NaN, NaN, NaN, NaN])
  })

  it('of a digest may be all zeros', () => {
    expect(readDigest('0'.repeat(32))).toBe(true)
    expect(readDigest(`${'0'.repeat(31)}g`)).toBe(false)
  })
})

it.each([undefined, null, 'file', {}])(
  'a keyset cache without a read function is refused at once: %j',
  (read) => {
    expect(() => cachedKeyset(read as never)).toThrow('cachedKeyset needs a function that reads the document')
  },
)
