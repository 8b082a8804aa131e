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
 * Records on the current key which domains still have to move to it from a leaked key, later than the others did: their
 * streams can sign with the leaked key for longer.
 */
export function noteLate(keyset: Keyset, domains: readonly string[]): Keyset {
  const current = currentKey(keyset)
  const { late: known = [], arrivedAt: before = {} } = current ?? {}
  const late = [...new Set([...known, ...domains])].sort()
  const left = domains.filter((domain) => Object.hasOwn(before, domain))
  if (!current || known.includes(EVERY_DOMAIN)) return keyset
  if (late.length === known.length && left.length === 0) return keyset
  const arrived = Object.entries(before).filter(([domain]) => !left.includes(domain))
  return withLate(keyset, current, late, arrived)
}

/**
 * Records when late domains were first seen on the current key.
 *
 * @param seenAt - When the domain was read on the current key, in milliseconds since the epoch; undefined if it is not.
 */
export function noteArrived(keyset: Keyset, seenAt: (domain: string) => number | undefined): Keyset {
  const current = currentKey(keyset)
  const { late = [], arrivedAt: before = {} } = current ?? {}
  const news = late.flatMap((domain): [string, string][] => {
    const at = Object.hasOwn(before, domain) ? undefined : seenAt(domain)
    return at === undefined ? [] : [[domain, isoTime(at)]]
  })
  if (!current || news.length === 0) return keyset
  return withLate(keyset, current, late, [...Object.entries(before), ...news])
}

function withLate(
  keyset: Keyset,
  current: KeyEntry,
  late: readonly string[],
  arrived: readonly (readonly [string, string])[],
): Keyset {
  const { arrivedAt: _, ...rest } = current
  const sorted = arrived.toSorted(([a], [b]) => (a < b ? -1 : 1))
  const next = { ...rest, late, ...(sorted.length > 0 && { arrivedAt: Object.fromEntries(sorted) }) }
  return { ...keyset, keys: keyset.keys.map((entry) => (entry === current ? next : entry)) }
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
