import * as crypto from 'node:crypto'
import type { Keyset } from '../keyset/keyset.ts'
import { SIGNATURE_LENGTH } from './headers.ts'
import type { Accepted, Quarantined } from './verification.ts'

/** Finds the key that a signature was made with; null when none was. */
export type Matcher = (timestamp: string, signature: Uint8Array) => Accepted | Quarantined | null

interface Candidate {
  readonly prefix: string
  readonly suffix: string
  readonly verification: Accepted | Quarantined
}

/** One-shot hashing came with Node 20.12; the object that came before costs several times as much. */
const md5: (text: string) => string =
  typeof crypto.hash === 'function'
    ? (text) => crypto.hash('md5', text, 'hex')
    : (text) => crypto.createHash('md5').update(text, 'utf8').digest('hex')

/**
 * Prepares a keyset for comparison. Every key is hashed with every host and compared in constant time, whichever
 * matches first, so that the time taken tells nothing about which key it was, or how much of a forgery was right.
 */
export function createMatcher(keyset: Keyset, hosts: readonly string[]): Matcher {
  // No two of them give the same text: a host has no `|` in it, and no key stands in the document twice.
  const candidates: Candidate[] = keyset.keys.flatMap(({ kid, key, state }) => {
    const verification: Accepted | Quarantined = Object.freeze(
      state === 'compromised' ? { verdict: 'quarantined', kid, state } : { verdict: 'accepted', kid, state },
    )
    return hosts.map((host) => ({ prefix: `${host}|`, suffix: `|${key.reveal()}`, verification }))
  })
  const expected = Buffer.alloc(SIGNATURE_LENGTH)

  return (timestamp, signature) => {
    let found: Candidate | null = null
    for (const candidate of candidates) {
      expected.write(md5(candidate.prefix + timestamp + candidate.suffix), 'latin1')
      const equal = crypto.timingSafeEqual(expected, signature)
      found = equal && found === null ? candidate : found
    }
    return found === null ? null : found.verification
  }
}
