import type { ModelProcess } from '../test/support/model-cloud.ts'
import type { TestClock } from '../test/support/clock.ts'

/** What may continue next: a process, by its number, or time. */
export type Option = number | 'time'

/** Chooses one of the options. The first one needs no switch of processes. */
export type Choose = (options: readonly Option[]) => number

/** Processes whose calls happen one at a time, in an order that a test chooses. */
export class Schedule {
  readonly #clock: TestClock
  readonly #waiting: (() => void)[][] = []
  #last = 0

  constructor(clock: TestClock) {
    this.#clock = clock
  }

  /** From now on each call of the process waits for its turn. */
  take(process: ModelProcess): ModelProcess {
    const queue: (() => void)[] = []
    this.#waiting.push(queue)
    process.turn = () => new Promise((go) => queue.push(go))
    return process
  }

  /**
   * Lets one call after another happen until `runs` have ended. A process that is not chosen while time passes is frozen.
   *
   * @param timeIsFree - Whether time may pass while a process could continue.
   */
  async play(
    runs: Promise<unknown>,
    choose: Choose,
    { timeIsFree = true, after = async (): Promise<void> => undefined } = {},
  ): Promise<void> {
    const ended = new AbortController()
    const end = (): void => ended.abort()
    runs.then(end, end)
    for (;;) {
      await this.#clock.advance(0)
      if (ended.signal.aborted) break
      const options = this.#options(timeIsFree)
      const option = options[options.length > 1 ? choose(options) : 0]
      if (option === undefined) throw new Error('nothing can continue')
      if (option === 'time') {
        await this.#clock.advance(this.#clock.untilNext)
      } else {
        this.#last = option
        this.#waiting[option]?.shift()?.()
      }
      await after()
    }
    await runs
  }

  #options(timeIsFree: boolean): Option[] {
    const able = this.#waiting.flatMap((queue, index) => (queue.length > 0 ? [index] : []))
    const ordered: Option[] = able.sort((a, b) => Number(b === this.#last) - Number(a === this.#last))
    if (this.#clock.untilNext < Infinity && (timeIsFree || ordered.length === 0)) ordered.push('time')
    return ordered
  }
}

/** A choice other than the first option: which choice, and which option. */
type Deviations = ReadonlyMap<number, number>

/**
 * Goes through every order with at most `most` deviations from the plain one, once each, and tells `tell` how to choose.
 *
 * @returns The number of orders.
 */
export async function everyOrder(most: number, tell: (choose: Choose) => Promise<void>): Promise<number> {
  let orders = 0
  const explore = async (deviations: Deviations, from: number): Promise<void> => {
    const widths: number[] = []
    await tell((options) => {
      widths.push(options.length)
      return deviations.get(widths.length - 1) ?? 0
    })
    orders++
    if (deviations.size === most) return
    for (let at = from; at < widths.length; at++) {
      for (let option = 1; option < (widths[at] ?? 0); option++) {
        await explore(new Map([...deviations, [at, option]]), at + 1)
      }
    }
  }
  await explore(new Map(), 0)
  return orders
}
