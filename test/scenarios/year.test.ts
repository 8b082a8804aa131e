import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { createAlibaba } from '../../lib/alibaba/create-alibaba.ts'
import { RotatorError } from '../../lib/core/errors.ts'
import type { Outcome } from '../../lib/rotation/report/report.ts'
import { httpProbe } from '../../lib/rotation/http-probe.ts'
import { DeployedFunction, RETRIES, TIMEOUT_S } from '../support/deployed-function.ts'
import { LocalCloud } from '../support/local-cloud.ts'
import { DAY, groupConfig, HOUR, MINUTE } from '../support/model-cloud.ts'
import { seeded } from '../support/seeded.ts'
import { SimulatedTime } from '../support/simulated-time.ts'
import { timerDeliveries } from '../support/timers.ts'

/** Midnight in Shanghai. */
const midnight = (year: number, month: number, day = 1): number => Date.UTC(year, month - 1, day) - 8 * HOUR

/** Months of overlap, for streams that run for months. */
const patient = { minMs: 10 * MINUTE, maxMs: 400 * DAY, clockSkewMs: MINUTE }

function count(outcomes: readonly Outcome[]): Partial<Record<Outcome, number>> {
  const counts: Partial<Record<Outcome, number>> = {}
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1
  return counts
}

describe('the timers of s.yaml', () => {
  interface Trigger {
    readonly triggerName: string
    readonly triggerConfig: { readonly cronExpression: string; readonly payload: string }
  }

  it('are the simulated ones', () => {
    const file = parse(readFileSync(join(import.meta.dirname, '../../s.yaml'), 'utf8')) as {
      resources: { rotator: { props: { timeout: number; asyncInvokeConfig: object; triggers: Trigger[] } } }
    }
    const { timeout, asyncInvokeConfig, triggers } = file.resources.rotator.props
    expect([timeout, asyncInvokeConfig]).toMatchObject([TIMEOUT_S, { maxAsyncRetryAttempts: RETRIES }])
    expect(triggers.map(({ triggerName, triggerConfig }) => [triggerName, triggerConfig])).toMatchObject([
      ['rotate', { cronExpression: 'CRON_TZ=Asia/Shanghai 0 5 4 1 * *', payload: '{"action":"rotate"}' }],
      ['reconcile', { cronExpression: '0 */10 * * * *', payload: '{"action":"reconcile"}' }],
    ])
  })
})

describe('a year of timer events', () => {
  it('makes twelve rotations, refuses no callback, and tells nobody anything', { tags: 'slow' }, async () => {
    const year = new SimulatedTime(midnight(2026, 1), groupConfig({ overlap: patient }))
    await year.runUntil(midnight(2027, 1))

    const { rotated, notDue, reconciled, ...others } = count(
      year.function.groups.map(({ outcome }) => outcome),
    )
    expect([rotated, others]).toEqual([12, {}])
    // Each monthly call came three times.
    expect(notDue).toBe(24)
    expect(reconciled).toBeGreaterThan(50_000)
    const rotations = year.function.groups.filter(({ outcome }) => outcome === 'rotated')
    expect(new Set(rotations.map(({ kid }) => kid)).size).toBe(12)
    expect(rotations.map(({ set }) => set)).toEqual(rotations.map(() => 3))

    expect(year.cloud.refusals).toEqual([])
    expect(year.callbacks.sent).toBeGreaterThan(20_000)
    expect([...year.callbacks.rejectedKids]).toEqual([])
    // Twelve keys of the rotator's, and before them the one that was set by hand: it was adopted, not rotated to.
    expect(year.callbacks.kids.size).toBe(13)

    expect(year.notified).toEqual([])
    expect(year.function.errors).toEqual([])
    const findings = year.function.groups.flatMap((group) => group.findings ?? [])
    // A timer that fires twice is told so, in the run that does nothing.
    expect(findings.filter(({ kind }) => kind !== 'requestServed')).toEqual([])
    // Old keys are kept for streams that sign with them, or were pushed so near a rotation that they might.
    const signing = new Set([...year.cloud.streams.values()].map(({ key }) => key?.kid))
    const kept = year.cloud.keyset?.keys.map(({ kid }) => kid) ?? []
    expect(kept).toEqual(expect.arrayContaining([...signing]))
    expect(kept.length).toBeLessThanOrEqual(signing.size + 1)
  })
})

