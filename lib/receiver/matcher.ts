/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is within its array, and a check would cost the hot path */
import { wordsOf } from '../core/hash-words.ts'
import { md5Blocks } from '../core/md5.ts'
import type { Keyset } from '../keyset/keyset.ts'
import { readDigest } from './headers.ts'
import type { Accepted, Quarantined } from './verification.ts'

/** Finds the key that a signature was made with; null if none. */
export type Matcher = (timestamp: string, signature: string) => Accepted | Quarantined | null

/**
 * Prepares a keyset for comparison. Every key is hashed with every host and compared in constant time, whichever matches
 * first, so that timing reveals neither which key it was nor how much of a forgery was right.
 */
export function createMatcher(keyset: Keyset, hosts: readonly string[]): Matcher {
  // No two of them sign the same text: a host contains no `|`, and no key appears in the document twice.
  const candidates = keyset.keys.flatMap(({ kid, key, state }) => {
    const verification: Accepted | Quarantined = Object.freeze(
      state === 'compromised' ? { verdict: 'quarantined', kid, state } : { verdict: 'accepted', kid, state },
    )
    return hosts.map((host) => ({
      textOf: signedText(host, key.reveal()),
      digest: new Int32Array(4),
      verification,
    }))
  })
  const given = new Int32Array(4)
  // All callbacks of one second have the same signatures, so most are compared with existing digests.
  let signed: string | undefined

  return (timestamp, signature) => {
    if (!readDigest(signature, given)) return null
    if (timestamp !== signed) {
      for (const { textOf, digest } of candidates) md5Blocks(textOf(timestamp), digest)
      signed = timestamp
    }
    let found: Accepted | Quarantined | null = null
    for (const { digest, verification } of candidates) {
      let difference = 0
      for (let word = 0; word < 4; word++) difference |= digest[word]! ^ given[word]!
      found = difference === 0 ? verification : found
    }
    return found
  }
}

/** `host|timestamp|key` as blocks for MD5, in which only the timestamp changes. Valid until the next call. */
function signedText(host: string, key: string): (timestamp: string) => Int32Array {
  const encoder = new TextEncoder()
  const offset = encoder.encode(host).length + 1
  let length = 0
  let blocks: Int32Array = new Int32Array(0)
  return (timestamp) => {
    if (timestamp.length !== length) {
      length = timestamp.length
      blocks = wordsOf(encoder.encode(`${host}|${timestamp}|${key}`), true)
    }
    for (let index = 0; index < length; index++) {
      const at = offset + index
      const shift = (at & 3) << 3
      blocks[at >> 2] = (blocks[at >> 2]! & ~(0xff << shift)) | (timestamp.charCodeAt(index) << shift)
    }
    return blocks
  }
}
