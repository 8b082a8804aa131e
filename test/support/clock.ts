import { performance } from 'node:perf_hooks'
import { setImmediate as turn, setTimeout as realDelay } from 'node:timers/promises'
import type { Clock } from '../../lib/core/clock.ts'
import { httpInFlight } from './http-in-flight.ts'
import { TimerQueue, type Timer } from '../../lib/emulator/world/timer-queue.ts'

/** Work that ends by itself without virtual time passing: files, name look-ups, new connections. */
const REAL_WORK = /^(FSReq|GetAddrInfo|TCPConnect|RandomBytes|ZLIB|WORKER|ProcessWrap)/
/** The few names that there are, and whether they match: hundreds of open sockets are asked about at every turn. */
const realWork = new Map<string, boolean>()
/**
 * A request that shows no sign of life for so long waits for virtual time, whatever nobody told the clock: in real
 * time, and in turns of the event loop, since a process that got no processor has not given the request its chance.
 */
const STALL_MS = 100
const STALL_TURNS = 300
/** Less where thousands of mutants run: most of those that hang hang here. */
const STUCK_AFTER_MS = Number(process.env['STUCK_AFTER_MS'] ?? 30_000)

export interface RunOptions {
  /** Real milliseconds after which a promise that waits for nothing visible to the clock counts as stuck. Default 30,000. */
  readonly stuckAfterMs?: number
}

/**
 * A clock that the test owns: time stands still unless the test moves it.
 *
 * `run` moves it by itself, from one timer to the next, whenever nothing else is going on in this process: no promise
 * to settle, no HTTP request under way, nothing that {@link TestClock.watch} was told of.
 *
 * @example
 * ```ts
 * const clock = new TestClock()
 * const emulator = await startEmulator({ clock })
 * clock.hold(() => emulator.held)
 * const report = await clock.run(rotate(clock)) // minutes of waiting, milliseconds of real time
 * ```
 */
export class TestClock implements Clock {
  #start: number
  #elapsed = 0
  readonly #timers = new TimerQueue()
  readonly #busy: (() => boolean)[] = []
  readonly #held: (() => number)[] = []
  #stalled = 0
  #seenEvents = 0
  #driver: Promise<void> | null = null

  /** @param start - The wall-clock time to begin with, in milliseconds since the epoch. */
  constructor(start = Date.UTC(2026, 10, 24, 8)) {
    this.#start = start
  }

  now(): number {
    return this.#start + Math.floor(this.#elapsed)
  }

  /** Starts far from the wall clock, so that code that confuses the two fails. */
  tick(): number {
    return 1_000 + this.#elapsed
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(reasonOf(signal))
        return
      }
      const abort = (): void => {
        this.#timers.remove(timer)
        if (signal !== undefined) reject(reasonOf(signal))
      }
      const timer: Timer = this.#timers.add(this.#elapsed + Math.max(0, ms), () => {
        signal?.removeEventListener('abort', abort)
        resolve()
      })
      signal?.addEventListener('abort', abort, { once: true })
    })
  }

  /** Somebody sets the wall clock by `ms`. Ahead, it is also what a machine finds that was suspended for so long. */
  setWall(ms: number): void {
    this.#start += ms
  }

  /** How many sleeps are under way. */
  get sleeping(): number {
    return this.#timers.size
  }

  /** Milliseconds until the next sleep ends; Infinity if nothing sleeps. */
  get untilNext(): number {
    return this.#timers.nextAt - this.#elapsed
  }

  /** Time does not move by itself while `isBusy` returns true. */
  watch(isBusy: () => boolean): void {
    this.#busy.push(isBusy)
  }

  /**
   * `count` answers how many HTTP requests a server of this process keeps waiting on purpose, until time has passed.
   * They do not stop time; without it each such request costs a tenth of a second of real time.
   */
  hold(count: () => number): void {
    this.#held.push(count)
  }

  /** Moves time by `ms`, firing every timer on the way in its order, each after all that the one before set off. */
  async advance(ms: number): Promise<void> {
    const target = this.#elapsed + ms
    for (;;) {
      await this.settle()
      if (this.#timers.nextAt > target) break
      this.#jump()
    }
    this.#elapsed = Math.max(this.#elapsed, target)
  }

  /** Moves time from timer to timer until `promise` settles, and returns what it resolves to. */
  async run<T>(promise: Promise<T>, options: RunOptions = {}): Promise<T> {
    let settled = false
    const done = (): void => {
      settled = true
    }
    promise.then(done, done)
    const isSettled = (): boolean => settled
    let idleSince = performance.now()
    while (!isSettled()) {
      if (this.#driver !== null) {
        await this.#driver
        continue
      }
      this.#driver = this.settle(isSettled)
      try {
        await this.#driver
      } finally {
        this.#driver = null
      }
      if (isSettled()) break
      if (this.#timers.nextAt < Infinity) {
        this.#jump()
        idleSince = performance.now()
      } else {
        const stuckAfterMs = options.stuckAfterMs ?? STUCK_AFTER_MS
        if (performance.now() - idleSince > stuckAfterMs) {
          throw new Error(`stuck: nothing sleeps on this clock, and nothing happened for ${stuckAfterMs} ms`)
        }
        await realDelay(1)
      }
    }
    return promise
  }

  /** Resolves when nothing is left to happen without virtual time. */
  async settle(isDone: () => boolean = () => false): Promise<void> {
    let waitingSince = performance.now()
    let turns = 0
    // An answer takes some turns of the event loop to reach the code that waits for it; pure promises take one.
    for (let quiet = 0; quiet < (this.#seenEvents === httpInFlight().events ? 2 : 6); quiet++) {
      const before = httpInFlight().events
      await turn()
      turns++
      if (isDone()) return
      if (httpInFlight().events !== before) {
        waitingSince = performance.now()
        turns = 0
        quiet = -1
      } else if (this.#isBusy(turns > STALL_TURNS && performance.now() - waitingSince > STALL_MS)) {
        quiet = -1
      }
    }
    this.#seenEvents = httpInFlight().events
  }

  #isBusy(stalled: boolean): boolean {
    if (this.#busy.some((isBusy) => isBusy())) return true
    const held = this.#held.reduce((sum, count) => sum + count(), 0)
    const waiting = Math.max(0, httpInFlight().count - held)
    this.#stalled = Math.min(this.#stalled, waiting)
    if (!stalled && waiting > this.#stalled) return true
    // Last, because it takes longest.
    if (process.getActiveResourcesInfo().some(isRealWork)) return true
    this.#stalled = waiting
    return false
  }

  /** Moves to the next timer and fires all that are due then. */
  #jump(): void {
    const at = this.#timers.nextAt
    if (at === Infinity) return
    this.#elapsed = Math.max(this.#elapsed, at)
    while (this.#timers.nextAt <= at) this.#timers.takeNext()?.fire()
  }
}

function reasonOf(signal: AbortSignal): Error {
  const reason: unknown = signal.reason
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason })
}

function isRealWork(name: string): boolean {
  const known = realWork.get(name)
  if (known !== undefined) return known
  const matches = REAL_WORK.test(name)
  realWork.set(name, matches)
  return matches
}
