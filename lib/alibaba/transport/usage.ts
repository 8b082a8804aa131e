import type { Usage } from '../../rotation/ports.ts'

/** Counts the calls of one group: every attempt counts. */
export class UsageCounter {
  readonly #calls = new Map<string, number>()
  #throttled = 0

  called(api: string): void {
    this.#calls.set(api, (this.#calls.get(api) ?? 0) + 1)
  }

  throttled(): void {
    this.#throttled++
  }

  usage(): Usage {
    return { calls: Object.fromEntries(this.#calls), throttled: this.#throttled }
  }
}
