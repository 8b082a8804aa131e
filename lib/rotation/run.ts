import { isoTime, type Clock } from '../core/clock.ts'
import type { GroupConfig, RotationConfig, RotationRequest } from '../config/types.ts'
import { RotatorError, toRotatorError } from '../core/errors.ts'
import { failedCauses } from './report/causes.ts'
import { endingOf } from './report/ending.ts'
import { problemOf } from './report/findings.ts'
import {
  checkDomains,
  resolveDomains,
  withRemembered,
  type GroupDomains,
  type ResolvedDomains,
} from './state/group-domains.ts'
import { GroupContext } from './state/context.ts'
import { groupReport } from './report/group-report.ts'
import { planOf } from './plan.ts'
import type { GroupPorts, RotationEnvironment } from './ports.ts'
import type { GroupReport, Report } from './report/report.ts'
import { rotateGroup } from './rotate-group.ts'
import { awaitList } from './steps/await-list.ts'
import { inspect } from './steps/inspect.ts'

/** How long a group waits for the domains of the other groups in an emergency. */
const EMERGENCY_PATIENCE_MS = 5_000

/**
 * Runs one request on its groups concurrently and reports. One group's failure does not affect the others and is part of
 * the report; only a request for an unknown group or key throws.
 *
 * Does I/O through the ports of `environment` alone, until `environment.deadline`.
 *
 * @throws RotatorError `usage` for an unknown group or leaked key.
 *
 * @example
 * ```ts
 * const report = await run(parseRequest({ action: 'rotate' }), config, environment)
 * if (!report.ok) console.error(report.groups.map((group) => group.error?.message))
 * ```
 */
export async function run(
  request: RotationRequest,
  config: RotationConfig,
  environment: RotationEnvironment,
): Promise<Report> {
  const startedAt = environment.clock.now()
  const wanted = config.groups.filter(({ name }) => request.group === null || name === request.group)
  if (wanted.length === 0) {
    throw new RotatorError(
      'usage',
      `there is no group "${request.group ?? ''}"; the configuration has ${config.groups.map(({ name }) => name).join(', ')}`,
    )
  }
  const all = config.groups.map((group) => opened(group, environment))
  const own = all.filter(({ group }) => wanted.includes(group))
  if (request.leaked.length > 0) await checkLeaked(request.leaked, own)
  const groups = await Promise.all(
    own.map((one) => runGroup(one, all, startedAt, request, config, environment)),
  )
  return {
    version: 1,
    ok: groups.every(({ outcome }) => outcome !== 'failed' && outcome !== 'incomplete'),
    action: request.action,
    startedAt: isoTime(startedAt),
    finishedAt: isoTime(environment.clock.now()),
    groups,
  }
}

/** A group and its ports. Its domains are requested at once, and awaited only where they are needed. */
interface Opened {
  readonly group: GroupConfig
  readonly ports: Promise<GroupPorts>
  readonly domains: Promise<ResolvedDomains>
}

function opened(group: GroupConfig, environment: RotationEnvironment): Opened {
  const ports = environment.open(group)
  const domains = ports.then((open) => resolveDomains(group, open, environment))
  // A failure surfaces where the domains are awaited; for a group that does not run it is ignored.
  domains.catch(() => undefined)
  return { group, ports, domains }
}

/**
 * Rejects a kid that no group knows: it is a typo, and the intended emergency would not happen. Stops waiting for groups
 * as soon as every kid is found.
 */
async function checkLeaked(leaked: readonly string[], groups: readonly Opened[]): Promise<void> {
  const missing = new Set(leaked)
  const known: string[] = []
  const looks: Promise<unknown>[] = []
  await new Promise<void>((found) => {
    for (const { ports } of groups) looks.push(look(ports, found))
    void Promise.allSettled(looks).then(() => found())
  })
  if (missing.size === 0) return
  for (const look of await Promise.allSettled(looks)) {
    if (look.status === 'fulfilled') continue
    // If one group cannot be read, the emergency of the others goes ahead.
    if (look.reason instanceof RotatorError) return
    throw look.reason
  }
  throw new RotatorError(
    'usage',
    `there is no key ${[...missing].join(', ')}, so it cannot have leaked; the keys are ${known.join(', ') || 'none'}. ` +
      'Leave "leaked" out to distrust every key',
  )

  async function look(ports: Promise<GroupPorts>, found: () => void): Promise<void> {
    const { keyset } = await (await ports).keysets.load()
    for (const { kid } of [...(keyset?.keys ?? []), ...(keyset?.revoked ?? [])]) {
      known.push(kid)
      missing.delete(kid)
    }
    if (missing.size === 0) found()
  }
}

