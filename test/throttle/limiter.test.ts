import { getEventListeners } from 'node:events'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hasCode, RotatorError } from '../../lib/core/errors.ts'
import { createLimiter, type Limiter, type Permit } from '../../lib/throttle/limiter.ts'
import { TestClock } from '../support/clock.ts'
import { seeded } from '../support/seeded.ts'
import { mostInAWindow, simulate, type SimulatedCall } from './simulation.ts'

const latency = fc.oneof(
  { weight: 4, arbitrary: fc.double({ min: 0, max: 50, noNaN: true }) },
  { weight: 1, arbitrary: fc.double({ min: 0, max: 3_000, noNaN: true }) },
)
const call = fc.record({ there: latency, back: latency })
const lateness = fc.infiniteStream(
  fc.oneof(
    { weight: 20, arbitrary: fc.double({ min: 0, max: 3, noNaN: true }) },
    { weight: 1, arbitrary: fc.double({ min: 0, max: 1_500, noNaN: true }) },
  ),
)
const limits = fc.constantFrom(
  { rate: 25, ceiling: 30 },
  { rate: 29, ceiling: 30 },
  { rate: 30, ceiling: 30 },
  { rate: 50, ceiling: 100 },
  { rate: 15, ceiling: 20 },
  { rate: 1, ceiling: 3 },
  { rate: 2.5, ceiling: 4 },
)

function draw(stream: Iterator<number>): () => number {
  return () => {
    const next = stream.next()
    return next.done === true ? 0 : next.value
  }
}

/** Sums of milliseconds are not exact. */
const ROUNDING = 1e-6

describe('the three rules', () => {
  it('hold whatever the network and timers do', async () => {
    await fc.assert(
      fc.asyncProperty(
        limits,
        fc.array(call, { minLength: 40, maxLength: 120 }),
        lateness,
        async (limit, calls, late) => {
          const { sentAt, countedAt, order } = await simulate({ ...limit, calls, lateness: draw(late) })
          expect(mostInAWindow(countedAt)).toBeLessThanOrEqual(limit.ceiling)
          expect(mostInAWindow(sentAt, 1000 - ROUNDING)).toBeLessThanOrEqual(Math.floor(limit.rate))
          const gaps = sentAt.slice(1).map((tick, index) => tick - (sentAt[index] ?? 0))
          expect(Math.min(...gaps)).toBeGreaterThanOrEqual(500 / limit.rate - ROUNDING)
          expect(order).toEqual(calls.map((_, index) => index))
        },
      ),
      { numRuns: 60 },
    )
  })

  it('hold when some calls are urgent', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(call, fc.boolean()), { minLength: 60, maxLength: 120 }),
        lateness,
        async (calls, late) => {
          const { sentAt, countedAt } = await simulate({
            rate: 25,
            ceiling: 30,
            calls: calls.map(([one, urgent]): SimulatedCall => ({ ...one, ...(urgent && { rate: 29 }) })),
            lateness: draw(late),
          })
          expect(mostInAWindow(countedAt)).toBeLessThanOrEqual(30)
          expect(mostInAWindow(sentAt, 1000 - ROUNDING)).toBeLessThanOrEqual(29)
        },
      ),
      { numRuns: 30 },
    )
  })

  it('would not hold without the third: answers that come in bursts', async () => {
    // Every call takes a second to get there, but for the last ones, which overtake them.
    const calls = Array.from({ length: 60 }, (_, index) => ({ there: index < 30 ? 1_100 : 0, back: 0 }))
    const { countedAt } = await simulate({ rate: 25, ceiling: 30, calls })
    expect(mostInAWindow(countedAt)).toBeLessThanOrEqual(30)
  })
})

