import type { Clock, Random } from '../core/clock.ts'
import { RotatorError } from '../core/errors.ts'
import { Line } from './line.ts'
import { Slowdown } from './slowdown.ts'
import { SlidingWindow } from './window.ts'

export interface LimiterOptions {
  /** Calls per window. */
  readonly rate: number
  /** The server's limit for any window. */
  readonly ceiling: number
  /** Default 1000. */
  readonly windowMs?: number
  readonly clock: Clock
  readonly random: Random
}

export interface AcquireOptions {
  /** A different rate for this call, e.g. the emergency rate. */
  readonly rate?: number
  /** Wall-clock time in milliseconds; a slot after it throws `deadline` at once. */
  readonly deadline?: number
  readonly signal?: AbortSignal
}

/** Permission to make one call now. */
export interface Permit {
  /** Call this when the answer has arrived, or the call has failed or timed out. */
  done(): void
}

export interface Limiter {
  /**
   * Resolves when a call may be sent, first come, first served.
   *
   * @throws RotatorError `deadline` if the slot would be after `deadline`; the signal's reason if it is aborted.
   */
  acquire(options?: AcquireOptions): Promise<Permit>
  /** The server throttled a call: halves the rate for a while, and pauses for as long as the server asked. */
  slowDown(retryAfterMs?: number): void
}

/** The server's clock may be coarser than ours and a little slower. */
const CLOCK_MARGIN_MS = 1

interface Waiter {
  readonly rate: number
  readonly deadline: number
  readonly grant: (permit: Permit) => void
  readonly refuse: (reason: Error) => void
}

/**
 * Paces calls so that the server never counts more than `ceiling` of them in any window, whatever delays the network adds.
 * Three rules hold for every call:
 *
 * 1. calls are evenly spaced at `rate`; after a late timer they catch up, at no more than twice the pace;
 * 2. no more than `rate` calls are sent in any sliding window;
 * 3. the server counts a call at some time between sending and answer. So a call is sent only while the calls in flight
 *    and those answered less than a window ago are fewer than `ceiling`.
 *
 * As long as answers take at most `ceiling / rate - 1` windows, N calls take N / rate windows. Does no I/O itself.
 *
 * @example
 * ```ts
 * const limiter = createLimiter({ rate: 25, ceiling: 30, clock: systemClock, random: Math.random })
 * const permit = await limiter.acquire({ deadline: Date.now() + 60_000 })
 * try {
 *   await call()
 * } finally {
 *   permit.done()
 * }
 * ```
 */
export function createLimiter(options: LimiterOptions): Limiter {
  return new PacedLimiter(options)
}

class PacedLimiter implements Limiter {
  readonly #rate: number
  readonly #ceiling: number
  readonly #windowMs: number
  readonly #clock: Clock
  readonly #slowdown: Slowdown
  readonly #sent: SlidingWindow
  readonly #answered: SlidingWindow
  readonly #queue = new Line<Waiter>()
  /** How long the waiters will take at their full rates, in milliseconds. */
  #queuedMs = 0
  #inFlight = 0
  /** When the even pace allows the next call. */
  #due = -Infinity
  #lastSent = -Infinity
  #serving = false
  #onAnswer: (() => void) | null = null

  constructor({ rate, ceiling, windowMs = 1000, clock, random }: LimiterOptions) {
    this.#rate = checkedRate(rate)
    if (!Number.isInteger(ceiling) || ceiling < 1)
      throw new TypeError('ceiling must be a whole number above 0')
    if (!(windowMs > 0)) throw new TypeError('windowMs must be above 0')
    this.#ceiling = ceiling
    this.#windowMs = windowMs
    this.#clock = clock
    this.#slowdown = new Slowdown(windowMs, random)
    this.#sent = new SlidingWindow(windowMs)
    this.#answered = new SlidingWindow(windowMs + CLOCK_MARGIN_MS)
  }

