import { createHash } from 'node:crypto'
import type { Keyset } from './keyset.ts'

/** In place of hashes: every domain is known. */
export const EVERY_DOMAIN_KNOWN = '*'

const BYTES = 4
/** Four bytes, as base64url writes them. */
const DIGITS = 6

/**
 * Returns a check whether a domain was confirmed on one of the group's own keys and was in every look since. Without the
 * field, no domain is known.
 */
export function knownDomains({ known = '' }: Pick<Keyset, 'known'>): (domain: string) => boolean {
  if (known === EVERY_DOMAIN_KNOWN) return () => true
  const hashes = hashesIn(known)
  return (domain) => hashes.has(hashOf(domain))
}

/**
 * Records which domains are known.
 *
 * @param confirmed - Those that are on one of the group's own keys now.
 * @param all - Every domain of the group: one that is missing is new when it comes back. null if unknown.
 */
export function noteKnown(
  keyset: Keyset,
  confirmed: readonly string[],
  all: readonly string[] | null,
): Keyset {
  const known = knownAfter(keyset.known ?? '', confirmed, all)
  return known === keyset.known ? keyset : { ...keyset, known }
}

function knownAfter(before: string, confirmed: readonly string[], all: readonly string[] | null): string {
  const everyKnown = before === EVERY_DOMAIN_KNOWN
  // Hashing takes most of the time of a run that finds everything as it should be.
  if (all && (everyKnown || confirmed.length === all.length)) return written(all.map(hashOf))
  if (everyKnown) return before
  const there = all && new Set(all.map(hashOf))
  const kept = [...hashesIn(before)].filter((hash) => !there || there.has(hash))
  return written([...kept, ...confirmed.map(hashOf)])
}

function written(hashes: readonly string[]): string {
  return [...new Set(hashes)].sort().join('')
}

function hashesIn(known: string): ReadonlySet<string> {
  return new Set(known.match(new RegExp(`.{${DIGITS}}`, 'g')))
}

function hashOf(domain: string): string {
  const digest = createHash('sha256')
    .update(`live-key-rotator/known/1:${domain.toLowerCase()}`, 'utf8')
    .digest()
  return digest.subarray(0, BYTES).toString('base64url')
}
