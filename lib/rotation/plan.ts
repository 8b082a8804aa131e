import { isoTime } from '../core/clock.ts'
import { count } from '../core/counts.ts'
import type { ThrottleConfig } from '../config/types.ts'
import { RotatorError } from '../core/errors.ts'
import { currentKey, pendingKey, type KeyEntry, type Keyset } from '../keyset/keyset.ts'
import { rollbackTarget } from '../keyset/moves.ts'
import { decide, publishedAt, type Intent } from './decide.ts'
import { surveyStreams } from './steps/retire.ts'
import type { GroupDomains } from './state/group-domains.ts'
import type { GroupRun } from './state/group-run.ts'
import { observe, reportUnknownKeys } from './steps/observe.ts'
import type { OnlineStream } from './ports.ts'
import { problemOf } from './report/findings.ts'
import type { Plan } from './report/report.ts'
import { streamsSigningWith } from './state/streams.ts'

/** Reads everything and changes nothing: the keyset, the domains, their running streams, their other configuration. */
export async function inspect(run: GroupRun, domains: () => Promise<GroupDomains>): Promise<void> {
  await run.ledger.load()
  run.take(await domains())
  const { keyset, currentIsBehind } = run.ledger
  if (currentIsBehind !== null) {
    run.warn({ kind: 'currentIsBehind', secret: run.group.secret, version: currentIsBehind })
  }
  await observe(run, false)
  await Promise.all([surveyStreams(run), findOtherConfiguration(run)])
  if (keyset) {
    reportUnknownKeys(run, keyset)
    reportDrift(run, keyset)
  }
}

/** A domain whose callbacks are signed by its SnapshotNotifyConfig would look rotated and not be. */
async function findOtherConfiguration(run: GroupRun): Promise<void> {
  if (run.group.authSource !== 'snapshotCallbackAuth') return
  const signed: string[] = []
  const unknown: string[] = []
  let problem: RotatorError | undefined
  run.log({ level: 'info', event: 'inspecting', total: run.domains.size })
  await Promise.all(
    [...run.domains.keys()].map(async (domain) => {
      try {
        const found = await run.ports.live.notifyConfig(domain, { deadline: run.environment.deadline })
        if (found?.enabled) signed.push(domain)
      } catch (error) {
        if (!(error instanceof RotatorError)) throw error
        if (error.code === 'notFound') return
        unknown.push(domain)
        problem ??= error
      } finally {
        run.log({ level: 'debug', event: 'inspected', domain })
      }
    }),
  )
  if (signed.length > 0) run.warn({ kind: 'notifyConfigSigns', domains: signed })
  if (problem) run.warn({ kind: 'notifyConfigNotRead', domains: unknown, problem: problemOf(problem) })
}

function reportDrift(run: GroupRun, keyset: Keyset): void {
  const current = currentKey(keyset)
  if (!current || pendingKey(keyset)) return
  const drifted = run.domainsNotOn(current.kid).filter((domain) => run.domains.get(domain)?.reading)
  if (drifted.length > 0) run.warn({ kind: 'drifted', domains: drifted })
}

/** What the request would do, from what {@link inspect} read. */
export function planOf(run: GroupRun, throttle: ThrottleConfig): Plan {
  const { keyset } = run.ledger
  const now = run.now()
  const pending = keyset ? pendingKey(keyset) : undefined
  const wanted = decide(run.request, keyset, run.group, now)
  const target = targetOf(wanted, keyset)
  const intent = wanted === 'rollback' && !target ? 'notDue' : wanted
  const urgent = intent === 'emergency' || (intent === 'resume' && pending?.emergency === true)
  const rates = urgent ? { set: throttle.emergency, query: throttle.emergency } : throttle
  const readable = [...run.domains].filter(([, { reading }]) => reading).map(([domain]) => domain)
  const stages = intent !== 'notDue' && intent !== 'resume'
  const toSet = readable.filter((domain) => (target ? !run.isOn(domain, target.kid) : stages))
  const sets = intent === 'notDue' ? 0 : toSet.length
  const publishMs = stages
    ? Math.max(run.group.ttlMs, keyset?.ttl ?? 0) + run.group.propagation.marginMs
    : keyset && pending
      ? Math.max(0, publishedAt(pending, keyset, run.group, run.ledger.storedAt) - now)
      : 0
  const applyMs = Math.max(sets / rates.set, (sets * readsOfSet(run)) / rates.query) * 1000
  const affected = intent === 'notDue' ? [] : affectedStreams(run, intent, keyset)
  return {
    steps: intent === 'notDue' ? [whyNothing(run, wanted)] : stepsOf(intent, pending, sets),
    sets,
    calls: intent === 'notDue' ? {} : callsOf(run, sets, stages, pending !== undefined),
    publishSeconds: Math.ceil(publishMs / 1000),
    applySeconds: Math.round(applyMs / 100) / 10,
    earliestRetirement: stages ? isoTime(now + publishMs + applyMs + run.group.overlap.minMs) : null,
    runningStreams: affected?.length ?? null,
    streamDomains: countByDomain(affected ?? []),
    ...(run.request.emergency && affected && { onRunningStreams: choices(affected, throttle) }),
  }
}

function targetOf(intent: Intent, keyset: Keyset | null): KeyEntry | undefined {
  if (!keyset) return undefined
  if (intent === 'rollback') return rollbackTarget(keyset)
  return intent === 'resume' ? (pendingKey(keyset) ?? currentKey(keyset)) : undefined
}

/** The streams that go on signing with a key that the run replaces or distrusts. */
function affectedStreams(run: GroupRun, intent: Intent, keyset: Keyset | null): OnlineStream[] | undefined {
  const { survey } = run
  if (!survey || survey.unlisted.length > 0) return undefined
  if (!keyset || intent === 'stage' || intent === 'rollback') return [...survey.streams]
  const { leaked, emergency } = run.request
  const replaced = keyset.keys.filter((entry) =>
    emergency && intent === 'emergency'
      ? leaked.length === 0 || leaked.includes(entry.kid)
      : entry.state !== 'pending' && (entry.state !== 'current' || pendingKey(keyset) !== undefined),
  )
  const affected = new Set(replaced.flatMap((entry) => streamsSigningWith(entry, survey, run.group)))
  return [...affected]
}

function whyNothing({ request, ledger }: GroupRun, wanted: Intent): string {
  if (wanted === 'rollback') return 'nothing: there is no earlier key that is trusted'
  if (request.id !== null && ledger.keyset?.keys.some((entry) => entry.request === request.id)) {
    return 'nothing: this request has been carried out'
  }
  return 'nothing: the current key is younger than rotation.minAge; with --force it is rotated all the same'
}

function stepsOf(intent: Exclude<Intent, 'notDue'>, pending: KeyEntry | undefined, sets: number): string[] {
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

function callsOf(run: GroupRun, sets: number, stages: boolean, pending: boolean): Record<string, number> {
  const [set, query] =
    run.group.authSource === 'notifyConfig'
      ? ['UpdateLiveSnapshotNotifyConfig', 'DescribeLiveSnapshotNotifyConfig']
      : ['SetSnapshotCallbackAuth', 'QuerySnapshotCallbackAuth']
  return {
    [set]: sets,
    [query]: run.domains.size + sets * readsOfSet(run),
    DescribeLiveStreamsOnlineList: run.domains.size,
    PutSecretValue: Number(stages) + Number(stages || pending),
  }
}

/** How often a domain is read for being set: where it is the other configuration, also before, to keep its URL. */
function readsOfSet({ group }: GroupRun): number {
  return group.authSource === 'notifyConfig' ? 2 : 1
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
