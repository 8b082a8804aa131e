import type { Clock } from '../../core/clock.ts'

/** `Date` and `CreateTime` are in whole seconds, rounded down. */
const RESOLUTION_MS = 999

/**
 * Estimates how far the cloud's clock is ahead of this one. Each answer gives two bounds; together they narrow it down.
 */
export class CloudClock {
  readonly #clock: Clock
  #least = -Infinity
  #most = Infinity

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * In milliseconds: the smallest gap that explains all answers. Negative if the cloud is behind; 0 if the clocks may
   * agree.
   */
  get aheadMs(): number {
    return Math.max(0, this.#least) + Math.min(0, this.#most)
  }

  /**
   * Records an answer.
   *
   * @param date - Its `Date` header.
   * @param sentAt - When the call was sent, by this clock.
   */
  answered(date: string | undefined, sentAt: number): void {
    const made = Date.parse(date ?? '')
    if (Number.isNaN(made)) return
    this.#narrow(made - this.#clock.now(), made + RESOLUTION_MS - sentAt)
  }

  /** Records an answer that contains a past time. */
  past(at: number): void {
    this.#narrow(at - this.#clock.now(), Infinity)
  }

  #narrow(least: number, most: number): void {
    const apart = least > this.#most || most < this.#least
    // One of the clocks was set meanwhile, so earlier bounds are void.
    this.#least = apart ? least : Math.max(this.#least, least)
    this.#most = apart ? most : Math.min(this.#most, most)
  }
}
