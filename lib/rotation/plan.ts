import { isoTime } from '../core/clock.ts'
import { count } from '../core/counts.ts'
import type { GroupConfig, RotationRequest, ThrottleConfig } from '../config/types.ts'
import { currentKey, pendingKey, type KeyEntry, type Keyset } from '../keyset/keyset.ts'
import { rollbackTarget } from '../keyset/moves/stage.ts'
import { decide, publishedAt, type Intent } from './decide.ts'
import type { OnlineStream } from './ports.ts'
import type { Plan } from './report/report.ts'
import type { Observation } from './state/observation.ts'
import { streamsSigningWith } from './state/streams.ts'

/** What a plan follows from. */
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
  const { group, request, throttle, keyset, storedAt, seen, now } = facts
  const pending = keyset ? pendingKey(keyset) : undefined
  const wanted = decide(request, keyset, group, now)
  const target = targetOf(wanted, keyset)
  const intent = wanted === 'served' || (wanted === 'rollback' && !target) ? 'notDue' : wanted
  const urgent = intent === 'emergency' || (intent === 'resume' && pending?.emergency === true)
  const rates = urgent ? { set: throttle.emergency, query: throttle.emergency } : throttle
  const readable = [...seen.domains].filter(([, { reading }]) => reading).map(([domain]) => domain)
  const stages = intent !== 'notDue' && intent !== 'resume'
  const toSet = readable.filter((domain) => (target ? !seen.isOn(domain, target.kid) : stages))
  const sets = intent === 'notDue' ? 0 : toSet.length
  const publishMs = stages
    ? Math.max(group.ttlMs, keyset?.ttl ?? 0) + group.propagation.marginMs
    : keyset && pending
      ? Math.max(0, publishedAt(pending, keyset, group, storedAt) - now)
      : 0
  const applyMs = Math.max(sets / rates.set, (sets * readsOfSet(group)) / rates.query) * 1000
  const affected = intent === 'notDue' ? [] : affectedStreams(facts, intent)
  return {
    steps: intent === 'notDue' ? [whyNothing(wanted)] : stepsOf(intent, pending, sets),
    sets,
    calls: intent === 'notDue' ? {} : callsOf(facts, sets, stages, pending !== undefined),
    publishSeconds: Math.ceil(publishMs / 1000),
    applySeconds: Math.round(applyMs / 100) / 10,
    earliestRetirement: stages ? isoTime(now + publishMs + applyMs + group.overlap.minMs) : null,
    runningStreams: affected?.length ?? null,
    streamDomains: countByDomain(affected ?? []),
    ...(request.emergency && affected && { onRunningStreams: choices(affected, throttle) }),
  }
}

function targetOf(intent: Intent, keyset: Keyset | null): KeyEntry | undefined {
  if (!keyset) return undefined
  if (intent === 'rollback') return rollbackTarget(keyset)
  return intent === 'resume' ? (pendingKey(keyset) ?? currentKey(keyset)) : undefined
}

/** The streams that go on signing with a key that the run replaces or distrusts. */
function affectedStreams(facts: PlanFacts, intent: Intent): OnlineStream[] | undefined {
  const { group, request, keyset } = facts
  const { survey } = facts.seen
  if (!survey || survey.unlisted.length > 0) return undefined
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

function whyNothing(wanted: Intent): string {
  if (wanted === 'rollback') return 'nothing: there is no earlier key that is trusted'
  if (wanted === 'served') return 'nothing: this request has been carried out'
  return 'nothing: the current key is younger than rotation.minAge; with --force it is rotated all the same'
}

function stepsOf(
  intent: Exclude<Intent, 'notDue' | 'served'>,
  pending: KeyEntry | undefined,
  sets: number,
): string[] {
  const switching = `set ${count(sets, 'domain')} and read each back`
  switch (intent) {
    case 'stage':
      return [
        'stage a new key',
        'wait until receivers know it',
        switching,
        'promote it',
        'let old keys go by evidence',
      ]
    case 'emergency':
      return [
        'distrust the leaked keys and stage a fresh key, in one save',
        'wait until no receiver trusts a leaked key: ttl and margin',
        switching,
        'promote it',
        'treat running streams as chosen',
      ]
    case 'rollback':
      return [
        'stage the key before the present one again',
        'wait until receivers know it',
        switching,
        'promote it',
      ]
    case 'resume':
      return pending
        ? [`finish the pending key ${pending.kid}`, switching, 'promote it', 'let old keys go by evidence']
        : [sets > 0 ? `repair ${count(sets, 'domain')}` : 'nothing to repair', 'let old keys go by evidence']
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

/** How often a domain is read for being set: where it is the other configuration, also before, to keep its URL. */
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

function choices(
  streams: readonly OnlineStream[],
  throttle: ThrottleConfig,
): NonNullable<Plan['onRunningStreams']> {
  const on = `${count(streams.length, 'running stream')} on ${count(new Set(streams.map(({ domain }) => domain)).size, 'domain')}`
  return {
    quarantine: `leaves ${on}; callbacks are reported as quarantined until those are pushed again`,
    reject: `leaves ${on}; callbacks are refused until those are pushed again`,
    interrupt: `cuts ${on} once each, in about ${Math.ceil(streams.length / throttle.interrupt)} s; encoders push again`,
  }
}
