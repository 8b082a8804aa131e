const DECREASE = 0.5
const LEAST = 1 / 16
/** The share of the full rate recovered each second. */
const RECOVERY_PER_SECOND = 0.05
/** Maximum pause, whatever the server asks for, in milliseconds. */
export const LONGEST_PAUSE_MS = 120_000

/**
 * How much of its rate a limiter may use after the server throttled calls anyway: each burst of refusals halves it, and it
 * recovers gradually. Calls in flight together are refused together, so a window counts as one burst.
 */
export class Slowdown {
  readonly #windowMs: number
  readonly #random: () => number
  #factor = 1
  #since = -Infinity
  #pausedUntil = -Infinity

  constructor(windowMs: number, random: () => number) {
    this.#windowMs = windowMs
    this.#random = random
  }

  /** No call before this tick. */
  get pausedUntil(): number {
    return this.#pausedUntil
  }

  factor(tick: number): number {
    return Math.min(1, this.#factor + ((tick - this.#since) / 1000) * RECOVERY_PER_SECOND)
  }

  refused(tick: number, retryAfterMs = 0): void {
    // Jitter, so that throttled runs do not retry in lockstep.
    const pause = Math.min(retryAfterMs, LONGEST_PAUSE_MS) * (1 + 0.1 * this.#random())
    this.#pausedUntil = Math.max(this.#pausedUntil, tick + pause)
    if (tick - this.#since < this.#windowMs) return
    this.#factor = Math.max(LEAST, this.factor(tick) * DECREASE)
    this.#since = tick
  }
}
