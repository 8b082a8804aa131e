import { hasCode, RotatorError } from '../../core/errors.ts'
import { sideBySide } from '../../core/side-by-side.ts'
import { problemOf } from '../report/findings.ts'
import type { GroupContext } from '../state/context.ts'
import type { GroupDomains } from '../state/group-domains.ts'
import { Observation, type DomainNews, type DomainState } from '../state/observation.ts'

/**
 * Queries every domain and changes nothing. A domain that cannot be read keeps its failure and is not set in this run; one
 * that only discovery found and that no longer exists is skipped. Warns about those, about domains that discovery no longer
 * lists, and about a gap between the clocks.
 */
export async function observe(run: GroupContext, domains: GroupDomains, urgent: boolean): Promise<void> {
  const before = Observation.of(domains, run.ledger.generation)
  run.look(before)
  run.journal.note({ level: 'info', event: 'observing', total: before.domains.size })
  const news = new Map<string, DomainState | null>()
  await sideBySide(before.domains.keys(), async (domain) => {
    const state = await readDomain(run, domain, before.stateOf(domain), urgent)
    news.set(domain, state)
    const failure = state?.failure
    run.journal.note({ level: 'debug', event: 'observed', domain, ...(failure && { code: failure.code }) })
  })
  take(run, news)
  const { complete, unlisted } = run.seen
  if (complete && unlisted.length > 0) run.journal.warn({ kind: 'domainsUnlisted', domains: unlisted })
  if (!run.clocksAgree) {
    const aheadMs = Math.round(run.cloudAheadMs / 1_000) * 1_000
    run.journal.warn({ kind: 'clocksDisagree', aheadMs, skewMs: run.group.overlap.clockSkewMs })
  }
}

/** Adds new states of domains to the observation. */
export function take(run: GroupContext, news: DomainNews): void {
  const gone = [...news].filter(([, state]) => state === null).map(([domain]) => domain)
  run.look(run.seen.with(news))
  if (gone.length > 0) run.journal.warn({ kind: 'domainsGone', domains: gone })
}

/** Reads one domain; null if discovery had found it and it no longer exists. */
export async function readDomain(
  run: GroupContext,
  domain: string,
  before: DomainState,
  urgent: boolean,
): Promise<DomainState | null> {
  try {
    const reading = await run.live.query(domain, { urgent, deadline: run.environment.deadline })
    return { reading, readAt: run.now() }
  } catch (error) {
    if (hasCode(error, 'notFound') && run.seen.mayVanish(domain)) return null
    return failed(run, domain, before, error)
  }
}

/** The state of a domain with its failure. Rethrows what is not the outcome of a call. */
export function failed(
  { journal }: GroupContext,
  domain: string,
  before: DomainState,
  error: unknown,
): DomainState {
  if (!(error instanceof RotatorError)) throw error
  const problem = problemOf(error)
  // A domain that the run had no time for has not failed.
  if (problem.code === 'deadline') journal.note({ level: 'debug', event: 'unreached', domain, ...problem })
  else journal.note({ level: 'error', event: 'domainFailed', domain, ...problem })
  return { ...before, failure: error }
}
