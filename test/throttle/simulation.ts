import type { Clock } from '../../lib/core/clock.ts'
import { createLimiter, type Limiter } from '../../lib/throttle/limiter.ts'
import { TestClock } from '../support/clock.ts'

export interface SimulatedCall {
  /** Milliseconds from sending to the server's counting, and from there to the answer. */
  readonly there: number
  readonly back: number
  readonly rate?: number
}

export interface Simulation {
  readonly rate: number
  readonly ceiling: number
  readonly calls: readonly SimulatedCall[]
  /** How many milliseconds the n-th timer is late. */
  readonly lateness?: (timer: number) => number
  /** Called when the server counts a call; true refuses it. */
  readonly refuses?: (at: number) => boolean
}

export interface Outcome {
  readonly sentAt: number[]
  readonly countedAt: number[]
  /** From the first sending to the last answer. */
  readonly elapsed: number
  readonly order: number[]
}

/** Makes calls through a limiter, in virtual time, over a network as the test wants it. */
export async function simulate(simulation: Simulation): Promise<Outcome> {
  const clock = new TestClock()
  let timers = 0
  const lateClock: Clock = {
    now: () => clock.now(),
    tick: () => clock.tick(),
    sleep: (ms, signal) => clock.sleep(ms + (simulation.lateness?.(timers++) ?? 0), signal),
  }
  const { rate, ceiling, calls } = simulation
  const limiter: Limiter = createLimiter({ rate, ceiling, clock: lateClock, random: () => 0.5 })
  const outcome: Outcome & { elapsed: number } = { sentAt: [], countedAt: [], elapsed: 0, order: [] }
  const start = clock.tick()
  await clock.run(
    Promise.all(
      calls.map(async ({ there, back, rate: own }, index) => {
        const permit = await limiter.acquire(own === undefined ? {} : { rate: own })
        outcome.order.push(index)
        outcome.sentAt.push(clock.tick())
        await clock.sleep(there)
        const countedAt = clock.tick()
        outcome.countedAt.push(countedAt)
        const refused = simulation.refuses?.(countedAt) ?? false
        await clock.sleep(back)
        if (refused) limiter.slowDown()
        permit.done()
      }),
    ),
  )
  outcome.elapsed = clock.tick() - start
  return outcome
}

/** The most events in any window of `windowMs`, its two ends included. */
export function mostInAWindow(ticks: readonly number[], windowMs = 1000): number {
  const sorted = ticks.toSorted((a, b) => a - b)
  let most = 0
  for (let first = 0, last = 0; last < sorted.length; last++) {
    while ((sorted[last] ?? 0) - (sorted[first] ?? 0) > windowMs) first++
    most = Math.max(most, last - first + 1)
  }
  return most
}
