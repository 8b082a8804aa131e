import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { createLimiter, type AcquireOptions, type Limiter } from '../../lib/throttle/limiter.ts'
import type { LimiterOptions } from '../../lib/throttle/limiter.ts'
import { SlidingWindow } from '../../lib/throttle/window.ts'
import { TestClock } from '../support/clock.ts'

// To the millisecond: when each call is sent, counted from the first request.

class Bench {
  readonly clock = new TestClock()
  readonly limiter: Limiter
  readonly start = this.clock.tick()
  /** When each call was sent. */
  readonly sent: number[] = []

  constructor(options: Partial<LimiterOptions> & { rate: number; ceiling: number }) {
    this.limiter = createLimiter({ clock: this.clock, random: () => 0, ...options })
  }

  /** Asks for a call, which is answered `ms` after it was sent; never by default. */
  async ask(options: AcquireOptions = {}, ms?: number): Promise<void> {
    const permit = await this.limiter.acquire(options)
    this.sent.push(this.clock.tick() - this.start)
    if (ms === 0) permit.done()
    else if (ms !== undefined) void this.clock.sleep(ms).then(() => permit.done())
  }

  async askAll(count: number, options: AcquireOptions = {}, ms = 0): Promise<void> {
    await this.clock.run(Promise.all(Array.from({ length: count }, () => this.ask(options, ms))))
  }
}

describe('what a limiter is made of', () => {
  const clock = new TestClock()
  const make = (options: Partial<LimiterOptions>) => (): Limiter =>
    createLimiter({ rate: 1, ceiling: 1, clock, random: () => 0, ...options })

  it('is checked, and the message says what is wrong with it', () => {
    expect(make({ rate: 0 })).toThrow(new TypeError('a rate must be above 0, not 0'))
    for (const ceiling of [0, 0.5, -1])
      expect(make({ ceiling })).toThrow(new TypeError('ceiling must be a whole number above 0'))
    for (const windowMs of [0, -1, NaN])
      expect(make({ windowMs })).toThrow(new TypeError('windowMs must be above 0'))
    expect(make({ windowMs: 0.5 })).not.toThrow()
  })

  it('includes the rate of each call', async () => {
    await expect(make({})().acquire({ rate: -1 })).rejects.toThrow('a rate must be above 0, not -1')
  })
})

describe('the even pace', () => {
  it('is that of the rate, in windows of a second', async () => {
    const bench = new Bench({ rate: 4, ceiling: 10 })
    await bench.askAll(6)
    expect(bench.sent).toEqual([0, 250, 500, 750, 1_000, 1_250])
  })

  it('counts in other windows if told to', async () => {
    const bench = new Bench({ rate: 4, ceiling: 10, windowMs: 100 })
    await bench.askAll(5)
    expect(bench.sent).toEqual([0, 25, 50, 75, 100])
  })

  it('is that of the call if it has its own rate, up to the ceiling', async () => {
    const bench = new Bench({ rate: 4, ceiling: 10 })
    await bench.askAll(3, { rate: 5 })
    expect(bench.sent).toEqual([0, 200, 400])
    const capped = new Bench({ rate: 1, ceiling: 4 })
    await capped.askAll(3, { rate: 50 })
    expect(capped.sent).toEqual([0, 250, 500])
  })

  it('sends one call at a time, however slow the rate', async () => {
    const bench = new Bench({ rate: 0.5, ceiling: 1 })
    await bench.askAll(3)
    expect(bench.sent).toEqual([0, 2_000, 4_000])
  })

  it('continues where it stopped: a call that comes early waits for its slot, one that comes late does not', async () => {
    const bench = new Bench({ rate: 10, ceiling: 20 })
    await bench.askAll(1)
    await bench.clock.advance(30)
    await bench.askAll(1)
    await bench.clock.advance(170)
    await bench.askAll(2)
    expect(bench.sent).toEqual([0, 100, 270, 370])
  })

  it('is regained at no more than twice the pace after a late timer', async () => {
    const bench = new Bench({ rate: 10, ceiling: 20 })
    const { clock } = bench
    let timers = 0
    const sleep = clock.sleep.bind(clock)
    clock.sleep = (ms, signal) => sleep(timers++ === 1 ? ms + 250 : ms, signal)
    await bench.askAll(8)
    expect(bench.sent).toEqual([0, 100, 450, 500, 550, 600, 650, 700])
  })

  it('is regained whoever comes in the meantime', async () => {
    const bench = new Bench({ rate: 10, ceiling: 20 })
    const { clock } = bench
    let timers = 0
    const sleep = clock.sleep.bind(clock)
    clock.sleep = (ms, signal) => sleep(timers++ === 1 ? ms + 250 : ms, signal)
    const waiting = Promise.all(Array.from({ length: 8 }, () => bench.ask({}, 0)))
    await clock.advance(300)
    await clock.run(Promise.all([waiting, bench.ask({}, 0)]))
    expect(bench.sent).toEqual([0, 100, 450, 500, 550, 600, 650, 700, 800])
  })

  it('is regained at twice the pace that a refusal leaves', async () => {
    const bench = new Bench({ rate: 10, ceiling: 20 })
    const { clock } = bench
    let timers = 0
    const sleep = clock.sleep.bind(clock)
    clock.sleep = (ms, signal) => sleep(timers++ === 0 ? ms + 700 : ms, signal)
    bench.limiter.slowDown()
    await bench.askAll(5)
    const gaps = bench.sent.slice(1).map((tick, index) => tick - (bench.sent[index] ?? 0))
    expect(gaps[0]).toBeCloseTo(900, 6)
    for (const gap of gaps.slice(1, 3)) {
      expect(gap).toBeGreaterThan(85)
      expect(gap).toBeLessThan(100)
    }
  })

  it('is regained for at most one window', async () => {
    const bench = new Bench({ rate: 4, ceiling: 8 })
    const { clock } = bench
    let timers = 0
    const sleep = clock.sleep.bind(clock)
    clock.sleep = (ms, signal) => sleep(timers++ === 0 ? ms + 9_750 : ms, signal)
    await bench.askAll(9)
    // Due at 250, sent at 10,000: what was missed before 9,000 is not made up for.
    expect(bench.sent.slice(0, 6)).toEqual([0, 10_000, 10_125, 10_250, 10_375, 11_000])
  })
})

