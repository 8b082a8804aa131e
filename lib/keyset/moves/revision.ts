import { isoTime } from '../../core/clock.ts'
import { pendingKey, type KeyEntry, type Keyset } from '../keyset.ts'

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
  if (storedAt === undefined || pending.stagedAt === undefined || pending.stagedAt !== keyset.updatedAt)
    return 0
  return Math.max(0, storedAt - Date.parse(pending.stagedAt))
}

/** Records that lateness of `base` in `changed`: once `base` is replaced, it is unknown when it was stored. */
export function noteStored(base: Keyset, changed: Keyset, storedAt: number | undefined): Keyset {
  const before = pendingKey(base)
  const late = before ? stagedLate(before, base, storedAt) : 0
  if (!before || late === 0) return changed
  const keys = changed.keys.map((entry) =>
    entry.state === 'pending' && entry.kid === before.kid && entry.knownFrom !== undefined
      ? { ...entry, knownFrom: isoTime(Date.parse(entry.knownFrom) + late) }
      : entry,
  )
  return { ...changed, keys }
}

/** Until when a receiver may hold `base` or an earlier document if `base` is replaced at `now`. */
export function receiversHoldUntil(base: Keyset, now: number): number {
  if (base.revision === 0) return now
  const older = base.cachedUntil === undefined ? 0 : Date.parse(base.cachedUntil)
  return Math.max(older, now + base.ttl)
}
