/** The source of time for all code. Tests pass their own clock. */
export interface Clock {
  /** Wall-clock time in milliseconds since the Unix epoch: for what is stored or compared with a server. */
  now(): number
  /** Monotonic time in milliseconds from an arbitrary start: for pacing, unaffected by clock changes. */
  tick(): number
  /**
   * Resolves after `ms` milliseconds; rejects with the signal's reason if it is aborted first. With `ref: false` it does
   * not keep the process alive.
   */
  sleep(ms: number, signal?: AbortSignal, options?: { readonly ref?: boolean }): Promise<void>
}

export const systemClock: Clock = {
  now: () => Date.now(),
  tick: () => performance.now(),
  sleep: (ms, signal, { ref = true } = {}) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      const stop = (): void => {
        clearTimeout(timer)
        reject(signal?.reason as Error)
      }
      const timer = setTimeout(
        () => {
          signal?.removeEventListener('abort', stop)
          resolve()
        },
        Math.max(0, ms),
      )
      if (!ref) unref(timer)
      signal?.addEventListener('abort', stop, { once: true })
    }),
}

/** A timer is an object with `unref` on Node, and a number on edge runtimes, which need no `unref`. */
function unref(timer: NodeJS.Timeout | number): void {
  if (typeof timer === 'object') timer.unref()
}

/** A point in time on both clocks. */
export interface Moment {
  readonly now: number
  readonly tick: number
}

export function momentOf(clock: Clock): Moment {
  return { now: clock.now(), tick: clock.tick() }
}

/**
 * Milliseconds since `moment` on whichever clock counted more: the wall clock may be set back, and the monotonic clock may
 * stand still while the machine is suspended.
 */
export function elapsedSince({ now, tick }: Moment, clock: Clock): number {
  return Math.max(clock.now() - now, clock.tick() - tick)
}

/** A wall clock driven by the monotonic one from now on: setting the machine's clock cannot shorten a wait. */
export function steadyNow(clock: Clock): () => number {
  const { now, tick } = momentOf(clock)
  return () => now + Math.floor(clock.tick() - tick)
}

/** A source of numbers in `[0, 1)`; `Math.random` outside tests. Used for jitter, never for keys. */
export type Random = () => number

/** `2026-11-24T08:00:00.000Z` for a time in milliseconds. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}

/** The same in whole seconds, as Alibaba Cloud's APIs expect: `2026-11-24T08:00:00Z`. */
export function isoSeconds(ms: number): string {
  return isoTime(ms).replace(/\.\d+Z$/, 'Z')
}