describe('calls under way', () => {
  it('are no more than the ceiling, and each counts for a window and a millisecond after its answer', async () => {
    const bench = new Bench({ rate: 4, ceiling: 4 })
    await bench.askAll(6, {}, 50)
    expect(bench.sent).toEqual([0, 250, 500, 750, 1_051, 1_301])
  })

  it('hold the others back until an answer comes, however long it takes', async () => {
    const bench = new Bench({ rate: 10, ceiling: 2 })
    void bench.ask({}, 5_000)
    void bench.ask({})
    void bench.ask({})
    await bench.clock.advance(20_000)
    expect(bench.sent).toEqual([0, 500, 6_001])
  })
})

describe('a deadline', () => {
  const outcomeOf = async (bench: Bench, ms: number): Promise<string> => {
    const asked = bench.ask({ deadline: bench.clock.now() + ms }, 0).then(
      () => 'sent',
      () => 'refused',
    )
    return bench.clock.run(asked)
  }

  it('may be the very moment of the slot', async () => {
    for (const [ms, outcome] of [
      [100, 'sent'],
      [99, 'refused'],
    ] as const) {
      const bench = new Bench({ rate: 10, ceiling: 20 })
      await bench.askAll(1)
      expect(await outcomeOf(bench, ms)).toBe(outcome)
    }
  })

  it('that is over is refused even if no call waits', async () => {
    const bench = new Bench({ rate: 10, ceiling: 20 })
    expect(await outcomeOf(bench, -1)).toBe('refused')
    await bench.askAll(1)
    await bench.clock.advance(5_000)
    expect(await outcomeOf(bench, -1)).toBe('refused')
  })

  it('counts earlier waiters, each at its own rate', async () => {
    const bench = new Bench({ rate: 10, ceiling: 20 })
    const others = Promise.all([bench.ask({ rate: 2 }, 0), bench.ask({ rate: 5 }, 0), bench.ask({}, 0)])
    // Slots at 0, 500 and 700; the next is at 800.
    const late = await outcomeOf(bench, 799)
    expect([late, bench.clock.tick() - bench.start]).toEqual(['refused', 0])
    expect(await outcomeOf(bench, 800)).toBe('sent')
    await others
    expect(bench.sent).toEqual([0, 500, 700, 800])
  })

  it('does not count those who have given up', async () => {
    const bench = new Bench({ rate: 10, ceiling: 20 })
    const stop = new AbortController()
    void bench.ask({}, 0)
    const given = Array.from({ length: 5 }, () => bench.ask({ signal: stop.signal }).catch(() => undefined))
    await bench.clock.advance(0)
    void bench.ask({}, 0)
    stop.abort()
    await Promise.all(given)
    expect(await outcomeOf(bench, 200)).toBe('sent')
    expect(bench.sent).toEqual([0, 100, 200])
  })

  it('counts those who still wait, if others have given up', async () => {
    const bench = new Bench({ rate: 10, ceiling: 20 })
    const stop = new AbortController()
    const waiting = [bench.ask({}, 0), bench.ask({}, 0), bench.ask({}, 0)]
    const given = bench.ask({ signal: stop.signal, rate: 2 }).catch(() => undefined)
    stop.abort()
    await given
    // The next slot is at 300.
    const before = bench.clock.tick()
    expect(await outcomeOf(bench, 299)).toBe('refused')
    expect(bench.clock.tick()).toBe(before)
    expect(await outcomeOf(bench, 300)).toBe('sent')
    await Promise.all(waiting)
  })

  it('is over at once for a call that comes during a pause that ends after it', async () => {
    const bench = new Bench({ rate: 10, ceiling: 20 })
    bench.limiter.slowDown(3_000)
    expect(await outcomeOf(bench, 2_999)).toBe('refused')
    expect(bench.clock.tick()).toBe(bench.start)
    expect(await outcomeOf(bench, 3_000)).toBe('sent')
  })

  it('says that it is over', async () => {
    const { limiter, clock } = new Bench({ rate: 10, ceiling: 20 })
    await expect(limiter.acquire({ deadline: clock.now() - 1 })).rejects.toMatchObject({
      code: 'deadline',
      message: 'the time runs out before the permitted rate allows this call',
    })
  })
})

