/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is within its array, and a check would cost the hot path */
import { wordsOf } from '../core/hash-words.ts'
import { md5Blocks } from '../core/md5.ts'
import type { Keyset } from '../keyset/keyset.ts'
import { readDigest } from './headers.ts'
import type { Accepted, Quarantined } from './verification.ts'

/** Finds the key that a signature was made with; null when none was. */
export type Matcher = (timestamp: string, signature: string) => Accepted | Quarantined | null

/**
 * Prepares a keyset for comparison. Every key is hashed with every host and compared in constant time, whichever
 * matches first, so that the time taken tells nothing about which key it was, or how much of a forgery was right.
 */
export function createMatcher(keyset: Keyset, hosts: readonly string[]): Matcher {
  // No two of them sign the same text: a host has no `|` in it, and no key stands in the document twice.
  const candidates = keyset.keys.flatMap(({ kid, key, state }) => {
    const verification: Accepted | Quarantined = Object.freeze(
      state === 'compromised' ? { verdict: 'quarantined', kid, state } : { verdict: 'accepted', kid, state },
    )
    return hosts.map((host) => ({ text: new SignedText(host, key.reveal()), verification }))
  })
  const digest = new Int32Array(4)
  const given = new Int32Array(4)

  return (timestamp, signature) => {
    if (!readDigest(signature, given)) return null
    let found: Accepted | Quarantined | null = null
    for (const { text, verification } of candidates) {
      md5Blocks(text.at(timestamp), digest)
      let difference = 0
      for (let word = 0; word < 4; word++) difference |= digest[word]! ^ given[word]!
      found = difference === 0 ? verification : found
    }
    return found
  }
}

/** `host|timestamp|key` as the blocks that MD5 takes, of which only the timestamp changes. */
class SignedText {
  readonly #host: string
  readonly #key: string
  readonly #offset: number
  #length = 0
  #blocks: Int32Array = new Int32Array(0)

  constructor(host: string, key: string) {
    this.#host = host
    this.#key = key
    this.#offset = new TextEncoder().encode(host).length + 1
  }

  /** Valid until the next call. */
  at(timestamp: string): Int32Array {
    if (timestamp.length !== this.#length) {
      this.#length = timestamp.length
      this.#blocks = wordsOf(new TextEncoder().encode(`${this.#host}|${timestamp}|${this.#key}`), true)
    }
    const blocks = this.#blocks
    for (let index = 0; index < timestamp.length; index++) {
      const at = this.#offset + index
      const shift = (at & 3) << 3
      blocks[at >> 2] = (blocks[at >> 2]! & ~(0xff << shift)) | (timestamp.charCodeAt(index) << shift)
    }
    return blocks
  }
}
