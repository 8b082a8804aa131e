import { describe, expect, it } from 'vitest'
import { LONGEST_PAUSE_MS, Slowdown } from '../../lib/throttle/slowdown.ts'

const slowdown = (random = 0): Slowdown => new Slowdown(1_000, () => random)

describe('the factor', () => {
  it('is one until a call is refused', () => {
    expect(slowdown().factor(0)).toBe(1)
    expect(slowdown().factor(1e9)).toBe(1)
  })

  it('halves at a refusal and recovers a twentieth each second, up to one', () => {
    const slow = slowdown()
    slow.refused(5_000, undefined)
    expect(slow.factor(5_000)).toBe(0.5)
    expect(slow.factor(9_000)).toBeCloseTo(0.7, 9)
    expect(slow.factor(15_000)).toBe(1)
    expect(slow.factor(60_000)).toBe(1)
  })

  it('counts refusals within a window once, and one a window later again', () => {
    const slow = slowdown()
    slow.refused(0, undefined)
    slow.refused(999, undefined)
    expect(slow.factor(0)).toBe(0.5)
    slow.refused(1_000, undefined)
    expect(slow.factor(1_000)).toBeCloseTo(0.275, 9)
  })

  it('never goes below a sixteenth', () => {
    const slow = slowdown()
    for (let bout = 0; bout < 20; bout++) slow.refused(bout * 1_000, undefined)
    expect(slow.factor(19_000)).toBe(1 / 16)
  })
})

describe('the pause', () => {
  it('is zero if the server asks for none', () => {
    const slow = slowdown(1)
    expect(slow.pausedUntil).toBe(-Infinity)
    slow.refused(7, undefined)
    expect(slow.pausedUntil).toBe(7)
  })

  it('lasts as long as the server asks, and up to a tenth longer', () => {
    const exact = slowdown(0)
    exact.refused(100, 3_000)
    expect(exact.pausedUntil).toBe(3_100)
    const most = slowdown(1)
    most.refused(100, 3_000)
    expect(most.pausedUntil).toBeCloseTo(3_400, 9)
  })

  it('is never shortened by a later, shorter one', () => {
    const slow = slowdown()
    slow.refused(0, 10_000)
    slow.refused(10, 20)
    expect(slow.pausedUntil).toBe(10_000)
    slow.refused(20, 30_000)
    expect(slow.pausedUntil).toBe(30_020)
  })

  it('is two minutes at most', () => {
    const slow = slowdown()
    slow.refused(0, 1e9)
    expect(LONGEST_PAUSE_MS).toBe(120_000)
    expect(slow.pausedUntil).toBe(LONGEST_PAUSE_MS)
  })
})
