import type { GroupConfig, RotationRequest } from '../../config/types.ts'
import { hasCode, RotatorError } from '../../core/errors.ts'
import type { Key } from '../../keyset/key.ts'
import { isRevoked, type Keyset } from '../../keyset/keyset.ts'
import type { GaveWay } from '../../keyset/room.ts'
import type { GroupDomains } from './group-domains.ts'
import { Ledger } from './ledger.ts'
import type { DomainReading, GroupPorts, RotationEnvironment } from '../ports.ts'
import type { LogEvent } from '../report/events.ts'
import { problemOf, withWarning, type Warning } from '../report/findings.ts'
import type { StreamSurvey } from './streams.ts'

/** What this run knows of one domain: its newest reading, or why there is none. */
export interface DomainState {
  readonly reading?: DomainReading
  /** Wall-clock milliseconds of the newest reading. */
  readonly readAt: number
  readonly failure?: RotatorError
}

/**
 * One group in one run: what it was told, what it has seen, what it has done. The steps (observe, publish, apply …) are
 * functions over it; `rotate-group.ts` has their order.
 */
export class GroupRun {
  readonly group: GroupConfig
  readonly request: RotationRequest
  readonly environment: RotationEnvironment
  readonly ports: GroupPorts
  readonly ledger: Ledger
  readonly startedAt: number
  readonly domains: ReadonlyMap<string, DomainState>
  readonly set = new Set<string>()
  warnings: readonly Warning[] = []
  /** Domains that were brought back to the current key. */
  readonly drifted: string[] = []
  /** Old keys that `overlap.max` ended. */
  readonly expired = new Set<string>()
  survey: StreamSurvey | undefined
  firstSetAt: number | undefined
  lastConfirmedAt: number | undefined
  /** Set by the run that made an emergency's first save: when, and when the last receiver stops trusting. */
  cutOff: { readonly savedAt: number; readonly trustGoneAt: number } | undefined
  interrupted = 0
  readonly #domains = new Map<string, DomainState>()
  #discovered: ReadonlySet<string> = new Set()
  #unlisted: readonly string[] = []
  #complete = false

  constructor(
    group: GroupConfig,
    request: RotationRequest,
    environment: RotationEnvironment,
    ports: GroupPorts,
    startedAt: number,
  ) {
    this.group = group
    this.request = request
    this.environment = environment
    this.ports = ports
    this.startedAt = startedAt
    this.domains = this.#domains
    this.ledger = new Ledger(ports.keysets, group, environment.clock, this.log, this.#warnOfRoom)
  }

  /** Whether the list of domains was read to its end. */
  get complete(): boolean {
    return this.#complete
  }

  /** Takes the group's domains, once they are known. */
  take({ names, discovered, unlisted, complete }: GroupDomains): void {
    for (const name of names) this.#domains.set(name, { readAt: 0 })
    this.#discovered = discovered
    this.#unlisted = unlisted
    this.#complete = complete
  }

  /** The domains that only discovery has named and that still exist. */
  get discovered(): string[] {
    return [...this.#discovered].filter((domain) => this.#domains.has(domain))
  }

  /** Those of them that it does not name any more. */
  get unlisted(): string[] {
    return this.#unlisted.filter((domain) => this.#domains.has(domain))
  }

  now(): number {
    return this.environment.clock.now()
  }

  readonly log = (event: LogEvent): void => {
    this.environment.log({ group: this.group.name, ...event })
  }

  warn(finding: Warning): void {
    const before = this.warnings
    this.warnings = withWarning(before, finding)
    if (this.warnings !== before) this.log({ level: 'warn', event: 'warning', finding })
  }

  readonly #warnOfRoom = (gaveWay: GaveWay): void => {
    if (gaveWay.kind === 'foundKeysRefused' || gaveWay.kind === 'leakedKeysRefused') this.warn(gaveWay)
  }

  /** Reads one domain; what went wrong is kept with it. */
  async read(domain: string, options: { urgent?: boolean } = {}): Promise<DomainState> {
    try {
      const reading = await this.ports.live.query(domain, { ...options, deadline: this.environment.deadline })
      return this.#note(domain, { reading, readAt: this.now() })
    } catch (error) {
      if (hasCode(error, 'notFound') && this.#discovered.has(domain)) return this.#leaveOut(domain, error)
      return this.fail(domain, error)
    }
  }

  /** Keeps with a domain what went wrong. A fault that is not an outcome of a call is thrown on. */
  fail(domain: string, error: unknown): DomainState {
    if (!(error instanceof RotatorError)) throw error
    const problem = problemOf(error)
    // A domain that there was no time for has not failed.
    if (problem.code === 'deadline') this.log({ level: 'debug', event: 'unreached', domain, ...problem })
    else this.log({ level: 'error', event: 'domainFailed', domain, ...problem })
    const { reading, readAt } = this.#domains.get(domain) ?? { readAt: 0 }
    return this.#note(domain, { ...(reading && { reading }), readAt, failure: error })
  }

  #note(domain: string, state: DomainState): DomainState {
    this.#domains.set(domain, state)
    return state
  }

  #leaveOut(domain: string, failure: RotatorError): DomainState {
    this.#domains.delete(domain)
    this.warn({ kind: 'domainsGone', domains: [domain] })
    return { readAt: this.now(), failure }
  }

