export interface Limit {
  /** The operation, or group of operations, that shares the limit. */
  readonly bucket: string
  readonly calls: number
  readonly perMs: number
}

/**
 * At most `calls` in any window of `perMs` milliseconds, wherever it begins: refuses a call at time t if the window (t
 * − perMs, t] already holds `calls`.
 */
export class SlidingWindow {
  readonly #calls: number
  readonly #perMs: number
  readonly #refusedCount: boolean
  #times: number[] = []

  constructor(calls: number, perMs: number, refusedCount = false) {
    this.#calls = calls
    this.#perMs = perMs
    this.#refusedCount = refusedCount
  }

  /** Whether a call at `at` passes. Times must not decrease. */
  admit(at: number): boolean {
    const firstInside = this.#times.findIndex((time) => time > at - this.#perMs)
    if (firstInside < 0) this.#times = []
    else if (firstInside > 0) this.#times = this.#times.slice(firstInside)
    const passes = this.#times.length < this.#calls
    if (passes || this.#refusedCount) this.#times.push(at)
    return passes
  }
}

/** The windows of every account and bucket. */
export class RateLimiter {
  readonly #windows = new Map<string, SlidingWindow>()
  readonly #refusedCount: boolean

  constructor(refusedCount: boolean) {
    this.#refusedCount = refusedCount
  }

  admit(accountId: string, limit: Limit, at: number): boolean {
    const name = `${accountId} ${limit.bucket}`
    let window = this.#windows.get(name)
    if (window === undefined) {
      window = new SlidingWindow(limit.calls, limit.perMs, this.#refusedCount)
      this.#windows.set(name, window)
    }
    return window.admit(at)
  }
}
