import { isoTime } from '../../core/clock.ts'
import { RotatorError } from '../../core/errors.ts'
import { SHORTEST_TRUSTED, type Key } from '../key.ts'
import { currentKey, inOrder, pendingKey, type KeyEntry, type Keyset } from '../keyset.ts'
import { receiversHoldUntil } from './revision.ts'

export interface StageOptions {
  readonly ttlMs: number
  readonly request?: string | undefined
  /** How far the rotator's clock is ahead of the cloud's, if that is more than the allowed skew. */
  readonly clockAheadMs?: number | undefined
}

/** Adds a new key as `pending`; receivers know it from the save on. There must be no pending key. */
export function stage(keyset: Keyset, key: Key, options: StageOptions, now: number): Keyset {
  if (pendingKey(keyset)) throw new TypeError('a keyset with a pending key cannot stage another')
  return withPending(keyset, { kid: key.kid, key, createdAt: isoTime(now), extra: {} }, options, now)
}

/**
 * The key that a rollback would restore: the current one if there is a pending key to give up, else the newest `previous`
 * key that was once applied, else, if none ever was, the newest imported one that is long enough. Never a compromised one.
 */
export function rollbackTarget(keyset: Keyset): KeyEntry | undefined {
  if (pendingKey(keyset)) {
    const current = currentKey(keyset)
    if (current) return current
  }
  const previous = keyset.keys.filter((entry) => entry.state === 'previous')
  const applied = previous.find((entry) => entry.appliedAt !== undefined)
  if (applied || keyset.keys.some(({ appliedAt }) => appliedAt !== undefined)) return applied
  return previous.find(({ key }) => key.reveal().length >= SHORTEST_TRUSTED)
}

/** Whether a rollback staged the key again. */
export function isRollback(entry: KeyEntry): boolean {
  return entry.firstStagedAt !== undefined
}

/**
 * Makes the key before the current one pending again.
 *
 * @throws RotatorError `noRollback` if there is no earlier trusted key.
 */
export function rollBack(keyset: Keyset, options: StageOptions, now: number): Keyset {
  const target = rollbackTarget(keyset)
  if (!target) {
    throw new RotatorError(
      'noRollback',
      `group ${keyset.group} has no earlier trusted key; start a new rotation instead`,
    )
  }
  // A key stands for an emergency only at its first staging.
  const { clearedAt: _, emergency: __, ...entry } = withoutPending(target)
  const displaced = pendingKey(keyset) !== undefined
  const others = keyset.keys
    .filter(({ kid }) => kid !== target.kid)
    .map((other) => (other.state === 'pending' ? becomePrevious(other) : other))
  const firstStagedAt = entry.firstStagedAt === undefined ? (entry.stagedAt ?? null) : entry.firstStagedAt
  const again = { ...entry, firstStagedAt }
  return withPending({ ...keyset, keys: others }, { ...again, ...(displaced && { displaced }) }, options, now)
}

/** The pending key is on every domain: it becomes `current`, the one before it `previous`. */
export function promote(keyset: Keyset, appliedAt: number): Keyset {
  const keys = keyset.keys.map((entry): KeyEntry => {
    if (entry.state === 'pending') {
      const { onRunningStreams: _, ...rest } = withoutPending(entry)
      return { ...rest, state: 'current', appliedAt: isoTime(appliedAt) }
    }
    return entry.state === 'current' ? becomePrevious(entry) : entry
  })
  return inOrder({ ...keyset, keys })
}

type Stageable = Omit<KeyEntry, 'state' | 'stagedAt'>

export function withPending(keyset: Keyset, entry: Stageable, options: StageOptions, now: number): Keyset {
  const { request: _, ...fields } = entry
  const { ttlMs, request, clockAheadMs } = options
  const isFirst = entry.firstStagedAt === undefined
  const staged: KeyEntry = {
    ...fields,
    state: 'pending',
    stagedAt: isoTime(now),
    knownFrom: isoTime(Math.max(receiversHoldUntil(keyset, now), now + ttlMs)),
    ...(isFirst && clockAheadMs !== undefined && { signsFrom: isoTime(now - clockAheadMs) }),
    ...(request !== undefined && { request }),
  }
  return inOrder({ ...keyset, keys: [staged, ...keyset.keys] })
}

export function becomePrevious(entry: KeyEntry): KeyEntry {
  return { ...withoutPending(entry), state: 'previous', clearedAt: null }
}

/** Drops the fields that count only while a key is pending or current. */
export function withoutPending(entry: KeyEntry): KeyEntry {
  const { knownFrom: _, displaced: __, late: ___, arrivedAt: ____, ...rest } = entry
  return rest
}
