import { currentKey, pendingKey, type Keyset } from '../../keyset/keyset.ts'
import { isRollback } from '../../keyset/moves.ts'
import type { GroupRun } from '../state/group-run.ts'
import type { Ending } from './ending.ts'
import type { Obstacle } from './findings.ts'
import { interruptKeys } from '../state/streams.ts'

/**
 * What a person may have to know of:
 *
 * - `failed`: the run stopped by an error; subject: its code.
 * - `domainFailed`: a domain holds the group back; subject: the domain.
 * - `discoveryFailed`: the list of domains could not be read to its end, and holds the group back.
 * - `receiversRefuse`: receivers refused the new key until `propagation.max`.
 * - `streamsLeft`: running streams can still sign with a leaked key, although they were cut.
 * - `tooShort`: the run's time does not suffice to read the group's domains.
 * - `superseded`: another run has gone on meanwhile.
 * - `driftRepaired`: a domain was not on the group's key and was set back; subject: the domain.
 * - `overlapMax`: a key was dropped although streams may still sign with it; subject: its kid.
 * - `emergencyDone`: every domain is on the fresh key of an emergency; subject: its kid.
 */
export type CauseCode =
  | 'failed'
  | 'domainFailed'
  | 'discoveryFailed'
  | 'receiversRefuse'
  | 'streamsLeft'
  | 'tooShort'
  | 'superseded'
  | 'driftRepaired'
  | 'overlapMax'
  | 'emergencyDone'

export interface Cause {
  readonly code: CauseCode
  /** null where the code says it all, and for a cause that stands for very many. */
  readonly subject: string | null
  /** How many subjects it stands for, when they are too many to be causes of their own. */
  readonly total?: number
  /** It belongs to an emergency that is not finished. */
  readonly urgent?: true
}

/** More subjects of one kind than this become one cause. */
const MOST_SUBJECTS = 5

/** What a run brought to light that needs a person. Nothing for one that only looked. */
export function causesOf(run: GroupRun, ending: Ending): Cause[] {
  if (run.request.action === 'status' || run.request.dryRun) return []
  const { keyset } = run.ledger
  return [
    ...(ending.outcome === 'failed' ? failedCauses(ending.error.code) : []),
    ...(ending.outcome === 'incomplete' ? incompleteCauses(run, ending.obstacle) : []),
    ...perSubject('driftRepaired', run.drifted),
    ...perSubject('overlapMax', [...run.expired]),
    ...(keyset ? emergencyDone(keyset, ending) : []),
  ]
}

export function failedCauses(code: string): Cause[] {
  return [{ code: 'failed', subject: code }]
}

function incompleteCauses(run: GroupRun, { kind }: Obstacle): Cause[] {
  if (kind === 'superseded' || kind === 'receiversRefuse') return [{ code: kind, subject: null }]
  const causes: Cause[] = [
    ...(kind === 'streamsLeft' || kind === 'tooShort' ? [{ code: kind, subject: null }] : []),
    ...(run.complete ? [] : [{ code: 'discoveryFailed' as const, subject: null }]),
    ...perSubject(
      'domainFailed',
      run.holdingBack().filter((domain) => run.failureOf(domain)),
    ),
  ]
  return isEmergencyOpen(run) ? causes.map((cause) => ({ ...cause, urgent: true })) : causes
}

function perSubject(code: CauseCode, subjects: readonly string[]): Cause[] {
  if (subjects.length > MOST_SUBJECTS) return [{ code, subject: null, total: subjects.length }]
  return subjects.map((subject) => ({ code, subject }))
}

/** Whether a leaked key may still be somewhere: on a domain, or with a stream that is to be cut. */
function isEmergencyOpen({ request, ledger: { keyset } }: GroupRun): boolean {
  if (request.emergency) return true
  if (!keyset) return false
  const open = keyset.keys.some(({ state, clearedAt }) => state === 'compromised' && clearedAt === null)
  return open || pendingKey(keyset)?.emergency === true || interruptKeys(keyset).length > 0
}

/** Told from the document, not from what this run did: a run that was killed is told of by the next. */
function emergencyDone(keyset: Keyset, { outcome }: Ending): Cause[] {
  const current = currentKey(keyset)
  if (outcome !== 'rotated' && outcome !== 'reconciled') return []
  if (!current?.emergency || isRollback(current)) return []
  if (pendingKey(keyset) || interruptKeys(keyset).length > 0) return []
  return [{ code: 'emergencyDone', subject: current.kid }]
}
