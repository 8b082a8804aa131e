import { isoTime } from '../../core/clock.ts'
import { targetKey, type KeyEntry, type Keyset } from '../../keyset/keyset.ts'
import { causesOf } from './causes.ts'
import { phaseOf } from '../decide.ts'
import type { GroupContext } from '../state/context.ts'
import type { Observation } from '../state/observation.ts'
import { noticesOf } from './notices.ts'
import type { GroupReport, KeyReport, Plan, ReceiverReport } from './report.ts'
import { isUpTo } from '../evidence.ts'
import { shownUrl } from '../shown-url.ts'
import type { Receivers } from '../state/receivers.ts'
import type { Ending } from './ending.ts'
import { english } from './english.ts'
import { findingText, problemOf, type FailedDomain, type Obstacle } from './findings.ts'
import { streamsSigningWith } from '../state/streams.ts'

const SHOWN_DOMAINS = 50

/** What a run did to its group, and the group's state now. */
export function groupReport(run: GroupContext, ending: Ending, plan?: Plan): GroupReport {
  const { seen, journal } = run
  const { keyset } = run.ledger
  const target = keyset ? targetKey(keyset) : undefined
  const confirmed = target ? seen.domains.size - seen.domainsNotOn(target.kid).length : 0
  const { calls, throttled } = run.usage()
  const cutOff = cutOffOf(run)
  const receivers = receiverReports(run.receivers)
  const { firstSetAt, lastConfirmedAt, saved, warnings } = journal
  const causes = causesOf({ group: run.group, request: run.request, keyset, seen, warnings }, ending)
  const notices = keyset ? noticesOf(keyset) : []
  return {
    group: run.group.name,
    outcome: ending.outcome,
    did: journal.did,
    // While receivers refuse the key, it is not set, however long ago it was published.
    phase:
      ending.outcome === 'incomplete' && ending.obstacle.kind === 'receiversRefuse'
        ? 'publishing'
        : phaseOf(keyset, run.group, run.now(), run.ledger.storedAt),
    revision: keyset?.revision ?? null,
    ...(!keyset && { keyset: run.ledger.wasRead ? 'absent' : 'unread' }),
    kid: target?.kid ?? null,
    waitingUntil:
      ending.outcome === 'waiting' && ending.waitingUntil !== undefined ? isoTime(ending.waitingUntil) : null,
    domains: {
      // What discovery would add is unknown until the list is read.
      total: seen.domains.size || run.group.domains.length,
      set: journal.set.size,
      unchanged: target
        ? [...seen.domains.keys()].filter((name) => seen.isOn(name, target.kid) && !journal.set.has(name))
            .length
        : 0,
      confirmed,
      failed: failedDomains(seen),
    },
    keys: keyset?.keys.map((entry) => keyReport(run, entry, keyset)) ?? [],
    calls,
    throttled,
    warnings: warnings.map((finding) => findingText(finding, english.findings)),
    ...(warnings.length > 0 && { findings: warnings }),
    ...(ending.outcome === 'failed' && { error: problemOf(ending.error) }),
    ...(ending.outcome === 'incomplete' && { error: obstacleReport(ending.obstacle) }),
    ...(firstSetAt !== undefined &&
      lastConfirmedAt !== undefined && { applyMs: lastConfirmedAt - firstSetAt }),
    ...(cutOff && { cutOff }),
    ...(receivers.length > 0 && { receivers }),
    ...(plan && { plan }),
    ...(saved > 0 && { saved }),
    ...(causes.length > 0 && { causes }),
    ...(notices.length > 0 && { notices }),
  }
}

function obstacleReport(obstacle: Obstacle): NonNullable<GroupReport['error']> {
  return {
    code: obstacle.kind === 'superseded' ? obstacle.problem.code : 'rotationFailed',
    message: findingText(obstacle, english.findings),
    finding: obstacle,
  }
}

function failedDomains(seen: Observation): FailedDomain[] {
  return [...seen.domains.keys()].flatMap((domain) => {
    const failure = seen.failureOf(domain)
    return failure ? [{ domain, ...problemOf(failure) }] : []
  })
}

/** When the last receiver that respects the ttl stops trusting a leaked key. */
function untrustedFrom(compromisedAt: string, { ttl, cachedUntil }: Keyset): string {
  const held = cachedUntil === undefined ? 0 : Date.parse(cachedUntil)
  return isoTime(Math.max(Date.parse(compromisedAt) + ttl, held))
}

function keyReport(run: GroupContext, entry: KeyEntry, keyset: Keyset): KeyReport {
  const since = entry.appliedAt ?? entry.createdAt
  const wasRead = [...run.seen.domains.values()].some(({ reading }) => reading)
  const { survey } = run.seen
  const streams =
    survey && survey.unlisted.length === 0 ? streamsSigningWith(entry, survey, run.group) : undefined
  const first = streams?.reduce((oldest, { publishedAt }) => Math.min(oldest, publishedAt), Infinity)
  return {
    kid: entry.kid,
    state: entry.state,
    ...(entry.state === 'compromised' &&
      entry.onRunningStreams && { onRunningStreams: entry.onRunningStreams }),
    ...(entry.found === true && { found: true }),
    ...(entry.compromisedAt !== undefined && { untrustedFrom: untrustedFrom(entry.compromisedAt, keyset) }),
    times: timesOf(entry),
    age: since === undefined ? null : Math.max(0, Math.floor((run.now() - Date.parse(since)) / 1000)),
    runningStreams: streams?.length ?? null,
    ...(streams &&
      streams.length > 0 && {
        streamDomains: [...new Set(streams.map(({ domain }) => domain))].slice(0, SHOWN_DOMAINS),
        oldestStreamSince: isoTime(first ?? 0),
      }),
    domains: wasRead ? run.seen.domainsOn(entry.kid).length : null,
  }
}

function timesOf({
  createdAt,
  stagedAt,
  appliedAt,
  clearedAt,
  compromisedAt,
}: KeyEntry): NonNullable<KeyReport['times']> {
  return {
    ...(createdAt !== undefined && { createdAt }),
    ...(stagedAt !== undefined && { stagedAt }),
    ...(appliedAt !== undefined && { appliedAt }),
    ...(typeof clearedAt === 'string' && { clearedAt }),
    ...(compromisedAt !== undefined && { compromisedAt }),
  }
}

/** Reports on the receivers that were probed. */
function receiverReports({ evidence, trusting }: Receivers): ReceiverReport[] {
  const trustingAt = new Map(trusting.map((one) => [one.url, one.instances]))
  return evidence.flatMap(({ url, expected, instances, last }) =>
    last === null
      ? []
      : {
          url: shownUrl(url),
          accepted: last.accepted,
          instances: instances.map(({ id, lineage, revision, at }) => ({
            id,
            lineage,
            revision,
            seenAt: isoTime(at),
          })),
          ...(trustingAt.has(url) && { trusting: trustingAt.get(url) ?? [] }),
          expected,
          revision: instances.length > 0 ? Math.min(...instances.map(({ revision }) => revision)) : null,
        },
  )
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
