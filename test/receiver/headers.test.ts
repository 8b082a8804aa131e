import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readDigest } from '../../lib/receiver/headers.ts'

/** Hex of any case, with or without something else in it. */
const almostHex = fc.string({
  unit: fc.oneof(
    { weight: 60, arbitrary: fc.constantFrom(...Array.from('0123456789abcdefABCDEF')) },
    { weight: 1, arbitrary: fc.constantFrom(...Array.from('gG/:@`[{ \0é０\ud83d')) },
  ),
  minLength: 31,
  maxLength: 33,
})

describe('a signature header', () => {
  it('is a digest exactly if it is 32 hex digits', () => {
    fc.assert(
      fc.property(fc.oneof(almostHex, fc.string()), (text) => {
        expect(readDigest(text)).toBe(/^[0-9a-f]{32}$/i.test(text))
      }),
      { numRuns: 1_000 },
    )
  })

  it('is read as the words of its bytes', () => {
    const words = new Int32Array(4)
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.boolean(), (bytes, upper) => {
        const digits = Buffer.from(bytes).toString('hex')
        expect(readDigest(upper ? digits.toUpperCase() : digits, words)).toBe(true)
        const view = new DataView(bytes.buffer)
        expect([...words]).toEqual([0, 4, 8, 12].map((at) => view.getInt32(at, true)))
      }),
    )
  })
})