describe('throughput', () => {
  const short = Array.from({ length: 300 }, (_, index) => ({ there: 20 + (index % 7) * 5, back: 30 }))

  it.each([
    { rate: 25, ceiling: 30 },
    { rate: 50, ceiling: 100 },
    { rate: 15, ceiling: 20 },
  ])('takes N / rate seconds at $rate calls a second', async ({ rate, ceiling }) => {
    const { elapsed } = await simulate({ rate, ceiling, calls: short })
    expect(elapsed).toBeLessThanOrEqual((300 / rate) * 1000 + 100)
  })

  it('reaches the emergency rate if answers take less than a slot', async () => {
    const { elapsed } = await simulate({
      rate: 29,
      ceiling: 30,
      calls: short.map(() => ({ there: 10, back: 15 })),
    })
    expect(elapsed).toBeLessThanOrEqual((300 / 29) * 1000 * 1.01)
  })

  it('loses less than 1 % to late timers', async () => {
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.double({ min: 0, max: 4, noNaN: true })), async (late) => {
        const { elapsed } = await simulate({ rate: 25, ceiling: 30, calls: short, lateness: draw(late) })
        expect(elapsed).toBeLessThanOrEqual(12_000 * 1.01 + 85)
      }),
      { numRuns: 10 },
    )
  })

  it('makes up for a timer that was half a second late', async () => {
    const { elapsed } = await simulate({
      rate: 25,
      ceiling: 30,
      calls: short,
      lateness: (timer) => (timer === 100 ? 500 : 0),
    })
    expect(elapsed).toBeLessThanOrEqual(12_000 * 1.01)
  })

  it('goes as fast as the ceiling allows if answers take long', async () => {
    const calls = Array.from({ length: 150 }, () => ({ there: 500, back: 500 }))
    const { elapsed, countedAt } = await simulate({ rate: 25, ceiling: 30, calls })
    expect(mostInAWindow(countedAt)).toBeLessThanOrEqual(30)
    // 30 calls in every second of flight and second of memory.
    expect(elapsed).toBeLessThanOrEqual((150 / 30) * 2_002 + 1_000)
  })

  it('gives no credit for idle time', async () => {
    const clock = new TestClock()
    const limiter = createLimiter({ rate: 10, ceiling: 20, clock, random: seeded(1) })
    const one = await clock.run(limiter.acquire())
    one.done()
    await clock.advance(60_000)
    const ticks: number[] = []
    await clock.run(
      Promise.all(
        Array.from({ length: 5 }, async () => {
          const permit = await limiter.acquire()
          ticks.push(clock.tick())
          permit.done()
        }),
      ),
    )
    expect(ticks.map((tick) => tick - (ticks[0] ?? 0))).toEqual([0, 100, 200, 300, 400])
  })
})

describe('a deadline', () => {
  it('is refused at once if the slot would be after it', async () => {
    const clock = new TestClock()
    const limiter = createLimiter({ rate: 10, ceiling: 20, clock, random: seeded(1) })
    const deadline = clock.now() + 1_000
    const outcomes = await Promise.allSettled(
      Array.from({ length: 30 }, () => settleNow(limiter.acquire({ deadline }))),
    )
    const refused = outcomes.filter(({ status }) => status === 'rejected')
    // Slots at 0, 100 … 1000 ms.
    expect(refused).toHaveLength(19)
    for (const outcome of refused) expect(outcome).toMatchObject({ reason: { code: 'deadline' } })
  })

  it('is refused in the queue as soon as it can no longer be met', async () => {
    const clock = new TestClock()
    const limiter = createLimiter({ rate: 10, ceiling: 20, clock, random: seeded(1) })
    const waiting = Array.from({ length: 10 }, () => limiter.acquire({ deadline: clock.now() + 1_000 }))
    const outcomes = Promise.allSettled(waiting)
    await clock.advance(0)
    limiter.slowDown(2_000)
    const started = clock.now()
    const results = await clock.run(outcomes)
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(clock.now() - started).toBeLessThanOrEqual(200)
  })

  it('uses memory only for the current queue, however much went through it before', async () => {
    const clock = new TestClock()
    const limiter = createLimiter({ rate: 10, ceiling: 20, clock, random: seeded(1) })
    const all = Promise.all(
      Array.from({ length: 20 }, async () => {
        const permit = await limiter.acquire()
        permit.done()
      }),
    )
    // Ten of them wait still, for a second.
    await clock.advance(950)
    const last = limiter.acquire({ deadline: clock.now() + 1_500 })
    await clock.run(all)
    await expect(clock.run(last)).resolves.toBeDefined()
  })

  it('ends the wait even while the server owes answers', async () => {
    const clock = new TestClock()
    const limiter = createLimiter({ rate: 100, ceiling: 2, clock, random: seeded(1) })
    await clock.run(Promise.all([limiter.acquire(), limiter.acquire()]))
    const error: unknown = await clock
      .run(limiter.acquire({ deadline: clock.now() + 900 }))
      .catch((reason: unknown) => reason)
    expect(hasCode(error, 'deadline')).toBe(true)
  })
})

describe('a permit', () => {
  it('that is returned twice makes room for one call', async () => {
    const clock = new TestClock()
    const limiter = createLimiter({ rate: 100, ceiling: 2, clock, random: seeded(1) })
    const [first] = await clock.run(Promise.all([limiter.acquire(), limiter.acquire()]))
    first.done()
    first.done()
    await clock.advance(2_000)
    await clock.run(limiter.acquire())
    let sent = false
    void limiter.acquire().then(() => (sent = true))
    await clock.advance(10_000)
    expect(sent).toBe(false)
  })
})

