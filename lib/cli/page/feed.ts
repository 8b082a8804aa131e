import type { RotationConfig, RotationRequest } from '../../config/types.ts'
import type { Clock } from '../../core/clock.ts'
import { RotatorError } from '../../core/errors.ts'
import type { GroupPorts, LiveDomains, RotationEnvironment } from '../../rotation/ports.ts'
import { english } from '../../rotation/report/english.ts'
import { findingText } from '../../rotation/report/findings.ts'
import type { GroupReport, KeyReport, Report } from '../../rotation/report/report.ts'
import type { Services } from '../services.ts'

/** Between two looks at the keyset alone: one call. */
const QUICK_PAUSE_MS = 1_500
/** The same where the cloud is on this machine. */
const LOCAL_PAUSE_MS = 200
/** Between two looks at everything. */
const FULL_PAUSE_MS = 15_000

/**
 * Calls a second that a look may use of an account's rate: a rotation that runs at the same time needs the rest. An
 * emergency needs it all, so nothing is asked of Live while one is under way.
 */
export const LOOKING_RATES = { query: 4, list: 5 } as const

/** What is known of a key without asking Live. */
export type KnownOfKey = Pick<KeyReport, 'domains' | 'runningStreams' | 'streamDomains' | 'oldestStreamSince'>

export interface FeedOptions {
  readonly config: RotationConfig
  readonly request: RotationRequest
  readonly environment: RotationEnvironment
  readonly run: Services['run']
  readonly clock: Clock
  readonly signal: AbortSignal
  /** What somebody else knows of a key: Live is not asked then, and the keyset looked at more often. */
  readonly known?: (kid: string) => KnownOfKey
}

/**
 * The present state, read again and again: the keyset and the receivers every second and a half, domains and streams in
 * their own time. Nothing is changed.
 */
export class Feed {
  readonly #options: FeedOptions
  #full: Report | undefined
  #quick: Report | undefined
  #problem: string | undefined

  constructor(options: FeedOptions) {
    this.#options = options
  }

  /** The newest of both; undefined before the first look. */
  get report(): Report | undefined {
    const { known } = this.#options
    const report = merged(this.#full, this.#quick)
    return report && known ? withKnown(report, known) : report
  }

  /** Why the last look failed. */
  get problem(): string | undefined {
    return this.#problem
  }

  /** Looks until the signal ends it. Never throws. */
  async watch(): Promise<void> {
    const { environment, known } = this.#options
    const quickly = { ...environment, open: keysetOnly(environment.open) }
    await Promise.all([
      this.#repeat(
        known ? LOCAL_PAUSE_MS : QUICK_PAUSE_MS,
        quickly,
        (report) => (this.#quick = withoutDeadlines(report)),
      ),
      known === undefined && this.#lookFully(environment),
    ])
  }

  async #lookFully(environment: RotationEnvironment): Promise<void> {
    const { clock, signal } = this.#options
    // The keyset says whether there is an emergency, and is read first.
    while (!signal.aborted && this.#quick === undefined && this.#problem === undefined)
      await clock.sleep(100, signal).catch(() => undefined)
    await this.#repeat(FULL_PAUSE_MS, environment, (report) => (this.#full = report), isUrgent)
  }

  async #repeat(
    pauseMs: number,
    environment: RotationEnvironment,
    keep: (report: Report) => void,
    mustWait: (report: Report | undefined) => boolean = () => false,
  ): Promise<void> {
    const { run, request, config, clock, signal } = this.#options
    while (!signal.aborted) {
      try {
        if (!mustWait(this.#quick)) keep(await run(request, config, environment))
        this.#problem = undefined
      } catch (error) {
        if (!(error instanceof RotatorError)) throw error
        this.#problem = error.message
      }
      await clock.sleep(pauseMs, signal).catch(() => undefined)
    }
  }
}

/** Whether an emergency may be setting domains now. */
function isUrgent(report: Report | undefined): boolean {
  return (
    report?.groups.some(
      ({ keys, phase }) =>
        (phase === 'publishing' || phase === 'applying') && keys.some(({ state }) => state === 'compromised'),
    ) === true
  )
}

/** Without the warnings of a look that did not ask Live at all. */
function withoutDeadlines(report: Report): Report {
  const groups = report.groups.map((group): GroupReport => {
    const findings = group.findings?.filter(
      (finding) => !('problem' in finding && finding.problem.code === 'deadline'),
    )
    if (findings === undefined) return group
    return { ...group, findings, warnings: findings.map((finding) => findingText(finding, english.findings)) }
  })
  return { ...report, groups }
}

function withKnown(report: Report, known: (kid: string) => KnownOfKey): Report {
  const groups = report.groups.map((group): GroupReport => {
    const keys = group.keys.map((key) => ({ ...key, ...known(key.kid) }))
    const confirmed = keys.find(({ kid }) => kid === group.kid)?.domains ?? 0
    return { ...group, keys, domains: { ...group.domains, confirmed } }
  })
  return { ...report, groups }
}

/** Live is not asked: what it would say is left out, as where a run has no time for it. */
function keysetOnly(open: RotationEnvironment['open']): RotationEnvironment['open'] {
  const notNow = (): Promise<never> =>
    Promise.reject(new RotatorError('deadline', 'the domains are read in their own time'))
  return async (group): Promise<GroupPorts> => {
    const live: LiveDomains = {
      set: notNow,
      query: notNow,
      discover: notNow,
      streams: notNow,
      interrupt: notNow,
      notifyConfig: notNow,
    }
    return { ...(await open(group)), live }
  }
}

/** The keyset as it is now, with what was read of the domains last. */
export function merged(full: Report | undefined, quick: Report | undefined): Report | undefined {
  if (full === undefined || quick === undefined) return full ?? quick
  return {
    ...quick,
    groups: quick.groups.map((group) => {
      const before = full.groups.find((one) => one.group === group.group)
      return before === undefined || group.outcome === 'failed' ? group : mergedGroup(before, group)
    }),
  }
}

function mergedGroup(full: GroupReport, quick: GroupReport): GroupReport {
  const { revision, keyset, phase, kid, waitingUntil, receivers } = quick
  const { keyset: _, receivers: asked, ...rest } = full
  const shown = receivers ?? asked
  return {
    ...rest,
    revision,
    phase,
    kid,
    waitingUntil,
    ...(keyset !== undefined && { keyset }),
    ...(shown !== undefined && { receivers: shown }),
    domains: kid === full.kid ? full.domains : { ...full.domains, confirmed: onKey(full, kid) },
    keys: quick.keys.map((key) => {
      const before = full.keys.find((one) => one.kid === key.kid)
      return {
        ...before,
        ...key,
        domains: before?.domains ?? 0,
        runningStreams: before?.runningStreams ?? null,
      }
    }),
  }
}

/** How many domains were on a key that was not yet the one to be on. */
function onKey({ keys }: GroupReport, kid: string | null): number {
  return keys.find((key) => key.kid === kid)?.domains ?? 0
}
