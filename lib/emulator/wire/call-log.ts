/** One call, as the server saw it. It holds no parameter but the name of what was called upon. */
export interface CallRecord {
  /** The world's wall clock, in milliseconds. */
  readonly at: number
  /** The world's monotonic clock, in milliseconds: what the rate windows go by. */
  readonly tick: number
  readonly product: string
  readonly action: string
  readonly accountId: string | null
  /** What was called upon: a domain, a secret, a function. Never a value. */
  readonly target: string | null
  /** null when no answer was given. */
  readonly status: number | null
  /** The error's code; null for a success. */
  readonly code: string | null
  readonly throttled: boolean
  /** The fault that was injected; null for none. */
  readonly fault: string | null
}

const LONGEST = 200_000

/** What was called, when, and how it ended. */
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

  /** The records, of one action or all; the earliest ones are given up when there are very many. */
  of(action?: string): readonly CallRecord[] {
    return action === undefined ? this.#records : this.#records.filter((record) => record.action === action)
  }

  /** Calls by action, refused ones among them. */
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
