import { readsOnly, type GroupConfig, type RotationRequest } from '../../config/types.ts'
import { isoTime } from '../../core/clock.ts'
import type { RotatorError } from '../../core/errors.ts'
import { defined } from '../../core/objects.ts'
import { targetKey, type KeyEntry } from '../../keyset/keyset.ts'
import { phaseOf } from '../decide.ts'
import { isUpTo } from '../evidence.ts'
import type { GroupContext } from '../state/context.ts'
import type { Ledger } from '../state/ledger.ts'
import type { Observation } from '../state/observation.ts'
import { causesOf, failedCauses } from './causes.ts'
import type { Ending } from './ending.ts'
import { english } from './english.ts'
import { findingText, problemOf, type FailedDomain, type Obstacle } from './findings.ts'
import { keyReport } from './key-report.ts'
import { noticesOf } from './notices.ts'
import { receiverReports } from './receiver-report.ts'
import type { GroupReport, Phase, Plan } from './report.ts'

/** What a run did to its group, and the group's state now. */
export function groupReport(run: GroupContext, ending: Ending, plan?: Plan): GroupReport {
  const { group, request, seen, journal, ledger } = run
  const { keyset } = ledger
  const { warnings } = journal
  const target = keyset ? targetKey(keyset) : undefined
  return defined({
    group: group.name,
    outcome: ending.outcome,
    did: journal.did,
    phase: phaseIn(run, ending),
    revision: keyset?.revision ?? null,
    keyset: lack(ledger),
    kid: target?.kid ?? null,
    waitingUntil: waitingUntil(ending),
    domains: domainsReport(run, target),
    keys: keyset?.keys.map((entry) => keyReport(run, entry, keyset)) ?? [],
    ...run.usage(),
    warnings: warnings.map((finding) => findingText(finding, english.findings)),
    findings: ifAny(warnings),
    error: errorOf(ending),
    applyMs: applyMs(run),
    cutOff: cutOffOf(run),
    receivers: ifAny(receiverReports(run.receivers)),
    plan,
    saved: journal.saved > 0 ? journal.saved : undefined,
    causes: ifAny(causesOf({ group, request, keyset, seen, warnings }, ending)),
    notices: ifAny(keyset ? noticesOf(keyset) : []),
  })
}

/** The report of a group whose account could not be reached at all. */
export function unopenedReport(
  group: GroupConfig,
  request: RotationRequest,
  problem: RotatorError,
): GroupReport {
  return defined({
    group: group.name,
    outcome: 'failed',
    did: 'nothing',
    phase: 'idle',
    revision: null,
    keyset: 'unread',
    kid: null,
    waitingUntil: null,
    domains: { total: group.domains.length, set: 0, unchanged: 0, confirmed: 0, failed: [] },
    keys: [],
    calls: {},
    throttled: 0,
    warnings: [],
    error: problemOf(problem),
    causes: readsOnly(request) ? undefined : failedCauses(problem.code),
  })
}

function ifAny<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length > 0 ? list : undefined
}

function phaseIn(run: GroupContext, ending: Ending): Phase {
  const { keyset, storedAt } = run.ledger
  // While receivers refuse the key, it is not set, however long ago it was published.
  const refused = ending.outcome === 'incomplete' && ending.obstacle.kind === 'receiversRefuse'
  return refused ? 'publishing' : phaseOf(keyset, run.group, run.now(), storedAt)
}

/** Why there is no keyset; undefined if there is one. */
function lack({ keyset, wasRead }: Ledger): GroupReport['keyset'] {
  if (keyset) return undefined
  return wasRead ? 'absent' : 'unread'
}

function waitingUntil(ending: Ending): string | null {
  if (ending.outcome !== 'waiting' || ending.waitingUntil === undefined) return null
  return isoTime(ending.waitingUntil)
}

function domainsReport(
  { seen, group, journal }: GroupContext,
  target: KeyEntry | undefined,
): GroupReport['domains'] {
  const names = [...seen.domains.keys()]
  const confirmed = target ? names.filter((name) => seen.isOn(name, target.kid)) : []
  return {
    // What discovery would add is unknown until the list is read.
    total: names.length || group.domains.length,
    set: journal.set.size,
    unchanged: confirmed.filter((name) => !journal.set.has(name)).length,
    confirmed: confirmed.length,
    failed: failedDomains(seen),
  }
}

function failedDomains(seen: Observation): FailedDomain[] {
  return [...seen.domains.keys()].flatMap((domain) => {
    const failure = seen.failureOf(domain)
    return failure ? [{ domain, ...problemOf(failure) }] : []
  })
}

function errorOf(ending: Ending): GroupReport['error'] {
  if (ending.outcome === 'failed') return problemOf(ending.error)
  return ending.outcome === 'incomplete' ? obstacleReport(ending.obstacle) : undefined
}

function obstacleReport(obstacle: Obstacle): NonNullable<GroupReport['error']> {
  return {
    code: obstacle.kind === 'superseded' ? obstacle.problem.code : 'rotationFailed',
    message: findingText(obstacle, english.findings),
    finding: obstacle,
  }
}

function applyMs({ journal: { firstSetAt, lastConfirmedAt } }: GroupContext): number | undefined {
  if (firstSetAt === undefined || lastConfirmedAt === undefined) return undefined
  return lastConfirmedAt - firstSetAt
}

/** How long the cut-off took; only in the report of the run that made the emergency's first save. */
function cutOffOf({ journal, receivers, startedAt }: GroupContext): GroupReport['cutOff'] {
  const { cutOff, lastConfirmedAt, interrupted } = journal
  if (!cutOff) return undefined
  const seen = receivers.evidence
    .flatMap(({ instances }) => instances)
    .filter((instance) => isUpTo(instance, cutOff.lineage, cutOff.revision))
    .map(({ at }) => at - startedAt)
  return {
    savedMs: cutOff.savedAt - startedAt,
    receiversMs: cutOff.trustGoneAt - startedAt,
    firstInstanceMs: seen.length > 0 ? Math.min(...seen) : null,
    allInstancesMs: receivers.areProven ? Math.max(...seen) : null,
    domainsMs: lastConfirmedAt === undefined ? null : lastConfirmedAt - startedAt,
    interrupted,
  }
}