describe('a quarter in which things go wrong', () => {
  it('reports each once, however often it is seen and repeated', { tags: 'slow' }, async () => {
    const quarter = new SimulatedTime(midnight(2026, 1), groupConfig())
    const { cloud, clock } = quarter
    const untilDay = (month: number, day: number): Promise<void> =>
      clock.sleep(midnight(2026, month, day) - clock.now())
    const byHand = [...cloud.domains.values()][0]?.key?.kid ?? ''

    await quarter.runUntil(midnight(2026, 4), async () => {
      for (const day of [10, 20]) {
        await untilDay(1, day)
        cloud.domains.set('live3.example.com', {
          enabled: false,
          key: cloud.domains.get('live3.example.com')?.key ?? null,
        })
      }
      await untilDay(2, 10)
      cloud.broken.set('live2.example.com', {
        query: new RotatorError('denied', 'no permission for live2.example.com'),
      })
      quarter.webhookIsDown = true
      await untilDay(2, 11)
      quarter.webhookIsDown = false
      await untilDay(2, 14)
      cloud.broken.clear()
    })

    const [first, second, third, fourth, ...others] = quarter.notified
    expect([first, second]).toEqual(['driftRepaired live3.example.com', 'driftRepaired live3.example.com'])
    expect([third, fourth]).toEqual([`overlapMax ${byHand}`, 'domainFailed live2.example.com'])
    // Keys that later streams of months have signed with are ended in the same way.
    expect(others.every((one) => one.startsWith('overlapMax '))).toBe(true)
    expect(new Set(others).size).toBe(others.length)
    // Three days of ticks, each repeated twice.
    expect(quarter.function.errors.length).toBeGreaterThan(1_000)

    const ended = quarter.notified.flatMap((one) => /^overlapMax (.*)$/.exec(one)?.[1] ?? [])
    expect(new Set(ended)).toEqual(quarter.callbacks.rejectedKids)
    for (const refusal of quarter.cloud.refusals)
      expect(ended).toContain(/signs with (\w+),/.exec(refusal)?.[1])
  })
})

describe('two rotations a month apart, over HTTP', () => {
  let here: LocalCloud
  afterEach(() => here.close())

  it('refuse no callback and tell nobody anything', { tags: 'slow' }, async () => {
    here = await LocalCloud.start(
      {
        domains: 3,
        streams: 9,
        endlessStreams: 2,
        streamLength: { min: 30 * MINUTE, max: 6 * DAY },
        streamPause: { min: 1_000, max: 5 * HOUR },
      },
      { overlap: patient },
    )
    const { clock, emulator } = here
    // It reads when a callback comes and the document has run out: a background refresh would be 60,000 reads a month.
    here.received.close()
    await here.go({ action: 'reconcile' })
    await here.callbacks()
    const random = seeded(1)
    const told: unknown[] = []
    const rotator = new DeployedFunction({
      clock,
      random,
      config: () => ({
        ...here.config,
        notify: [{ url: 'https://hooks.example.com/robot', format: 'json' }],
      }),
      credentials: here.functionRole(),
      probe: httpProbe(clock),
      connect: createAlibaba,
      send: (_, body) => {
        told.push(body)
        return Promise.resolve({ accepted: true, detail: 'it accepted', retryable: false })
      },
    })
    const until = midnight(2027, 1, 3)
    const deliveries = timerDeliveries({ from: clock.now(), until, every: HOUR, random })
    const served = rotator.serve(deliveries, async (signal) => {
      while (!signal.aborted) {
        await emulator.callbacks.round()
        await clock.sleep(random() * 10_000)
      }
    })
    const sending = async (): Promise<void> => {
      while (clock.now() < until) {
        await emulator.callbacks.round()
        await clock.sleep(random() * 12 * HOUR)
      }
    }
    await clock.run(Promise.all([served, sending()]))

    const { rotated, notDue, reconciled, ...others } = count(rotator.groups.map(({ outcome }) => outcome))
    expect([rotated, notDue, others]).toEqual([2, 4, {}])
    expect(reconciled).toBeGreaterThan(800)
    const { sent, accepted, byKid } = emulator.callbacks.genuine.counts
    expect(sent).toBeGreaterThan(1_000)
    expect(accepted).toBe(sent)
    expect(Object.keys(byKid)).toHaveLength(3)
    expect([told, rotator.errors]).toEqual([[], []])
    expect(emulator.calls.throttled).toBe(0)
  })
})
