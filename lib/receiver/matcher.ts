import * as crypto from 'node:crypto'
import type { Keyset } from '../keyset/keyset.ts'
import { sameDigest } from './headers.ts'
import type { Accepted, Quarantined } from './verification.ts'

export interface Match {
  readonly verification: Accepted | Quarantined
  /** The verification as a promise, for those who hand it out: one for all. */
  readonly settled: Promise<Accepted | Quarantined>
}

/** Finds the key that a signature was made with; null when none was. */
export type Matcher = (timestamp: string, signature: string) => Match | null

/** One-shot hashing came with Node 20.12; the object that came before costs several times as much. */
const md5: (text: Uint8Array) => string =
  typeof crypto.hash === 'function'
    ? (text) => crypto.hash('md5', text, 'binary')
    : (text) => crypto.createHash('md5').update(text).digest('binary')

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
    const match: Match = { verification, settled: Promise.resolve(verification) }
    return hosts.map((host) => ({ text: new SignedText(host, key.reveal()), match }))
  })

  return (timestamp, signature) => {
    let found: Match | null = null
    for (const { text, match } of candidates) {
      const equal = sameDigest(md5(text.at(timestamp)), signature)
      found = equal ? match : found
    }
    return found
  }
}

/** `host|timestamp|key` as bytes, of which only the timestamp changes. */
class SignedText {
  readonly #host: string
  readonly #key: string
  readonly #offset: number
  #length = 0
  #bytes: Uint8Array = Buffer.alloc(0)

  constructor(host: string, key: string) {
    this.#host = host
    this.#key = key
    this.#offset = Buffer.byteLength(host) + 1
  }

  /** Valid until the next call. */
  at(timestamp: string): Uint8Array {
    if (timestamp.length !== this.#length) {
      this.#length = timestamp.length
      this.#bytes = Buffer.from(`${this.#host}|${timestamp}|${this.#key}`, 'utf8')
    }
    const bytes = this.#bytes
    const offset = this.#offset
    for (let index = 0; index < timestamp.length; index++) bytes[offset + index] = timestamp.charCodeAt(index)
    return bytes
  }
}
