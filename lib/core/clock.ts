import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'

/** Time as the rest of the code knows it. Tests pass a clock of their own. */
export interface Clock {
  /** Wall-clock time in milliseconds since the Unix epoch: for what is written down or compared with a server. */
  now(): number
  /** Monotonic time in milliseconds from an arbitrary start: for pacing, untouched by clock corrections. */
  tick(): number
  /**
   * Resolves after `ms` milliseconds; rejects with the signal's reason when it is aborted first. With `ref: false` it
   * does not keep the process alive.
   */
  sleep(ms: number, signal?: AbortSignal, options?: { readonly ref?: boolean }): Promise<void>
}

export const systemClock: Clock = {
  now: () => Date.now(),
  tick: () => performance.now(),
  sleep: async (ms, signal, { ref = true } = {}) => {
    try {
      await delay(Math.max(0, ms), undefined, signal === undefined ? { ref } : { ref, signal })
    } catch (error) {
      throw signal?.reason ?? error
    }
  },
}

/** A source of numbers in `[0, 1)`; `Math.random` outside tests. Used for jitter, never for keys. */
export type Random = () => number

/** `2026-11-24T08:00:00.000Z` for a time in milliseconds. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}
