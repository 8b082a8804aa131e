/** One call, as the server saw it. Its only parameter is the name of the resource. */
export interface CallRecord {
  /** The world's wall clock, in milliseconds. */
  readonly at: number
  /** The world's monotonic clock, in milliseconds, which rate windows use. */
  readonly tick: number
  readonly product: string
  readonly action: string
  readonly accountId: string | null
  /** The resource: a domain, a secret, a function. Never a value. */
  readonly target: string | null
  /** null if no answer was given. */
  readonly status: number | null
  /** The error's code; null for success. */
  readonly code: string | null
  readonly throttled: boolean
  /** The injected fault, or null. */
  readonly fault: string | null
}

const LONGEST = 200_000

/** The log of calls: what, when, and how they ended. */
export class CallLog {
  #records: CallRecord[] = []
  #throttled = 0
  readonly #counts = new Map<string, number>()

  add(record: CallRecord): void {
    this.#records.push(record)
    if (this.#records.length > LONGEST) this.#records = this.#records.slice(LONGEST / 2)
    this.#counts.set(record.action, (this.#counts.get(record.action) ?? 0) + 1)
    if (record.throttled) this.#throttled++
  }

  /** The records of one action or all; drops the oldest if there are very many. */
  of(action?: string): readonly CallRecord[] {
    return action === undefined ? this.#records : this.#records.filter((record) => record.action === action)
  }

  /** Calls by action, including refused ones. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts)
  }

  /** Calls that were refused for their rate, by limit or by an injected fault. */
  get throttled(): number {
    return this.#throttled
  }

  clear(): void {
    this.#records = []
    this.#throttled = 0
    this.#counts.clear()
  }
}
