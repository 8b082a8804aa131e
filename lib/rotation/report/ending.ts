import { hasCode, type RotatorError } from '../../core/errors.ts'
import { problemOf, type Obstacle } from './findings.ts'
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

/** How a run ended that was stopped by an error. */
export function endingOf(error: RotatorError): Ending {
  if (hasCode(error, 'deadline')) return waiting()
  if (hasCode(error, 'fenced', 'conflict'))
    return incomplete({ kind: 'superseded', problem: problemOf(error) })
  return { outcome: 'failed', error }
}
