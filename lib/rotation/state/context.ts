import type { GroupConfig, RotationRequest } from '../../config/types.ts'
import { pendingKey, type KeyEntry } from '../../keyset/keyset.ts'
import type { GroupPorts, LiveDomains, RotationEnvironment, Usage } from '../ports.ts'
import { clocksDisagree } from './clocks.ts'
import { Journal } from './journal.ts'
import { Ledger } from './ledger.ts'
import { Observation } from './observation.ts'
import { Receivers } from './receivers.ts'

/**
 * One group in one run, as a step meets it: what is wanted, the ways to the outside, the newest document (`ledger`), what
 * was read last (`seen`), what was done (`journal`).
 */
export class GroupContext {
  readonly group: GroupConfig
  readonly request: RotationRequest
  readonly environment: RotationEnvironment
  readonly live: LiveDomains
  readonly usage: () => Usage
  readonly #cloudAheadMs: () => number
  readonly startedAt: number
  /** The kids that the documents of other groups hold as trusted, as far as they can be read. */
  readonly trustedElsewhere: () => Promise<ReadonlySet<string>>
  readonly journal: Journal
  readonly ledger: Ledger
  readonly receivers: Receivers
  #seen = Observation.nothing
  #alarm = Promise.resolve()
  #over = false

  constructor(
    group: GroupConfig,
    request: RotationRequest,
    environment: RotationEnvironment,
    ports: GroupPorts,
    startedAt: number,
    trustedElsewhere: () => Promise<ReadonlySet<string>> = () => Promise.resolve(new Set()),
  ) {
    this.group = group
    this.request = request
    this.environment = environment
    this.live = ports.live
    this.usage = () => ports.usage()
    this.#cloudAheadMs = () => ports.cloudAheadMs()
    this.startedAt = startedAt
    this.receivers = new Receivers(group)
    this.trustedElsewhere = trustedElsewhere
    const { clock, log } = environment
    this.journal = new Journal((event) => log({ group: group.name, ...event }), clock)
    this.ledger = new Ledger(ports.keysets, group, clock, this.journal.note, (gaveWay) => {
      if (gaveWay.kind !== 'discovered' && gaveWay.kind !== 'late') this.journal.warn(gaveWay)
    })
  }

  /**
   * Starts what an emergency asks of its receivers while domains are read: whoever needs what it finds waits for `alarm`.
   */
  sound(alarm: Promise<void>): void {
    // Whoever waits for it meets its failure.
    alarm.catch(() => undefined)
    this.#alarm = alarm
  }

  get alarm(): Promise<void> {
    return this.#alarm
  }

  /** The run has ended: what goes on beside it stops after its next answer. */
  end(): void {
    this.#over = true
  }

  isOver(): boolean {
    return this.#over || this.timeIsOver()
  }

  /** The newest observation. */
  get seen(): Observation {
    return this.#seen
  }

  look(seen: Observation): void {
    this.#seen = seen
  }

  /** The pending key of the newest document. */
  get pending(): KeyEntry | undefined {
    return this.ledger.keyset ? pendingKey(this.ledger.keyset) : undefined
  }

  now(): number {
    return this.environment.clock.now()
  }

  /** How far the cloud's clock is ahead of this one, as its answers have told so far, in milliseconds. */
  get cloudAheadMs(): number {
    return this.#cloudAheadMs()
  }

  /** Whether what the clocks say of streams and keys can be relied on. */
  get clocksAgree(): boolean {
    return !clocksDisagree(this.cloudAheadMs, this.group)
  }

  timeIsOver(): boolean {
    return this.now() > this.environment.deadline
  }
}
