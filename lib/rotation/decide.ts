import type { GroupConfig, RotationRequest } from '../config/types.ts'
import { currentKey, isOld, pendingKey, targetKey, type KeyEntry, type Keyset } from '../keyset/keyset.ts'
import { stagedLate } from '../keyset/moves/revision.ts'
import { isRollback } from '../keyset/moves/stage.ts'
import type { Phase } from './report/report.ts'
import { hasStaged, servedAt } from './state/served.ts'

/**
 * What a run has to do first for a request. A pending key is always resumed first, and a request that was already served
 * (a retry of Function Compute, a timer that fired twice) never starts another rotation.
 *
 * - `notDue`: the current key is young; there is nothing to do.
 * - `served`: the request was already served, and nothing is left to continue.
 * - `stage`, `emergency`, `rollback`: make a key pending, then do everything else.
 * - `resume`: stage nothing; finish what is unfinished, repair what has drifted.
 */
export type Intent = 'notDue' | 'served' | 'stage' | 'emergency' | 'rollback' | 'resume'

/** Chooses the intent of a request for this document. */
export function decide(
  request: RotationRequest,
  keyset: Keyset | null,
  group: GroupConfig,
  now: number,
): Intent {
  if (request.action === 'reconcile') return 'resume'
  if (keyset === null) {
    if (request.emergency) return 'emergency'
    return request.action === 'rollback' ? 'rollback' : 'stage'
  }
  const pending = pendingKey(keyset)
  const served = servedAt(keyset, request) !== null
  if (request.action === 'rollback') {
    if (pending && isRollback(pending)) return 'resume'
    return served ? 'served' : 'rollback'
  }
  if (request.emergency) {
    const fresh = targetKey(keyset)
    // Continue only a key that an emergency staged: one that a rotation staged under the same id may have leaked too.
    if (fresh && hasStaged(request, fresh)) return 'resume'
    if (isYoungEmergency(keyset, group, now) && !request.force) return 'resume'
    return served ? 'served' : 'emergency'
  }
  if (pending) return 'resume'
  if (served) return 'served'
  return isDue(keyset, group, now) || request.force ? 'stage' : 'notDue'
}

/** A recent emergency has already staged a fresh key: a second one would waste it. */
function isYoungEmergency(keyset: Keyset, group: GroupConfig, now: number): boolean {
  const fresh = targetKey(keyset)
  if (fresh?.emergency !== true || fresh.stagedAt === undefined) return false
  return now - Date.parse(fresh.stagedAt) < group.rotation.minAgeMs
}

function isDue(keyset: Keyset, group: GroupConfig, now: number): boolean {
  const current = currentKey(keyset)
  return current?.appliedAt === undefined || now - Date.parse(current.appliedAt) >= group.rotation.minAgeMs
}

/**
 * When every receiver that respects the document's ttl knows the pending key, by the rotator's clock: the save plus the
 * longest ttl of any document that a receiver may still hold.
 *
 * @param storedAt - When the document was stored. A slow save, or a run frozen during it, makes this later than the
 *   document's own times.
 */
export function publishedAt(
  pending: KeyEntry,
  keyset: Keyset,
  group: GroupConfig,
  storedAt?: number,
): number {
  const knownFrom = Math.max(knownFromOf(pending), stagedAtOf(pending, keyset) + keyset.ttl)
  return knownFrom + stagedLate(pending, keyset, storedAt) + group.propagation.marginMs
}

/** The latest time at which the save that staged the key can have completed. */
export function stagingDoneAt(pending: KeyEntry, keyset: Keyset, storedAt?: number): number {
  const late = stagedLate(pending, keyset, storedAt)
  return Math.max(stagedAtOf(pending, keyset) + late, knownFromOf(pending) - keyset.ttl)
}

function stagedAtOf(pending: KeyEntry, keyset: Keyset): number {
  return Date.parse(pending.stagedAt ?? keyset.updatedAt)
}

function knownFromOf(pending: KeyEntry): number {
  return pending.knownFrom === undefined ? 0 : Date.parse(pending.knownFrom)
}

/** Derived on every call, never stored. */
export function phaseOf(keyset: Keyset | null, group: GroupConfig, now: number, storedAt?: number): Phase {
  if (keyset === null) return 'idle'
  const pending = pendingKey(keyset)
  if (pending) return now < publishedAt(pending, keyset, group, storedAt) ? 'publishing' : 'applying'
  return keyset.keys.some(isOld) ? 'draining' : 'idle'
}
