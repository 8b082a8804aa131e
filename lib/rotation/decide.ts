import type { GroupConfig, RotationRequest } from '../config/types.ts'
import { currentKey, pendingKey, targetKey, type KeyEntry, type Keyset } from '../keyset/keyset.ts'
import { stagedLate } from '../keyset/moves/revision.ts'
import { isRollback } from '../keyset/moves/stage.ts'
import type { Phase } from './report/report.ts'
import { hasStaged, servedAt } from './state/served.ts'

/**
 * Chooses what a request comes to on this document. A pending key is resumed before anything else is considered, and a
 * request that was served before (Function Compute's retry, a timer that fired twice) never starts another one.
 *
 * - `notDue`: the current key is young; nothing is to be done.
 * - `served`: the request was served before, and nothing is left of it to continue.
 * - `stage`, `emergency`, `rollback`: a key is to be made pending, then everything else follows.
 * - `resume`: nothing is staged; what is unfinished is finished, what has drifted is repaired.
 */
export type Intent = 'notDue' | 'served' | 'stage' | 'emergency' | 'rollback' | 'resume'

export function decide(
  request: RotationRequest,
  keyset: Keyset | null,
  group: GroupConfig,
  now: number,
): Intent {
  if (request.action === 'reconcile') return 'resume'
  if (keyset === null)
    return request.emergency ? 'emergency' : request.action === 'rollback' ? 'rollback' : 'stage'

  const pending = pendingKey(keyset)
  const served = servedAt(keyset, request) !== null
  if (request.action === 'rollback') {
    if (pending && isRollback(pending)) return 'resume'
    return served ? 'served' : 'rollback'
  }
  if (request.emergency) {
    const fresh = targetKey(keyset)
    // Only a key that an emergency staged is continued: one that a rotation of the same id staged may have leaked, too.
    if (fresh && hasStaged(request, fresh)) return 'resume'
    if (isYoungEmergency(keyset, group, now) && !request.force) return 'resume'
    return served ? 'served' : 'emergency'
  }
  if (pending) return 'resume'
  if (served) return 'served'
  return isDue(keyset, group, now) || request.force ? 'stage' : 'notDue'
}

/** An emergency that came a moment ago has made a fresh key already: a second one would burn it. */
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
 * When every receiver that keeps to the documents' ttl knows the pending key, by the rotator's clock. That is as long
 * after the save as the longest ttl of a document that a receiver may still hold.
 *
 * @param storedAt - When the document was stored: a save that was slow, or whose run was frozen, comes later than its times.
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

/** When the save that staged the key was done, at the latest. */
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

/** The phase is derived at each call, never remembered. */
export function phaseOf(keyset: Keyset | null, group: GroupConfig, now: number, storedAt?: number): Phase {
  if (keyset === null) return 'idle'
  const pending = pendingKey(keyset)
  if (pending) return now < publishedAt(pending, keyset, group, storedAt) ? 'publishing' : 'applying'
  return keyset.keys.some(({ state }) => state === 'previous' || state === 'compromised')
    ? 'draining'
    : 'idle'
}