describe('giving up', () => {
  it('makes room for the next one and keeps the order', async () => {
    const clock = new TestClock()
    const limiter = createLimiter({ rate: 10, ceiling: 20, clock, random: seeded(1) })
    const stop = new AbortController()
    const order: string[] = []
    const acquire = async (name: string, signal?: AbortSignal): Promise<Permit> => {
      const permit = await limiter.acquire(signal === undefined ? {} : { signal })
      order.push(name)
      permit.done()
      return permit
    }
    const all = Promise.allSettled([
      acquire('a'),
      acquire('b', stop.signal),
      acquire('c'),
      acquire('d', stop.signal),
      acquire('e'),
    ])
    const reason = new Error('enough')
    // The first two slots go at once and after 100 ms.
    await clock.advance(150)
    stop.abort(reason)
    await clock.run(all)
    expect(order).toEqual(['a', 'b', 'c', 'e'])
    await expect(all).resolves.toMatchObject([{}, {}, {}, { status: 'rejected', reason }, {}])
  })

  it('takes no slot, and none of the calls that may be in flight', async () => {
    const clock = new TestClock()
    const limiter = createLimiter({ rate: 10, ceiling: 20, clock, random: seeded(1) })
    const permit = await clock.run(limiter.acquire())
    permit.done()
    const stops = Array.from({ length: 30 }, () => new AbortController())
    const outcomes = Promise.allSettled(stops.map(({ signal }) => limiter.acquire({ signal })))
    await clock.advance(0)
    for (const stop of stops) stop.abort(new Error('enough'))
    await outcomes
    const before = clock.tick()
    await clock.run(limiter.acquire())
    expect(clock.tick() - before).toBeLessThanOrEqual(100)
  })

  it('is listened for only while a call waits', async () => {
    const clock = new TestClock()
    const limiter = createLimiter({ rate: 10, ceiling: 20, clock, random: seeded(1) })
    const { signal } = new AbortController()
    const all = Promise.all([limiter.acquire({ signal }), limiter.acquire({ signal })])
    expect(getEventListeners(signal, 'abort')).not.toEqual([])
    await clock.run(all)
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('costs nothing before asking', async () => {
    const clock = new TestClock()
    const limiter = createLimiter({ rate: 10, ceiling: 20, clock, random: seeded(1) })
    const reason = new RotatorError('deadline', 'no')
    await expect(limiter.acquire({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const before = clock.tick()
    await clock.run(limiter.acquire())
    expect(clock.tick()).toBe(before)
  })
})

describe('slowing down', () => {
  it('halves the rate once for calls that were refused together, and recovers', async () => {
    const clock = new TestClock()
    const limiter = createLimiter({ rate: 20, ceiling: 100, clock, random: seeded(1) })
    limiter.slowDown()
    limiter.slowDown()
    await clock.advance(1)
    limiter.slowDown()
    expect(await callsIn(limiter, clock, 1_000)).toBeLessThanOrEqual(11)
    await clock.advance(11_000)
    expect(await callsIn(limiter, clock, 1_000)).toBe(20)
  })

  it('never comes to a stop', async () => {
    const clock = new TestClock()
    const limiter = createLimiter({ rate: 20, ceiling: 100, clock, random: seeded(1) })
    for (let bout = 0; bout < 20; bout++) {
      limiter.slowDown()
      await clock.advance(1_000)
    }
    expect(await callsIn(limiter, clock, 2_000)).toBeGreaterThanOrEqual(2)
  })

  it('pauses for as long as the server asks', async () => {
    const clock = new TestClock()
    const limiter = createLimiter({ rate: 20, ceiling: 100, clock, random: () => 0 })
    limiter.slowDown(3_000)
    const before = clock.tick()
    await clock.run(limiter.acquire())
    expect(clock.tick() - before).toBe(3_000)
  })

  it('lets everything through eventually if another caller uses most of the limit', async () => {
    // The server allows 30, of which somebody else takes 15 every second.
    const counted: number[] = []
    const { elapsed } = await simulate({
      rate: 25,
      ceiling: 30,
      calls: Array.from({ length: 200 }, () => ({ there: 10, back: 10 })),
      refuses: (at) => {
        const recent = counted.filter((tick) => at - tick < 1_000).length
        if (recent >= 15) return true
        counted.push(at)
        return false
      },
    })
    expect(counted.length).toBeGreaterThan(150)
    expect(elapsed).toBeLessThan(30_000)
  })
})

it('refuses an invalid rate', () => {
  const clock = new TestClock()
  const options = { clock, random: seeded(1), ceiling: 30 }
  for (const rate of [0, -1, NaN, Infinity])
    expect(() => createLimiter({ ...options, rate })).toThrow(TypeError)
  for (const ceiling of [0, 1.5, NaN])
    expect(() => createLimiter({ ...options, rate: 1, ceiling })).toThrow(TypeError)
})

async function callsIn(limiter: Limiter, clock: TestClock, ms: number): Promise<number> {
  let count = 0
  const until = clock.now() + ms - 1
  const call = async (): Promise<void> => {
    const permit = await limiter.acquire({ deadline: until })
    count++
    permit.done()
  }
  await clock.run(Promise.allSettled(Array.from({ length: 100 }, call)))
  return count
}

/** Rejects when `promise` does so without any time passing; a promise that still waits counts as kept. */
async function settleNow<T>(promise: Promise<T>): Promise<T | 'waiting'> {
  return Promise.race([promise, new Promise<'waiting'>((resolve) => setImmediate(() => resolve('waiting')))])
}
