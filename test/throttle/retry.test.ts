import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RotatorError } from '../../lib/core/errors.ts'
import { retry, type RetryOptions } from '../../lib/throttle/retry.ts'
import { TestClock } from '../support/clock.ts'

const silent = new RotatorError('timeout', 'no answer', { retryable: true })
const telling = new RotatorError('unavailable', 'out of order', {
  retryable: true,
  vendorCode: 'InternalError',
})
const final = new RotatorError('denied', 'no', { vendorCode: 'NoPermission' })

interface Run {
  readonly outcome: unknown
  readonly attempts: number
  readonly ticks: number[]
  readonly ended: number
}

/** Runs a work that throws `errors` one after the other, and then succeeds with `done`. */
async function run(
  errors: readonly Error[],
  options: Partial<RetryOptions> & { inMs?: number } = {},
): Promise<Run> {
  const clock = new TestClock()
  const ticks: number[] = []
  const { inMs, ...rest } = options
  const work = async (attempt: number): Promise<string> => {
    ticks.push(clock.tick())
    const error = errors[attempt - 1]
    if (error) throw error
    return 'done'
  }
  const outcome = await clock.run(
    retry(work, {
      attempts: 5,
      baseMs: 100,
      capMs: 1_000,
      clock,
      random: () => 0.999_999,
      ...(inMs !== undefined && { deadline: clock.now() + inMs }),
      ...rest,
    }).catch((error: unknown) => error),
  )
  return { outcome, attempts: ticks.length, ticks, ended: clock.tick() }
}

describe('retry', () => {
  it('continues until it succeeds', async () => {
    await expect(run([silent, telling])).resolves.toMatchObject({ outcome: 'done', attempts: 3 })
  })

  it('stops at a permanent error', async () => {
    await expect(run([silent, final])).resolves.toMatchObject({ outcome: final, attempts: 2 })
    const foreign = new Error('bug')
    await expect(run([foreign])).resolves.toMatchObject({ outcome: foreign, attempts: 1 })
  })

  it('gives up after its attempts, with the most telling error', async () => {
    const last = new RotatorError('timeout', 'again', { retryable: true })
    await expect(run([silent, telling, last], { attempts: 3 })).resolves.toMatchObject({ outcome: telling })
    await expect(run([silent, last], { attempts: 2 })).resolves.toMatchObject({ outcome: last })
    await expect(run([last, telling], { attempts: 2 })).resolves.toMatchObject({ outcome: telling })
  })

  it('waits up to twice as long each time, up to the cap', async () => {
    const { ticks } = await run(
      Array.from({ length: 6 }, () => silent),
      { attempts: 7 },
    )
    const waits = ticks.slice(1).map((tick, index) => Math.round(tick - (ticks[index] ?? 0)))
    expect(waits).toEqual([100, 200, 400, 800, 1_000, 1_000])
  })

  it('spreads its waits over all of that time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), async (drawn) => {
        const { ticks } = await run([silent], { random: () => drawn })
        expect((ticks[1] ?? 0) - (ticks[0] ?? 0)).toBeCloseTo(100 * drawn, 6)
      }),
    )
  })

  it('waits at least as long as the server asked to, and no more than two minutes', async () => {
    const asks = (retryAfterMs: number): Error =>
      new RotatorError('throttled', 'slow', { retryable: true, retryAfterMs })
    const { ticks } = await run([asks(5_000), asks(1e9)])
    const waits = ticks.slice(1).map((tick, index) => tick - (ticks[index] ?? 0))
    expect(waits).toEqual([5_000, 120_000])
  })

  it('never sleeps past the deadline, and says what went wrong', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 3_000 }), fc.gen(), async (inMs, draw) => {
        const start = new TestClock().tick()
        const { outcome, ended } = await run(
          Array.from({ length: 9 }, () => telling),
          {
            attempts: 10,
            inMs,
            random: () => draw(fc.double, { min: 0, max: 0.99, noNaN: true }),
          },
        )
        expect(ended - start).toBeLessThanOrEqual(inMs + 1)
        if (outcome !== 'done') expect(outcome).toMatchObject({ code: 'deadline', cause: telling })
      }),
    )
  })

  it.each([
    [[telling], 50, 'the time ran out after one failed attempt: out of order'],
    [[telling, telling, silent], 350, 'the time ran out after 3 failed attempts: out of order'],
    [
      [telling, silent, new RotatorError('deadline', 'too late')],
      3_000,
      'the time ran out after 2 failed attempts: out of order',
    ],
  ])('says how often it tried, and what the server said (%#)', async (errors, inMs, message) => {
    const { outcome } = await run(errors, { inMs })
    expect(outcome).toMatchObject({ code: 'deadline', message })
  })

  it('may wait until the very deadline', async () => {
    const asking = new RotatorError('throttled', 'slow', { retryable: true, retryAfterMs: 5_000 })
    await expect(run([asking], { inMs: 5_000 })).resolves.toMatchObject({ outcome: 'done' })
    await expect(run([asking], { inMs: 4_999 })).resolves.toMatchObject({ outcome: { code: 'deadline' } })
  })

  it('waits no longer once the signal is aborted', async () => {
    const clock = new TestClock()
    const stop = new AbortController()
    const before = clock.tick()
    const { signal } = stop
    const options = { attempts: 2, baseMs: 1_000, capMs: 1_000, clock, random: () => 0.9, signal }
    const work = retry(() => Promise.reject(silent), options)
    void clock.sleep(50).then(() => stop.abort(new Error('stopped')))
    await expect(clock.run(work)).rejects.toThrow('stopped')
    expect(clock.tick() - before).toBe(50)
    expect(clock.sleeping).toBe(0)
  })

  it('keeps the cause when the work itself runs into the deadline', async () => {
    const late = new RotatorError('deadline', 'too late')
    await expect(run([telling, late])).resolves.toMatchObject({
      outcome: { code: 'deadline', cause: telling },
    })
    await expect(run([late])).resolves.toMatchObject({ outcome: late, attempts: 1 })
  })

  it('lets the caller decide what to retry', async () => {
    await expect(run([final, silent], { shouldRetry: (error) => error === final })).resolves.toMatchObject({
      outcome: silent,
      attempts: 2,
    })
  })
})
