import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { CloudClock } from '../../lib/alibaba/transport/cloud-clock.ts'
import { LOCAL_ACCOUNT_ID, type Emulator } from '../../lib/emulator/index.ts'
import { TestClock } from '../support/clock.ts'
import { GROUP, startCloud } from './cloud.ts'

const NOW = Date.UTC(2026, 10, 24, 8)
const MINUTE = 60_000

let emulator: Emulator | undefined
afterEach(async () => {
  await emulator?.close()
  emulator = undefined
})

describe('the gap between the clocks', () => {
  it('is never overstated, and is not reported if the clocks agree', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: -10 * MINUTE, max: 10 * MINUTE }),
        fc.array(fc.record({ way: fc.nat(3_000), back: fc.nat(3_000), pause: fc.nat(5_000) }), {
          minLength: 1,
          maxLength: 8,
        }),
        async (gap, answers) => {
          const clock = new TestClock(NOW)
          const cloud = new CloudClock(clock)
          let slowest = Infinity
          for (const { way, back, pause } of answers) {
            await clock.advance(pause)
            const sentAt = clock.now()
            await clock.advance(way)
            const date = new Date(clock.now() + gap).toUTCString()
            await clock.advance(back)
            cloud.answered(date, sentAt)
            slowest = Math.min(slowest, way + back)
          }
          expect(Math.abs(cloud.aheadMs)).toBeLessThanOrEqual(Math.abs(gap))
          expect(Math.abs(cloud.aheadMs)).toBeGreaterThanOrEqual(Math.abs(gap) - slowest - 1_000)
          if (cloud.aheadMs !== 0) expect(Math.sign(cloud.aheadMs)).toBe(Math.sign(gap))
        },
      ),
      { numRuns: 200 },
    )
  })

  it('is measured anew after a clock was set', () => {
    const cloud = new CloudClock(new TestClock(NOW))
    const answer = (gap: number): void => cloud.answered(new Date(NOW + gap).toUTCString(), NOW)
    for (const gap of [5 * MINUTE, 0, -5 * MINUTE]) {
      answer(gap)
      expect(Math.abs(cloud.aheadMs - gap)).toBeLessThan(1_000)
    }
  })

  it('is unknown from an answer without a time', () => {
    const cloud = new CloudClock(new TestClock(NOW))
    for (const date of [undefined, '', 'yesterday']) cloud.answered(date, NOW)
    expect(cloud.aheadMs).toBe(0)
  })

  it.each([5, -5])('shows in the answers of a cloud that is %i minutes ahead', async (minutes) => {
    const cloud = await startCloud({ domains: 1, clockOffsetMs: minutes * MINUTE })
    emulator = cloud.emulator
    const { live, cloudAheadMs } = await cloud.alibaba.open(GROUP)
    expect(cloudAheadMs()).toBe(0)
    await cloud.clock.run(live.query('live1.example.com'))
    expect(Math.abs(cloudAheadMs() - minutes * MINUTE)).toBeLessThan(1_500)
    emulator.clockOffsetMs = 0
    await cloud.clock.run(live.query('live1.example.com'))
    expect(cloudAheadMs()).toBe(0)
  })

  it('shows in the time of a version that was stored in the future', async () => {
    const cloud = await startCloud({ clockOffsetMs: 5 * MINUTE })
    emulator = cloud.emulator
    emulator.world.secrets.create(LOCAL_ACCOUNT_ID, GROUP.secret, { versionId: 'v1', data: '{}' })
    const { keysets, cloudAheadMs } = await cloud.alibaba.open(GROUP)
    await cloud.clock.run(keysets.load())
    expect(Math.abs(cloudAheadMs() - 5 * MINUTE)).toBeLessThan(1_500)
  })
})