  acquire({ rate, deadline = Infinity, signal }: AcquireOptions = {}): Promise<Permit> {
    return new Promise((resolve, reject) => {
      const callRate = Math.min(checkedRate(rate ?? this.#rate), this.#ceiling)
      signal?.throwIfAborted()
      const tick = this.#clock.tick()
      // Idle time earns no credit.
      if (this.#queue.size === 0) this.#due = Math.max(this.#due, tick)
      const earliest = Math.max(tick, this.#due + this.#queuedMs, this.#slowdown.pausedUntil)
      if (this.#isTooLate(earliest, deadline)) throw tooLate()

      const stopListening = (): void => signal?.removeEventListener('abort', abort)
      const waiter: Waiter = {
        rate: callRate,
        deadline,
        grant: (permit) => {
          stopListening()
          resolve(permit)
        },
        refuse: (reason) => {
          stopListening()
          reject(reason)
        },
      }
      const abort = (): void => {
        this.#leave(waiter)
        const reason: unknown = signal?.reason
        waiter.refuse(reason instanceof Error ? reason : new Error('aborted', { cause: reason }))
      }
      signal?.addEventListener('abort', abort)
      this.#queue.add(waiter)
      this.#queuedMs += this.#windowMs / callRate
      if (!this.#serving) void this.#serve()
    })
  }

  slowDown(retryAfterMs?: number): void {
    this.#slowdown.refused(this.#clock.tick(), retryAfterMs)
  }

  /** Serves the waiters in turn; ends when there are none. */
  async #serve(): Promise<void> {
    this.#serving = true
    for (;;) {
      const waiter = this.#queue.first
      if (waiter === undefined) break
      const tick = this.#clock.tick()
      const slot = this.#slotFor(waiter, tick)
      if (this.#isTooLate(slot ?? tick + this.#windowMs, waiter.deadline)) {
        this.#leave(waiter)
        waiter.refuse(tooLate())
      } else if (slot === null) {
        await new Promise<void>((resolve) => (this.#onAnswer = resolve))
      } else if (slot > tick) {
        await this.#clock.sleep(slot - tick)
      } else {
        this.#send(waiter, tick)
      }
    }
    this.#serving = false
  }

  /** The first tick at which all rules allow this waiter's call, as far as known; null if an answer must come first. */
  #slotFor(waiter: Waiter, tick: number): number | null {
    const freed = this.#freed(tick)
    if (freed === null) return null
    const rate = waiter.rate * this.#slowdown.factor(tick)
    const most = Math.max(1, Math.floor(rate))
    return Math.max(
      this.#due,
      this.#slowdown.pausedUntil,
      freed,
      this.#lastSent + this.#windowMs / rate / 2,
      this.#sent.atMost(most - 1, tick),
    )
  }

  /** When rule 3 allows another call. */
  #freed(tick: number): number | null {
    const room = this.#ceiling - this.#inFlight
    return room <= 0 ? null : this.#answered.atMost(room - 1, tick)
  }

  #send(waiter: Waiter, tick: number): void {
    const rate = waiter.rate * this.#slowdown.factor(tick)
    // The even pace continues from when the call was due, not from when a late timer released it; but catch up at most
    // one window, and never make up for a pause.
    this.#due = Math.max(this.#due, this.#slowdown.pausedUntil, tick - this.#windowMs) + this.#windowMs / rate
    this.#lastSent = tick
    this.#sent.add(tick)
    this.#inFlight++
    this.#leave(waiter)
    let under = true
    waiter.grant({
      done: () => {
        if (!under) return
        under = false
        this.#inFlight--
        this.#answered.add(this.#clock.tick())
        this.#onAnswer?.()
        this.#onAnswer = null
      },
    })
  }

  #leave(waiter: Waiter): void {
    if (this.#queue.leave(waiter)) this.#queuedMs -= this.#windowMs / waiter.rate
  }

  #isTooLate(slot: number, deadline: number): boolean {
    return this.#clock.now() + Math.max(0, slot - this.#clock.tick()) > deadline
  }
}

function tooLate(): RotatorError {
  return new RotatorError('deadline', 'the time runs out before the permitted rate allows this call')
}

function checkedRate(rate: number): number {
  if (!(rate > 0) || !Number.isFinite(rate)) throw new TypeError(`a rate must be above 0, not ${rate}`)
  return rate
}