describe('an abort', () => {
  it('while a call waits gives the reason, or an error with it as the cause', async () => {
    for (const reason of [new Error('enough'), 'enough']) {
      const bench = new Bench({ rate: 10, ceiling: 20 })
      const stop = new AbortController()
      await bench.askAll(1)
      const waiting = bench.limiter.acquire({ signal: stop.signal })
      stop.abort(reason)
      if (reason instanceof Error) await expect(waiting).rejects.toBe(reason)
      else await expect(waiting).rejects.toMatchObject({ message: 'aborted', cause: 'enough' })
    }
  })

  it('is no longer listened for by a refused call', async () => {
    const bench = new Bench({ rate: 10, ceiling: 1 })
    const { signal } = new AbortController()
    void bench.ask()
    await bench.clock.advance(0)
    const refused = bench.limiter.acquire({ signal, deadline: bench.clock.now() + 500 })
    await expect(bench.clock.run(refused)).rejects.toMatchObject({ code: 'deadline' })
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })
})

describe('a refusal by the server', () => {
  it('halves the pace from then on, which recovers a twentieth each second', async () => {
    const bench = new Bench({ rate: 10, ceiling: 20 })
    bench.limiter.slowDown()
    await bench.askAll(3)
    expect(bench.sent[0]).toBe(0)
    expect(bench.sent[1]).toBeCloseTo(200, 6)
    // By then 51 % of the rate is allowed.
    expect(bench.sent[2]).toBeCloseTo(200 + 100 / 0.51, 6)
  })

  it('pauses without credit: after it, calls go at the pace and not at once', async () => {
    const bench = new Bench({ rate: 10, ceiling: 20 })
    await bench.askAll(1)
    bench.limiter.slowDown(2_000)
    await bench.askAll(3)
    const [, first = 0, second = 0, third = 0] = bench.sent
    expect(first).toBe(2_000)
    expect(second - first).toBeCloseTo(100 / 0.6, 6)
    expect(third - second).toBeGreaterThan(160)
  })

  it('moves the slot of the next call to now', async () => {
    const bench = new Bench({ rate: 1, ceiling: 20 })
    const waiting = Promise.all([bench.ask({}, 0), bench.ask({}, 0)])
    await bench.clock.advance(500)
    bench.limiter.slowDown()
    await bench.clock.run(waiting)
    expect(bench.sent[1]).toBe(1_000)
  })
})

describe('a sliding window', () => {
  it('says when it has room, and forgets what has left', () => {
    const window = new SlidingWindow(1_000)
    expect(window.atMost(0, 0)).toBe(-Infinity)
    for (const tick of [0, 100, 200]) window.add(tick)
    expect(window.atMost(3, 200)).toBe(-Infinity)
    expect(window.atMost(2, 200)).toBe(1_000)
    expect(window.atMost(1, 200)).toBe(1_100)
    expect(window.atMost(0, 200)).toBe(1_200)
    expect(window.atMost(2, 999)).toBe(1_000)
    expect(window.atMost(2, 1_000)).toBe(-Infinity)
    expect(window.atMost(1, 1_000)).toBe(1_100)
    expect(window.atMost(0, 1_199)).toBe(1_200)
    expect(window.atMost(0, 1_200)).toBe(-Infinity)
  })
})
