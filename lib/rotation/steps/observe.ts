import { hasCode, RotatorError } from '../../core/errors.ts'
import { problemOf } from '../report/findings.ts'
import type { GroupContext } from '../state/context.ts'
import type { GroupDomains } from '../state/group-domains.ts'
import { Observation, type DomainNews, type DomainState } from '../state/observation.ts'

/**
 * Queries every domain, and changes nothing. A domain that cannot be read is kept with its failure, and not set in this
 * run; one that only discovery had found and that is gone is left out, with a warning, as is told of those that discovery
 * does not list any more, and of a gap between the clocks.
 */
export async function observe(run: GroupContext, domains: GroupDomains, urgent: boolean): Promise<void> {
  const before = Observation.of(domains, run.ledger.generation)
  run.look(before)
  run.journal.note({ level: 'info', event: 'observing', total: before.domains.size })
  const news = new Map<string, DomainState | null>()
  await Promise.all(
    [...before.domains.keys()].map(async (domain) => {
      const state = await readDomain(run, domain, before.stateOf(domain), urgent)
      news.set(domain, state)
      const failure = state?.failure
      run.journal.note({ level: 'debug', event: 'observed', domain, ...(failure && { code: failure.code }) })
    }),
  )
  take(run, news)
  const { complete, unlisted } = run.seen
  if (complete && unlisted.length > 0) run.journal.warn({ kind: 'domainsUnlisted', domains: unlisted })
  if (!run.clocksAgree) {
    const aheadMs = Math.round(run.cloudAheadMs / 1_000) * 1_000
    run.journal.warn({ kind: 'clocksDisagree', aheadMs, skewMs: run.group.overlap.clockSkewMs })
  }
}

/** Takes what became of domains into the observation. */
export function take(run: GroupContext, news: DomainNews): void {
  const gone = [...news].filter(([, state]) => state === null).map(([domain]) => domain)
  run.look(run.seen.with(news))
  if (gone.length > 0) run.journal.warn({ kind: 'domainsGone', domains: gone })
}

/** Reads one domain; null when discovery had found it and it is gone. */
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

/** A domain with what went wrong. A fault that is not an outcome of a call is thrown on. */
export function failed(
  { journal }: GroupContext,
  domain: string,
  before: DomainState,
  error: unknown,
): DomainState {
  if (!(error instanceof RotatorError)) throw error
  const problem = problemOf(error)
  // A domain that there was no time for has not failed.
  if (problem.code === 'deadline') journal.note({ level: 'debug', event: 'unreached', domain, ...problem })
  else journal.note({ level: 'error', event: 'domainFailed', domain, ...problem })
  return { ...before, failure: error }
}
