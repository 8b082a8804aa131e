import { isoTime } from '../core/clock.ts'
import type { GroupConfig, RotationRequest, ThrottleConfig } from '../config/types.ts'
import { pendingKey, targetKey, type KeyEntry, type Keyset } from '../keyset/keyset.ts'
import { rollbackTarget } from '../keyset/moves/stage.ts'
import { decide, publishedAt, type Intent } from './decide.ts'
import type { OnlineStream } from './ports.ts'
import { english } from './report/english.ts'
import { planTaskText, type AffectedStreams, type PlanTask } from './report/plan-tasks.ts'
import type { Plan } from './report/report.ts'
import type { Observation } from './state/observation.ts'
import { streamsSigningWith } from './state/streams.ts'

/** Everything a plan is derived from. */
export interface PlanFacts {
  readonly group: GroupConfig
  readonly request: RotationRequest
  readonly throttle: ThrottleConfig
  readonly keyset: Keyset | null
  readonly storedAt: number | undefined
  readonly seen: Observation
  readonly now: number
}

/** What the request would do. Pure. */
export function planOf(facts: PlanFacts): Plan {
  const { group, request, throttle, keyset, now } = facts
  const pending = keyset ? pendingKey(keyset) : undefined
  const wanted = decide(request, keyset, group, now)
  const target = targetOf(wanted, keyset)
  const intent = wanted === 'served' || (wanted === 'rollback' && !target) ? 'notDue' : wanted
  const stages = intent !== 'notDue' && intent !== 'resume'
  const sets = countSets(facts, target, stages)
  const isUrgent = intent === 'emergency' || (intent === 'resume' && pending?.emergency === true)
  const publishMs = publishMsOf(facts, stages)
  const applyMs = applyMsOf(facts, sets, isUrgent)
  const affected = intent === 'notDue' ? [] : affectedStreams(facts, intent)
  const tasks = intent === 'notDue' ? [whyNothing(wanted)] : tasksOf(intent, pending, sets)
  const treated = request.emergency && affected ? affectedOf(affected, throttle) : undefined
  return {
    steps: tasks.map((task) => planTaskText(task, english.plan)),
    tasks,
    sets,
    calls: intent === 'notDue' ? {} : callsOf(facts, sets, stages, pending !== undefined),
    publishSeconds: Math.ceil(publishMs / 1000),
    applySeconds: Math.round(applyMs / 100) / 10,
    earliestRetirement: stages ? isoTime(now + publishMs + applyMs + group.overlap.minMs) : null,
    runningStreams: affected?.length ?? null,
    streamDomains: countByDomain(affected ?? []),
    ...(treated && { onRunningStreams: choices(treated), affected: treated }),
  }
}

function targetOf(intent: Intent, keyset: Keyset | null): KeyEntry | undefined {
  if (!keyset) return undefined
  if (intent === 'rollback') return rollbackTarget(keyset)
  return intent === 'resume' ? targetKey(keyset) : undefined
}

/** Number of domains to set, among those that could be read: to a new key, all of them. */
function countSets({ seen }: PlanFacts, target: KeyEntry | undefined, stages: boolean): number {
  const readable = [...seen.domains].filter(([, { reading }]) => reading)
  return readable.filter(([domain]) => (target ? !seen.isOn(domain, target.kid) : stages)).length
}

/** How long until receivers know the key: one that is staged now, or the pending one. 0 if there is neither. */
function publishMsOf({ group, keyset, storedAt, now }: PlanFacts, stages: boolean): number {
  if (stages) return Math.max(group.ttlMs, keyset?.ttl ?? 0) + group.propagation.marginMs
  const pending = keyset && pendingKey(keyset)
  return pending ? Math.max(0, publishedAt(pending, keyset, group, storedAt) - now) : 0
}

function applyMsOf({ group, throttle }: PlanFacts, sets: number, isUrgent: boolean): number {
  const { set, query } = isUrgent ? { set: throttle.emergency, query: throttle.emergency } : throttle
  return Math.max(sets / set, (sets * readsOfSet(group)) / query) * 1000
}

