import { currentKey, pendingKey, type Keyset } from '../../keyset/keyset.ts'
import { isRollback } from '../../keyset/moves/stage.ts'
import { readsOnly, type GroupConfig, type RotationRequest } from '../../config/types.ts'
import type { Observation } from '../state/observation.ts'
import type { Ending } from './ending.ts'
import type { Cause, CauseCode, Obstacle, Warning } from './findings.ts'
import { interruptKeys } from '../state/streams.ts'

/** Everything the causes of a run are derived from. */
export interface RunFacts {
  readonly group: GroupConfig
  readonly request: RotationRequest
  readonly keyset: Keyset | null
  readonly seen: Observation
  readonly warnings: readonly Warning[]
}

/** Maximum number of causes of one kind; more become a single one. */
const MOST_SUBJECTS = 5

/** What a run found that needs a person's attention. Empty for a run that only reads. */
export function causesOf(run: RunFacts, ending: Ending): Cause[] {
  if (readsOnly(run.request)) return []
  const { keyset, warnings } = run
  const found = warnings.filter((one) => one.kind === 'keyFound')
  // Reported as a found key already.
  const told = new Set(found.flatMap(({ domains }) => domains))
  const drifted = warnings
    .flatMap((one) => (one.kind === 'driftRepaired' ? one.domains : []))
    .filter((domain) => !told.has(domain))
  const expired = warnings.flatMap((one) => (one.kind === 'keyExpired' ? [one.kid] : []))
  return [
    ...(ending.outcome === 'failed' ? failedCauses(ending.error.code) : []),
    ...(ending.outcome === 'incomplete' ? incompleteCauses(run, ending.obstacle) : []),
    ...(warnings.some(({ kind }) => kind === 'clocksDisagree')
      ? [{ code: 'clocksDisagree', subject: null } as const]
      : []),
    ...perSubject(
      'keyFound',
      found.map(({ kid }) => kid),
    ),
    ...perSubject('driftRepaired', drifted),
    ...perSubject('overlapMax', expired),
    ...(keyset ? emergencyDone(keyset, ending) : []),
  ]
}

export function failedCauses(code: string): Cause[] {
  return [{ code: 'failed', subject: code }]
}

function incompleteCauses(run: RunFacts, { kind }: Obstacle): Cause[] {
  if (kind === 'superseded' || kind === 'receiversRefuse') return [{ code: kind, subject: null }]
  const { seen, group } = run
  const causes: Cause[] = [
    ...(kind === 'streamsLeft' || kind === 'tooShort' ? [{ code: kind, subject: null }] : []),
    ...(seen.complete ? [] : [{ code: 'discoveryFailed' as const, subject: null }]),
    ...perSubject(
      'domainFailed',
      seen.holdingBack(group).filter((domain) => seen.failureOf(domain)),
    ),
  ]
  return isEmergencyOpen(run) ? causes.map((cause) => ({ ...cause, urgent: true })) : causes
}

function perSubject(code: CauseCode, subjects: readonly string[]): Cause[] {
  if (subjects.length > MOST_SUBJECTS) return [{ code, subject: null, total: subjects.length }]
  return subjects.map((subject) => ({ code, subject }))
}

/** Whether a leaked key may still be in use: on a domain, or by a stream that must be cut. */
function isEmergencyOpen({ request, keyset }: RunFacts): boolean {
  if (request.emergency) return true
  if (!keyset) return false
  const open = keyset.keys.some(({ state, clearedAt }) => state === 'compromised' && clearedAt === null)
  return open || pendingKey(keyset)?.emergency === true || interruptKeys(keyset).length > 0
}

/** Derived from the document, not from what this run did, so that the next run reports for one that was killed. */
function emergencyDone(keyset: Keyset, { outcome }: Ending): Cause[] {
  const current = currentKey(keyset)
  if (outcome !== 'rotated' && outcome !== 'reconciled') return []
  if (!current?.emergency || isRollback(current)) return []
  if (pendingKey(keyset) || interruptKeys(keyset).length > 0) return []
  return [{ code: 'emergencyDone', subject: current.kid }]
}
