import type { GroupConfig, RotationRequest } from '../../config/types.ts'
import { hasCode, type RotatorError } from '../../core/errors.ts'
import type { Observation } from '../state/observation.ts'
import { problemOf, type FindingOf, type Obstacle } from './findings.ts'
import type { Outcome } from './report.ts'

/** How a group's run ended. */
export type Ending =
  | { readonly outcome: Exclude<Outcome, 'waiting' | 'incomplete' | 'failed'> }
  | { readonly outcome: 'waiting'; readonly waitingUntil?: number }
  | { readonly outcome: 'incomplete'; readonly obstacle: Obstacle }
  | { readonly outcome: 'failed'; readonly error: RotatorError }

export function incomplete(obstacle: Obstacle): Ending {
  return { outcome: 'incomplete', obstacle }
}

export function waiting(until?: number): Ending {
  return { outcome: 'waiting', ...(until !== undefined && { waitingUntil: until }) }
}

/** The ending of a run that an error stopped. */
export function endingOf(error: RotatorError): Ending {
  if (hasCode(error, 'deadline')) return waiting()
  if (hasCode(error, 'fenced', 'conflict'))
    return incomplete({ kind: 'superseded', problem: problemOf(error) })
  return { outcome: 'failed', error }
}

/** The ending of a run that has too little time to read its domains; undefined if it continues. */
export function outOfTime(
  seen: Observation,
  run: { readonly wasStopped: boolean; timeIsOver(): boolean },
): Ending | undefined {
  if (seen.ranOutOfTime() && !run.wasStopped) {
    return incomplete({ kind: 'tooShort', total: seen.domains.size })
  }
  return seen.ranOutOfTime() || run.timeIsOver() ? waiting() : undefined
}

/** The ending of a run that completed all its steps. */
export function endingBy(seen: Observation, group: GroupConfig, { action }: RotationRequest): Ending {
  if (seen.ranOutOfTime()) return waiting()
  if (seen.holdingBack(group).length > 0 || !seen.complete) return incomplete(heldBack(seen, group))
  return { outcome: action === 'reconcile' ? 'reconciled' : 'rotated' }
}

/** What holds back promotion, or the end of a run. */
export function heldBack(
  seen: Observation,
  group: GroupConfig,
): FindingOf<'domainsFailed' | 'domainsUnknown'> {
  const failed = seen.holdingBack(group)
  if (failed.length === 0) return { kind: 'domainsUnknown' }
  return { kind: 'domainsFailed', failed: codesOf(failed, seen), total: seen.domains.size }
}

/**
 * What holds back a first keyset: receivers that use it refuse the callbacks of domains whose keys it lacks. Only domains
 * that are tolerated may be missing.
 */
export function notAdopted(
  seen: Observation,
  { apply }: GroupConfig,
): FindingOf<'keysUnknown' | 'domainsUnknown'> | undefined {
  const unread = seen.unread().filter((domain) => !apply.tolerate.includes(domain))
  if (unread.length > 0) return { kind: 'keysUnknown', failed: codesOf(unread, seen) }
  return seen.complete ? undefined : { kind: 'domainsUnknown' }
}

function codesOf(domains: readonly string[], seen: Observation): { domain: string; code: string }[] {
  return domains.map((domain) => ({ domain, code: seen.stateOf(domain).failure?.code ?? 'unknown' }))
}