/** The streams that keep signing with a key that the run replaces or distrusts. */
function affectedStreams(facts: PlanFacts, intent: Intent): OnlineStream[] | undefined {
  const { group, request, keyset } = facts
  const survey = facts.seen.completeSurvey
  if (!survey) return undefined
  if (!keyset || intent === 'stage' || intent === 'rollback') return [...survey.streams]
  const { leaked, emergency } = request
  const replaced = keyset.keys.filter((entry) =>
    emergency && intent === 'emergency'
      ? leaked.length === 0 || leaked.includes(entry.kid)
      : entry.state !== 'pending' && (entry.state !== 'current' || pendingKey(keyset) !== undefined),
  )
  const affected = new Set(replaced.flatMap((entry) => streamsSigningWith(entry, survey, group)))
  return [...affected]
}

function whyNothing(wanted: Intent): PlanTask {
  if (wanted === 'rollback') return { kind: 'noEarlierKey' }
  return { kind: wanted === 'served' ? 'served' : 'young' }
}

function tasksOf(
  intent: Exclude<Intent, 'notDue' | 'served'>,
  pending: KeyEntry | undefined,
  sets: number,
): PlanTask[] {
  const finish: readonly PlanTask[] = [{ kind: 'set', domains: sets }, { kind: 'promote' }]
  switch (intent) {
    case 'stage':
      return [{ kind: 'stage' }, { kind: 'waitUntilKnown' }, ...finish, { kind: 'letGo' }]
    case 'emergency':
      return [{ kind: 'cutOff' }, { kind: 'waitUntilDistrusted' }, ...finish, { kind: 'treatStreams' }]
    case 'rollback':
      return [{ kind: 'stageEarlier' }, { kind: 'waitUntilKnown' }, ...finish]
    case 'resume':
      return pending
        ? [{ kind: 'finish', kid: pending.kid }, ...finish, { kind: 'letGo' }]
        : [{ kind: 'repair', domains: sets }, { kind: 'letGo' }]
  }
}

function callsOf(
  { group, seen }: PlanFacts,
  sets: number,
  stages: boolean,
  pending: boolean,
): Record<string, number> {
  const [set, query] =
    group.authSource === 'notifyConfig'
      ? ['UpdateLiveSnapshotNotifyConfig', 'DescribeLiveSnapshotNotifyConfig']
      : ['SetSnapshotCallbackAuth', 'QuerySnapshotCallbackAuth']
  return {
    [set]: sets,
    [query]: seen.domains.size + sets * readsOfSet(group),
    DescribeLiveStreamsOnlineList: seen.domains.size,
    PutSecretValue: Number(stages) + Number(stages || pending),
  }
}

/** Reads for each set: with `notifyConfig` also one before it, to keep the URL. */
function readsOfSet({ authSource }: GroupConfig): number {
  return authSource === 'notifyConfig' ? 2 : 1
}

function countByDomain(streams: readonly OnlineStream[]): { domain: string; streams: number }[] {
  const counts = new Map<string, number>()
  for (const { domain } of streams) counts.set(domain, (counts.get(domain) ?? 0) + 1)
  return [...counts]
    .map(([domain, count]) => ({ domain, streams: count }))
    .sort((a, b) => b.streams - a.streams)
}

function affectedOf(streams: readonly OnlineStream[], throttle: ThrottleConfig): AffectedStreams {
  return {
    streams: streams.length,
    domains: new Set(streams.map(({ domain }) => domain)).size,
    seconds: Math.ceil(streams.length / throttle.interrupt),
  }
}

function choices(affected: AffectedStreams): NonNullable<Plan['onRunningStreams']> {
  const { quarantine, reject, interrupt } = english.plan.choices
  return { quarantine: quarantine(affected), reject: reject(affected), interrupt: interrupt(affected) }
}
