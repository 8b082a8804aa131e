/** The ticks of the events of the last `windowMs`, oldest first. */
export class SlidingWindow {
  readonly #windowMs: number
  readonly #ticks: number[] = []

  constructor(windowMs: number) {
    this.#windowMs = windowMs
  }

  add(tick: number): void {
    this.#ticks.push(tick)
  }

  /** The tick at which at most `most` of the events so far are left in the window; -Infinity if that is so at `tick`. */
  atMost(most: number, tick: number): number {
    while ((this.#ticks[0] ?? Infinity) + this.#windowMs <= tick) this.#ticks.shift()
    const leaving = this.#ticks[this.#ticks.length - most - 1]
    return leaving === undefined ? -Infinity : leaving + this.#windowMs
  }
}
