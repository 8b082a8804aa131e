import type { RotationConfig, RotationRequest } from '../../config/types.ts'
import type { Clock } from '../../core/clock.ts'
import { RotatorError } from '../../core/errors.ts'
import type { GroupPorts, LiveDomains, RotationEnvironment } from '../../rotation/ports.ts'
import { english } from '../../rotation/report/english.ts'
import { findingText } from '../../rotation/report/findings.ts'
import type { GroupReport, KeyReport, Report } from '../../rotation/report/report.ts'
import type { Services } from '../services.ts'

/** Interval of looks at the keyset alone, each one call. */
const QUICK_PAUSE_MS = 1_500
/** The same for a cloud on this machine. */
const LOCAL_PAUSE_MS = 200
/** Interval of looks at everything. */
const FULL_PAUSE_MS = 15_000

/**
 * The share of an account's rate that a look may use, in calls per second: a concurrent rotation needs the rest. An
 * emergency needs all of it, so the page does not query Live during one.
 */
export const LOOKING_RATES = { query: 4, list: 5 } as const

/** What is known of a key without querying Live. */
export type KnownOfKey = Pick<KeyReport, 'domains' | 'runningStreams' | 'streamDomains' | 'oldestStreamSince'>

export interface FeedOptions {
  readonly config: RotationConfig
  readonly request: RotationRequest
  readonly environment: RotationEnvironment
  readonly run: Services['run']
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Another source of facts about a key: with it, Live is not queried, and the keyset is read more often. */
  readonly known?: (kid: string) => KnownOfKey
}

/**
 * Reads the current state again and again: keyset and receivers every second and a half, domains and streams less
 * often. Changes nothing.
 */
export class Feed {
  readonly #options: FeedOptions
  #full: Report | undefined
  #quick: Report | undefined
  #problem: string | undefined

  constructor(options: FeedOptions) {
    this.#options = options
  }

  /** The newest state of both; undefined before the first look. */
  get report(): Report | undefined {
    const { known } = this.#options
    const report = merged(this.#full, this.#quick)
    return report && known ? withKnown(report, known) : report
  }

  /** Why the last look failed. */
  get problem(): string | undefined {
    return this.#problem
  }

  /** Keeps reading until the signal aborts. Never throws. */
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
    // The keyset comes first: it shows whether there is an emergency.
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

/** Drops the warnings of a look that did not query Live at all. */
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

/** Skips Live: its facts are left out, as in a run that has no time for them. */
function keysetOnly(open: RotationEnvironment['open']): RotationEnvironment['open'] {
  const notNow = (): Promise<never> =>
    Promise.reject(new RotatorError('deadline', 'the domains are read separately'))
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

/** The present keyset with the last reading of the domains. */
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

/** How many domains were on a key that was not current yet. */
function onKey({ keys }: GroupReport, kid: string | null): number {
  return keys.find((key) => key.kid === kid)?.domains ?? 0
}