async function runGroup(
  { group, ports, domains }: Opened,
  all: readonly Opened[],
  startedAt: number,
  request: RotationRequest,
  config: RotationConfig,
  environment: RotationEnvironment,
): Promise<GroupReport> {
  const looksOnly = request.action === 'status' || request.dryRun
  let open: GroupPorts
  try {
    open = await ports
  } catch (error) {
    return unopened(group, toRotatorError(error), looksOnly)
  }
  const run = new GroupContext(group, request, environment, open, startedAt, () => trustedBy(group, all))
  const ownDomains = async (): Promise<GroupDomains> => {
    const resolved = await domains
    const others = await domainsOfOthers(group, all, request.emergency ? environment.clock : null)
    checkDomains(group, resolved, others)
    if (resolved.problem) {
      const suffix = group.discover?.suffix ?? ''
      run.journal.warn({ kind: 'domainsNotListed', suffix, problem: problemOf(resolved.problem) })
    }
    return withRemembered(resolved, group, run.ledger.keyset, others)
  }
  try {
    run.journal.note({
      level: 'info',
      event: 'started',
      action: request.action,
      ...(request.reason !== null && { reason: request.reason }),
    })
    if (!looksOnly) {
      const ending = await rotateGroup(run, ownDomains).finally(() => run.end())
      await Promise.all([run.alarm, awaitList(run)])
      return groupReport(run, ending)
    }
    await inspect(run, ownDomains)
    if (request.action === 'status') return groupReport(run, { outcome: 'reported' })
    const { keyset, storedAt } = run.ledger
    const facts = {
      group,
      request,
      throttle: config.throttle,
      keyset,
      storedAt,
      seen: run.seen,
      now: run.now(),
    }
    return groupReport(run, { outcome: 'planned' }, planOf(facts))
  } catch (error) {
    const known = toRotatorError(error)
    run.journal.note({ level: 'error', event: 'groupFailed', code: known.code, message: known.message })
    return groupReport(run, endingOf(known))
  }
}

/**
 * The domains of every other group that could be read, by group name. An emergency passes its `clock` and does not wait
 * long for any of them.
 */
async function domainsOfOthers(
  group: GroupConfig,
  all: readonly Opened[],
  clock: Clock | null,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const done = clock && new AbortController()
  const patience = clock?.sleep(EMERGENCY_PATIENCE_MS, done?.signal).catch(() => undefined)
  const found = all
    .filter((other) => other.group !== group)
    .map(async ({ group: { name }, domains }): Promise<[string, readonly string[]][]> => {
      const known = domains.then(({ names }) => names).catch(() => undefined)
      const names = await (patience ? Promise.race([known, patience]) : known)
      return names ? [[name, names]] : []
    })
  try {
    return new Map((await Promise.all(found)).flat())
  } finally {
    done?.abort()
  }
}

/** The keys that other groups trust. A group that cannot be read trusts none. */
async function trustedBy(group: GroupConfig, all: readonly Opened[]): Promise<ReadonlySet<string>> {
  const others = all.filter((other) => other.group !== group)
  const loads = await Promise.allSettled(
    others.map(async ({ ports }) => (await (await ports).keysets.load()).keyset?.keys ?? []),
  )
  const keys = loads.flatMap((load) => (load.status === 'fulfilled' ? load.value : []))
  return new Set(keys.filter(({ state }) => state !== 'compromised').map(({ kid }) => kid))
}

/** The report of a group whose account could not be reached at all. */
function unopened(group: GroupConfig, problem: RotatorError, looksOnly: boolean): GroupReport {
  return {
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
    ...(!looksOnly && { causes: failedCauses(problem.code) }),
  }
}