  /** Why a domain failed; undefined also for one that the run had no time for: the next run goes on with it. */
  failureOf(domain: string): RotatorError | undefined {
    const { failure } = this.#domains.get(domain) ?? {}
    return hasCode(failure, 'deadline') ? undefined : failure
  }

  /** The domains that could not be read or set for good, and are not tolerated to be so. */
  holdingBack(): string[] {
    const tolerated = new Set([...this.group.apply.tolerate, ...this.#unlisted])
    return [...this.#domains]
      .filter(([domain, state]) => state.failure && !tolerated.has(domain))
      .map(([domain]) => domain)
  }

  timeIsOver(): boolean {
    return this.now() > this.environment.deadline
  }

  /** Whether the time of the run ended before the work did. */
  ranOutOfTime(): boolean {
    return [...this.#domains.values()].some(({ failure }) => hasCode(failure, 'deadline'))
  }

  /** The keys that domains are set to, the most used first. */
  keysOnDomains(): Key[] {
    const counts = new Map<string, { key: Key; count: number }>()
    for (const { reading } of this.#domains.values()) {
      if (!reading?.key) continue
      const { kid } = reading.key
      counts.set(kid, { key: reading.key, count: (counts.get(kid)?.count ?? 0) + 1 })
    }
    return [...counts.values()].sort((a, b) => b.count - a.count).map(({ key }) => key)
  }

  /** The same for a document: those that it does not hold and has not revoked. */
  unknownKeys(keyset: Keyset): Key[] {
    return this.keysOnDomains().filter(
      ({ kid }) => !keyset.keys.some((entry) => entry.kid === kid) && !isRevoked(keyset, kid),
    )
  }

  kidsInUse(): ReadonlySet<string> {
    return new Set(this.keysOnDomains().map(({ kid }) => kid))
  }

  /** The domains whose key is not known: any key may be theirs. */
  unread(): string[] {
    return [...this.#domains]
      .filter(([, { reading, failure }]) => !reading && failure?.code !== 'notFound')
      .map(([domain]) => domain)
  }

  /** Whether what was read of the domains proves that a key seen on none of them is on none. */
  provesAbsence(): boolean {
    return this.#complete && this.unread().length === 0 && !this.ledger.othersSaved
  }

  /** When the last of the domains was read. */
  lastReadAt(): number {
    return [...this.#domains.values()].reduce((last, { readAt }) => Math.max(last, readAt), 0)
  }

  isOn(domain: string, kid: string): boolean {
    const { reading } = this.#domains.get(domain) ?? {}
    return reading?.enabled === true && reading.key?.kid === kid
  }

  domainsOn(kid: string): string[] {
    return [...this.#domains.keys()].filter((domain) => this.#domains.get(domain)?.reading?.key?.kid === kid)
  }

  domainsNotOn(kid: string): string[] {
    return [...this.#domains.keys()].filter((domain) => !this.isOn(domain, kid))
  }
}
