import { readsOnly, type RotationConfig, type RotationRequest } from '../config/types.ts'
import { isoTime } from '../core/clock.ts'
import { RotatorError, toRotatorError } from '../core/errors.ts'
import { checkLeaked, domainsOfOthers, openGroup, trustedByOthers, type OpenGroup } from './open-groups.ts'
import { planOf } from './plan.ts'
import type { GroupPorts, RotationEnvironment } from './ports.ts'
import { endingOf } from './report/ending.ts'
import { problemOf } from './report/findings.ts'
import { groupReport, unopenedReport } from './report/group-report.ts'
import { isOk, type GroupReport, type Report } from './report/report.ts'
import { rotateGroup } from './rotate-group.ts'
import { GroupContext } from './state/context.ts'
import { checkDomains, withRemembered, type GroupDomains } from './state/group-domains.ts'
import { awaitList } from './steps/await-list.ts'
import { inspect } from './steps/inspect.ts'

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
  const all = config.groups.map((group) => openGroup(group, environment))
  const own = all.filter(({ group }) => wanted.includes(group))
  if (request.leaked.length > 0) await checkLeaked(request.leaked, own)
  const shared = { request, config, environment, startedAt, all }
  const groups = await Promise.all(own.map((one) => runGroup(one, shared)))
  return {
    version: 1,
    ok: groups.every(isOk),
    action: request.action,
    startedAt: isoTime(startedAt),
    finishedAt: isoTime(environment.clock.now()),
    groups,
  }
}

/** What the groups of one run share. */
interface Shared {
  readonly request: RotationRequest
  readonly config: RotationConfig
  readonly environment: RotationEnvironment
  readonly startedAt: number
  /** Every configured group, also those that do not run. */
  readonly all: readonly OpenGroup[]
}

async function runGroup(own: OpenGroup, shared: Shared): Promise<GroupReport> {
  const { group } = own
  const { request, environment, startedAt, all } = shared
  let ports: GroupPorts
  try {
    ports = await own.ports
  } catch (error) {
    return unopenedReport(group, request, toRotatorError(error))
  }
  const trustedElsewhere = (): Promise<ReadonlySet<string>> => trustedByOthers(group, all)
  const run = new GroupContext({ group, request, environment, ports, startedAt, trustedElsewhere })
  const { journal } = run
  try {
    const { action, reason } = request
    journal.note({ level: 'info', event: 'started', action, ...(reason !== null && { reason }) })
    return await reportOf(run, () => domainsOf(run, own, all), shared)
  } catch (error) {
    const known = toRotatorError(error)
    journal.note({ level: 'error', event: 'groupFailed', ...problemOf(known) })
    return groupReport(run, endingOf(known))
  }
}

/** Rotates, or reads only, as the request says. */
async function reportOf(
  run: GroupContext,
  domains: () => Promise<GroupDomains>,
  { request, config: { throttle } }: Shared,
): Promise<GroupReport> {
  if (!readsOnly(request)) {
    const ending = await rotateGroup(run, domains).finally(() => run.end())
    await Promise.all([run.alarm, awaitList(run)])
    return groupReport(run, ending)
  }
  await inspect(run, domains)
  if (request.action === 'status') return groupReport(run, { outcome: 'reported' })
  const { group, seen, ledger } = run
  const { keyset, storedAt } = ledger
  const plan = planOf({ group, request, throttle, keyset, storedAt, seen, now: run.now() })
  return groupReport(run, { outcome: 'planned' }, plan)
}

/** The domains of the group, checked against those of the others before any effect. */
async function domainsOf(
  run: GroupContext,
  own: OpenGroup,
  all: readonly OpenGroup[],
): Promise<GroupDomains> {
  const { group, request, environment } = run
  const resolved = await own.domains
  const others = await domainsOfOthers(group, all, request.emergency ? environment.clock : null)
  checkDomains(group, resolved, others)
  if (resolved.problem) {
    const suffix = group.discover?.suffix ?? ''
    run.journal.warn({ kind: 'domainsNotListed', suffix, problem: problemOf(resolved.problem) })
  }
  return withRemembered(resolved, group, run.ledger.keyset, others)
}
