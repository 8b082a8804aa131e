import { isoTime } from '../../core/clock.ts'
import type { KeyEntry, Keyset } from '../keyset.ts'

/**
 * The document that replaces `base`: `changed` with the next revision. When the ttl is lowered, receivers may hold older
 * documents for longer than the new ttl; `cachedUntil` records until when.
 */
export function nextRevision(base: Keyset, changed: Keyset, ttlMs: number, now: number): Keyset {
  const { cachedUntil: _, ...rest } = changed
  const cachedUntil = receiversHoldUntil(base, now)
  return {
    ...rest,
    revision: base.revision + 1,
    ttl: ttlMs,
    updatedAt: isoTime(now),
    ...(cachedUntil > now + ttlMs && { cachedUntil: isoTime(cachedUntil) }),
  }
}

/** How much later than its own times the document that staged the pending key was stored, in milliseconds. */
export function stagedLate(pending: KeyEntry, keyset: Keyset, storedAt: number | undefined): number {
  if (storedAt === undefined || pending.stagedAt !== keyset.updatedAt) return 0
  return Math.max(0, storedAt - Date.parse(keyset.updatedAt))
}

/**
 * The document with its times as late as it was stored: once it is replaced, that is unknown. A slow save, a frozen
 * process or a clock that is behind let receivers read it later than it says, and hold what it replaced for longer.
 */
export function asLateAsStored(keyset: Keyset, storedAt: number | undefined): Keyset {
  const { cachedUntil, updatedAt } = keyset
  const lateMs = storedAt === undefined ? 0 : storedAt - Date.parse(updatedAt)
  if (lateMs <= 0) return keyset
  const later = (time: string): string => isoTime(Date.parse(time) + lateMs)
  const keys = keyset.keys.map((entry) =>
    entry.stagedAt === updatedAt && entry.knownFrom !== undefined
      ? { ...entry, knownFrom: later(entry.knownFrom) }
      : entry,
  )
  return { ...keyset, keys, ...(cachedUntil !== undefined && { cachedUntil: later(cachedUntil) }) }
}

/** Until when a receiver may hold `base` or an earlier document if `base` is replaced at `now`. */
export function receiversHoldUntil(base: Keyset, now: number): number {
  if (base.revision === 0) return now
  const older = base.cachedUntil === undefined ? 0 : Date.parse(base.cachedUntil)
  return Math.max(older, now + base.ttl)
}
