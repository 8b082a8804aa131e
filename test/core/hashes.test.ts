import { createHash, createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { md5 } from '../../lib/core/md5.ts'
import { hmacSha256, sha256 } from '../../lib/core/sha256.ts'

/** Around every boundary of a block, and well beyond. */
const LENGTHS = [...Array.from({ length: 200 }, (_, length) => length), 1_000, 65_537]

describe('the hashes', () => {
  it.each([
    ['', 'd41d8cd98f00b204e9800998ecf8427e'],
    ['abc', '900150983cd24fb0d6963f7d28e17f72'],
    ['learn.aliyundoc.com|1519375990|yourkey', '9e226fc2c250be266e3657e156f68c12'],
  ])('MD5 of %s', (text, digest) => {
    expect(md5(text)).toBe(digest)
  })

  it.each([
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ])('SHA-256 of %s', (text, digest) => {
    expect(sha256(text)).toBe(digest)
  })

  it('equal those of node:crypto at every length', () => {
    for (const length of LENGTHS) {
      const text = 'k'.repeat(length)
      expect(md5(text)).toBe(createHash('md5').update(text).digest('hex'))
      expect(sha256(text)).toBe(createHash('sha256').update(text).digest('hex'))
      expect(hmacSha256(text, 'message')).toBe(createHmac('sha256', text).update('message').digest('hex'))
    }
  })

  it('equal those of node:crypto for any text and any bytes', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string(),
        fc.uint8Array({ maxLength: 300 }),
        (text, other, bytes) => {
          expect(md5(text)).toBe(createHash('md5').update(text).digest('hex'))
          expect(sha256(text)).toBe(createHash('sha256').update(text).digest('hex'))
          expect(sha256(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'))
          expect(hmacSha256(text, other)).toBe(createHmac('sha256', text).update(other).digest('hex'))
        },
      ),
    )
  })
})
