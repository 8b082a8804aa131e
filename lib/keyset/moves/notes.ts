import { isoTime } from '../../core/clock.ts'
import { currentKey, type KeyEntry, type Keyset } from '../keyset.ts'

/** Stands for all domain names. */
export const EVERY_DOMAIN = '*'

/**
 * Records which old keys no domain is set to.
 *
 * @param inUse - The kids that domains were seen on.
 * @param complete - Whether every domain of the group was read; if not, no key counts as cleared.
 * @param at - When the last of the domains was read.
 */
export function noteDomains(
  keyset: Keyset,
  inUse: ReadonlySet<string>,
  complete: boolean,
  at: number,
): Keyset {
  const keys = keyset.keys.map((entry): KeyEntry => {
    if (entry.state === 'pending' || entry.state === 'current') return entry
    if (inUse.has(entry.kid)) return entry.clearedAt === null ? entry : { ...entry, clearedAt: null }
    return complete && typeof entry.clearedAt !== 'string' ? { ...entry, clearedAt: isoTime(at) } : entry
  })
  return keys.every((entry, index) => entry === keyset.keys[index]) ? keyset : { ...keyset, keys }
}

/**
 * Records on the current key which domains moved, or still have to move, to it from a leaked key after the others: their
 * streams can sign with the leaked key for longer.
 */
export function noteLate(keyset: Keyset, domains: readonly string[]): Keyset {
  const current = currentKey(keyset)
  const known = current?.late ?? []
  const late = [...new Set([...known, ...domains])].sort()
  if (!current || late.length === known.length || known.includes(EVERY_DOMAIN)) return keyset
  return { ...keyset, keys: keyset.keys.map((entry) => (entry === current ? { ...entry, late } : entry)) }
}

/** Whether a domain left the leaked keys later than `appliedAt` says. */
export function isLate(current: KeyEntry, domain: string): boolean {
  return current.late?.some((name) => name === domain || name === EVERY_DOMAIN) ?? false
}

/** Records which domains discovery found. */
export function noteDiscovered(keyset: Keyset, domains: readonly string[]): Keyset {
  const { discovered: before, ...rest } = keyset
  const discovered = [...domains].sort()
  if (JSON.stringify(discovered) === JSON.stringify(before ?? [])) return keyset
  return discovered.length > 0 ? { ...rest, discovered } : rest
}
