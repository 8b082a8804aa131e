import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseDuration, writeDuration } from '../../lib/config/duration.ts'

test.each([
  ['90s', 90_000],
  ['5m', 300_000],
  ['12h', 43_200_000],
  ['30d', 2_592_000_000],
  ['0s', 0],
])('%s', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
  expect(parseDuration(writeDuration(ms))).toBe(ms)
})

test.each(['', '5', 's', '5 m', '-5m', '05m', '1.5h', '5min', '5M', '１m', '9999999999d'])(
  'not %j',
  (text) => {
    expect(parseDuration(text)).toBeNull()
  },
)

test('writes whole seconds so that they read back the same', () => {
  fc.assert(
    fc.property(fc.nat(999_999_999), (seconds) => {
      expect(parseDuration(writeDuration(seconds * 1_000))).toBe(seconds * 1_000)
    }),
  )
})
