import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cronProblem, nextRun } from '../../deploy/cron.mjs'

describe('cronProblem', () => {
  it.each([
    '0 5 4 1 * *',
    'CRON_TZ=Asia/Shanghai 0 5 4 1 * *',
    '0 */10 * * * *',
    '0 0 4 ? JAN,JUL MON-FRI',
    '0 0 4 29 2 *',
    '0 0 0 * * 0',
    '@every 10m',
  ])('accepts %s', (text) => {
    expect(cronProblem(text)).toBeNull()
  })

  it.each([
    ['5 4 1 * *', 'does not have six fields'],
    ['CRON_TZ=Asia/Shanghai 5 4 1 * *', 'does not have six fields'],
    ['0 0 5 4 1 * *', 'does not have six fields'],
    ['0  5 4 1 * *', 'does not have six fields'],
    ['TZ=Asia/Shanghai 0 5 4 1 * *', 'does not have six fields'],
    ['@monthly', 'does not have six fields'],
    ['@every 0m', 'does not have six fields'],
    ['@every 600s', 'does not have six fields'],
    ['', 'does not have six fields'],
    ['0 0 4 L * *', 'has a sign that Function Compute does not know'],
    ['0 0 4 1W * *', 'has a sign that Function Compute does not know'],
    ['0 0 4 * * 5#2', 'has a sign that Function Compute does not know'],
    ['0 0 4 1 FOO *', 'has a sign that Function Compute does not know'],
    ['0 0 4 * * 7', 'counts weekdays above 6 (0 is Sunday)'],
    ['0 0 4 30 2 *', 'never comes'],
    ['CRON_TZ=Asia/Shangri-La 0 5 4 1 * *', 'names no time zone'],
    ['60 5 4 1 * *', 'Invalid value for second: 60'],
    ['0 5 24 1 * *', 'Invalid value for hour: 24'],
  ])('refuses %s: %s', (text, problem) => {
    expect(cronProblem(text)).toBe(problem)
  })

  it('accepts every second, minute, hour, day and month there is, and no other', () => {
    const field = (min: number, max: number) => fc.integer({ min: min - 3, max: max + 3 })
    fc.assert(
      fc.property(
        field(0, 59),
        field(0, 59),
        field(0, 23),
        fc.integer({ min: 1, max: 28 }),
        field(1, 12),
        (...at) => {
          const [second, minute, hour, , month] = at
          const there = [second, minute, hour, month - 1].every((value) => value >= 0)
          const right = there && second < 60 && minute < 60 && hour < 24 && month <= 12
          expect(cronProblem(`${at.join(' ')} *`) === null).toBe(right)
        },
      ),
    )
  })

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.array(fc.string({ unit: fc.constantFrom(...Array.from('0159*,-/?LWJANMON#')) }), {
          size: 'small',
        }),
        (text, fields) => {
          cronProblem(text)
          cronProblem(fields.join(' '))
        },
      ),
    )
  })
})

describe('nextRun', () => {
  it('counts in UTC, or in the zone that is named', () => {
    const after = new Date('2026-11-24T00:00:00Z')
    expect(nextRun('0 5 4 1 * *', after)?.toISOString()).toBe('2026-12-01T04:05:00.000Z')
    expect(nextRun('CRON_TZ=Asia/Shanghai 0 5 4 1 * *', after)?.toISOString()).toBe(
      '2026-11-30T20:05:00.000Z',
    )
    expect(nextRun('@every 10m', after)).toBeNull()
  })
})
