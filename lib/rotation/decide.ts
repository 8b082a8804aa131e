import type { GroupConfig, RotationRequest } from '../config/types.ts'
import { currentKey, pendingKey, targetKey, type KeyEntry, type Keyset } from '../keyset/keyset.ts'
import { stagedLate } from '../keyset/moves/revision.ts'
import { isRollback } from '../keyset/moves/stage.ts'
import type { Phase } from './report/report.ts'

/**
 * What a request comes to, given the keyset. A pending key is resumed before anything else is considered, and a request
 * that has staged a key before (Function Compute's retry, a timer that fired twice) never stages another.
 *
 * - `notDue`: nothing is to be done.
 * - `stage`, `emergency`, `rollback`: a key is to be made pending, then everything else follows.
 * - `resume`: nothing is staged; what is unfinished is finished, what has drifted is repaired.
 */
export type Intent = 'notDue' | 'stage' | 'emergency' | 'rollback' | 'resume'

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
  const repeated = request.id !== null && keyset.keys.some((entry) => entry.request === request.id)
  if (request.action === 'rollback')
    return repeated || (pending && isRollback(pending)) ? 'resume' : 'rollback'
  if (request.emergency) {
    return repeated || (isYoungEmergency(keyset, group, now) && !request.force) ? 'resume' : 'emergency'
  }
  if (pending) return 'resume'
  if (repeated) return request.force ? 'resume' : 'notDue'
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
