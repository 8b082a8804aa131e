import type { Clock } from '../../core/clock.ts'
import type { Log } from '../ports.ts'
import type { LogEvent } from '../report/events.ts'
import { withWarning, type Warning } from '../report/findings.ts'
import type { Did } from '../report/report.ts'

/** An emergency's first save: when, what, and when the last receiver stops trusting what it cut off. */
export interface CutOff {
  readonly savedAt: number
  readonly trustGoneAt: number
  readonly lineage: string
  readonly revision: number
}

/** What a run has done and found. Append-only; everything in it is in the log too. Times are wall-clock milliseconds. */
export class Journal {
  readonly #log: Log
  readonly #clock: Clock
  readonly #set = new Set<string>()
  #warnings: readonly Warning[] = []
  #saved = 0
  #staged = false
  #resumed = false
  #interrupted = 0
  #firstSetAt: number | undefined
  #lastConfirmedAt: number | undefined
  #cutOff: CutOff | undefined

  constructor(log: Log, clock: Clock) {
    this.#log = log
    this.#clock = clock
  }

  readonly note = (event: LogEvent): void => {
    if (event.event === 'set') this.#set.add(event.domain)
    if (event.event === 'confirmed') this.#lastConfirmedAt = this.#clock.now()
    if (event.event === 'saved') this.#saved++
    if (event.event === 'saved' && event.change === 'distrusted') this.#resumed = true
    if (event.event === 'staged') this.#staged = true
    if (event.event === 'interrupted') this.#interrupted++
    this.#log(event)
  }

  /** Keeps a warning, once. `level` is the log's: `info` for what the report says but nobody needs to act on. */
  warn(finding: Warning, level: 'info' | 'warn' = 'warn'): void {
    const before = this.#warnings
    this.#warnings = withWarning(before, finding)
    if (this.#warnings !== before) this.#log({ level, event: 'warning', finding })
  }

  /** Called right before a set is sent. */
  noteSending(): void {
    this.#firstSetAt ??= this.#clock.now()
  }

  /** The run continues with a pending key, whichever run staged it. */
  noteResumed(): void {
    this.#resumed = true
  }

  noteCutOff(cutOff: CutOff): void {
    this.#cutOff = cutOff
  }

  /** What the run did, in one word. */
  get did(): Did {
    if (this.#staged) return 'staged'
    if (this.#resumed || this.#interrupted > 0) return 'resumed'
    return this.#set.size > 0 ? 'repaired' : 'nothing'
  }

  get warnings(): readonly Warning[] {
    return this.#warnings
  }

  /** The domains that were set. */
  get set(): ReadonlySet<string> {
    return this.#set
  }

  /** Number of keyset revisions saved. */
  get saved(): number {
    return this.#saved
  }

  /** Number of streams cut. */
  get interrupted(): number {
    return this.#interrupted
  }

  get firstSetAt(): number | undefined {
    return this.#firstSetAt
  }

  get lastConfirmedAt(): number | undefined {
    return this.#lastConfirmedAt
  }

  get cutOff(): CutOff | undefined {
    return this.#cutOff
  }
}
