import type { GroupConfig, RotationRequest } from '../../config/types.ts'
import { pendingKey, type KeyEntry, type Keyset } from '../../keyset/keyset.ts'
import { publishedAt, stagingDoneAt } from '../decide.ts'
import type { GroupPorts, LiveDomains, RotationEnvironment, Usage } from '../ports.ts'
import { clocksDisagree } from './clocks.ts'
import { Journal } from './journal.ts'
import { Ledger } from './ledger.ts'
import { Observation } from './observation.ts'
import { Receivers } from './receivers.ts'

export interface GroupContextOptions {
  readonly group: GroupConfig
  readonly request: RotationRequest
  readonly environment: RotationEnvironment
  readonly ports: GroupPorts
  /** Wall-clock milliseconds. */
  readonly startedAt: number
  /** The trusted kids in the documents of other groups, as far as they can be read. */
  readonly trustedElsewhere: () => Promise<ReadonlySet<string>>
}

/**
 * One group in one run, as a step receives it: the request, the ports, the newest document (`ledger`), the latest
 * observation (`seen`) and what was done (`journal`).
 */
export class GroupContext {
  readonly group: GroupConfig
  readonly request: RotationRequest
  readonly environment: RotationEnvironment
  readonly startedAt: number
  readonly trustedElsewhere: () => Promise<ReadonlySet<string>>
  readonly journal: Journal
  readonly ledger: Ledger
  readonly receivers: Receivers
  readonly #ports: GroupPorts
  #seen = Observation.nothing
  #alarm = Promise.resolve()
  #over = false

  constructor({ group, request, environment, ports, startedAt, trustedElsewhere }: GroupContextOptions) {
    const { clock, log } = environment
    this.group = group
    this.request = request
    this.environment = environment
    this.startedAt = startedAt
    this.trustedElsewhere = trustedElsewhere
    this.journal = new Journal((event) => log({ group: group.name, ...event }), clock)
    this.receivers = new Receivers(group)
    this.#ports = ports
    this.ledger = new Ledger({
      store: ports.keysets,
      group,
      clock,
      log: this.journal.note,
      onGaveWay: (gaveWay) => {
        if (gaveWay.kind !== 'discovered' && gaveWay.kind !== 'late') this.journal.warn(gaveWay)
      },
      cloudAheadMs: () => ports.cloudAheadMs(),
    })
  }

  get live(): LiveDomains {
    return this.#ports.live
  }

  usage(): Usage {
    return this.#ports.usage()
  }

  /** Keeps what an emergency starts at its receivers while domains are read. Await `alarm` for what it finds. */
  sound(alarm: Promise<void>): void {
    // A failure surfaces where `alarm` is awaited.
    alarm.catch(() => undefined)
    this.#alarm = alarm
  }

  get alarm(): Promise<void> {
    return this.#alarm
  }

  /** The run has ended: anything that runs concurrently stops after its next answer. */
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

  /** How far the cloud's clock is ahead of this one, by its answers so far, in milliseconds. */
  get cloudAheadMs(): number {
    return this.#ports.cloudAheadMs()
  }

  /** Whether times of streams and keys can be compared. */
  get clocksAgree(): boolean {
    return !clocksDisagree(this.cloudAheadMs, this.group)
  }

  /** When every receiver knows the pending key, on this machine's clock. */
  publishedAt(pending: KeyEntry, keyset: Keyset): number {
    return publishedAt(pending, keyset, this.group, this.ledger.storedAt) + this.#tooEarlyMs()
  }

  /** The latest time at which the save that staged the key can have completed, on this machine's clock. */
  stagingDoneAt(pending: KeyEntry, keyset: Keyset): number {
    return stagingDoneAt(pending, keyset, this.ledger.storedAt) + this.#tooEarlyMs()
  }

  /** How much too early this machine's clock considers a time over that another run may have set. */
  #tooEarlyMs(): number {
    return Math.max(0, -this.cloudAheadMs)
  }

  timeIsOver(): boolean {
    return this.now() > this.environment.deadline
  }

  /** Whether the run was stopped: then its deadline is in the past, and its time was not too short. */
  get wasStopped(): boolean {
    return this.environment.deadline < this.startedAt
  }
}
