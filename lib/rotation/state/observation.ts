import type { GroupConfig } from '../../config/types.ts'
import { hasCode, type RotatorError } from '../../core/errors.ts'
import type { Key } from '../../keyset/key.ts'
import { isRevoked, type Keyset } from '../../keyset/keyset.ts'
import type { DomainReading } from '../ports.ts'
import type { GroupDomains } from './group-domains.ts'
import type { StreamSurvey } from './streams.ts'

/** What is known about one domain: its newest reading and its last failure. */
export interface DomainState {
  readonly reading?: DomainReading
  /** Wall-clock milliseconds of the newest reading. */
  readonly readAt: number
  readonly failure?: RotatorError
}

/** New states of domains; null for one that no longer exists. */
export type DomainNews = ReadonlyMap<string, DomainState | null>

interface Facts {
  readonly domains: ReadonlyMap<string, DomainState>
  /** The domains that only discovery listed: any of them may vanish. */
  readonly discovered: ReadonlySet<string>
  /** Those of them that it no longer lists. */
  readonly unlisted: readonly string[]
  /** Whether the list of domains was read to its end. */
  readonly complete: boolean
  readonly survey: StreamSurvey | undefined
  /** The ledger's generation when the reading began. */
  readonly generation: number
}

/** What a run has read of a group's domains and streams. Immutable: a later read makes another observation. */
export class Observation {
  static readonly nothing = new Observation({
    domains: new Map(),
    discovered: new Set(),
    unlisted: [],
    complete: false,
    survey: undefined,
    generation: 0,
  })

  /** Of domains that are not read yet. */
  static of({ names, discovered, unlisted, complete }: GroupDomains, generation: number): Observation {
    const domains = new Map(names.map((name) => [name, { readAt: 0 }]))
    return new Observation({ domains, discovered, unlisted, complete, survey: undefined, generation })
  }

  readonly #facts: Facts

  private constructor(facts: Facts) {
    this.#facts = facts
  }

  get domains(): ReadonlyMap<string, DomainState> {
    return this.#facts.domains
  }

  get complete(): boolean {
    return this.#facts.complete
  }

  /** The running streams; undefined until they are listed. */
  get survey(): StreamSurvey | undefined {
    return this.#facts.survey
  }

  /** The running streams if every list of them could be read. */
  get completeSurvey(): StreamSurvey | undefined {
    return this.survey?.unlisted.length === 0 ? this.survey : undefined
  }

  with(news: DomainNews): Observation {
    const domains = new Map(this.domains)
    for (const [domain, state] of news) {
      if (state) domains.set(domain, state)
      else domains.delete(domain)
    }
    return new Observation({ ...this.#facts, domains })
  }

  withSurvey(survey: StreamSurvey): Observation {
    return new Observation({ ...this.#facts, survey })
  }

  /** The domains that only discovery listed and that still exist. */
  get discovered(): string[] {
    return [...this.#facts.discovered].filter((domain) => this.domains.has(domain))
  }

  mayVanish(domain: string): boolean {
    return this.#facts.discovered.has(domain)
  }

  /** Those that discovery found before and no longer lists. */
  get unlisted(): string[] {
    return this.#facts.unlisted.filter((domain) => this.domains.has(domain))
  }

  stateOf(domain: string): DomainState {
    return this.domains.get(domain) ?? { readAt: 0 }
  }

  /** Why a domain failed; undefined for one that the run had no time for, which the next run continues with. */
  failureOf(domain: string): RotatorError | undefined {
    const { failure } = this.stateOf(domain)
    return hasCode(failure, 'deadline') ? undefined : failure
  }

  /** The domains that could not be read or set and are not tolerated. */
  holdingBack({ apply }: Pick<GroupConfig, 'apply'>): string[] {
    const tolerated = new Set([...apply.tolerate, ...this.#facts.unlisted])
    return [...this.domains]
      .filter(([domain, state]) => state.failure && !tolerated.has(domain))
      .map(([domain]) => domain)
  }

  /** Whether the run ran out of time before its work was done. */
  ranOutOfTime(): boolean {
    return [...this.domains.values()].some(({ failure }) => hasCode(failure, 'deadline'))
  }

  /** The keys that domains are set to, the most used first. */
  keysOnDomains(): Key[] {
    const counts = new Map<string, { key: Key; count: number }>()
    for (const { reading } of this.domains.values()) {
      if (!reading?.key) continue
      const { kid } = reading.key
      counts.set(kid, { key: reading.key, count: (counts.get(kid)?.count ?? 0) + 1 })
    }
    return [...counts.values()].sort((a, b) => b.count - a.count).map(({ key }) => key)
  }

  /** Those of them that the document does not hold and has not revoked. */
  unknownKeys(keyset: Keyset): Key[] {
    const known = new Set(keyset.keys.map(({ kid }) => kid))
    return this.keysOnDomains().filter(({ kid }) => !known.has(kid) && !isRevoked(keyset, kid))
  }

  kidsInUse(): ReadonlySet<string> {
    return new Set(this.keysOnDomains().map(({ kid }) => kid))
  }

  /** The existing domains whose key is unknown: they may be on any key. */
  unread(): string[] {
    return [...this.domains]
      .filter(([, { reading, failure }]) => !reading && failure?.code !== 'notFound')
      .map(([domain]) => domain)
  }

  /**
   * Whether a key that is seen on none of the domains is on none.
   *
   * @param generation - The ledger's current one: a reading from before another run's save proves nothing.
   */
  provesAbsence(generation: number): boolean {
    return this.complete && this.unread().length === 0 && this.isOf(generation)
  }

  isOf(generation: number): boolean {
    return this.#facts.generation === generation
  }

  /** When the last of the domains was read. */
  lastReadAt(): number {
    return [...this.domains.values()].reduce((last, { readAt }) => Math.max(last, readAt), 0)
  }

  isOn(domain: string, kid: string): boolean {
    return isOn(this.stateOf(domain), kid)
  }

  domainsOn(kid: string): string[] {
    return [...this.domains].filter(([, { reading }]) => reading?.key?.kid === kid).map(([domain]) => domain)
  }

  domainsNotOn(kid: string): string[] {
    return [...this.domains].filter(([, state]) => !isOn(state, kid)).map(([domain]) => domain)
  }

  /** The domains that may be set to a key: one that could not be read may be on a key that is not imported yet. */
  domainsToSet(kid: string): string[] {
    return this.domainsNotOn(kid).filter((domain) => this.stateOf(domain).reading)
  }
}

/** Whether a domain signs with the key. */
export function isOn({ reading }: DomainState, kid: string): boolean {
  return reading?.enabled === true && reading.key?.kid === kid
}
