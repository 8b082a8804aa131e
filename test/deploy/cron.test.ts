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
    '0 0 4 * * 7',
    '0 0 4 ? * 1-7',
    '0 0 4 ? * SAT-SUN',
    '0 0 4 ? * sun',
    '0 0/15 8-18/2 ? * MON-FRI',
    '0 5/10 * * * *',
    '0 0 4 1,11-13,21 * *',
    'CRON_TZ=Asia/Shanghai 0 0 4 ? * 6,7',
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
    ['0 0 4 L * *', 'has "L" for the day of the month'],
    ['0 0 4 1W * *', 'has "1W" for the day of the month'],
    ['0 0 4 * * 5#2', 'has "5#2" for the weekday'],
    ['0 0 4 1 FOO *', 'has "FOO" for the month'],
    ['0 0 4 MON 1 *', 'has "MON" for the day of the month'],
    ['? 0 4 * * *', 'has "?" for the second'],
    ['0 0 4 ?,1 * *', 'has "?" for the day of the month'],
    ['0 0 4 1,,2 * *', 'has "" for the day of the month'],
    ['0 0/0 4 * * *', 'has "0/0" for the minute'],
    ['0 */60 4 * * *', 'has a step of 60 for the minute, which runs from 0 to 59'],
    ['0 0 4 5-1 * *', 'has "5-1" for the day of the month, which runs backwards'],
    ['0 0 4 * * 8', 'has 8 for the weekday, which runs from 0 to 7'],
    ['0 0 4 0 * *', 'has 0 for the day of the month, which runs from 1 to 31'],
    ['0 0 4 * 13 *', 'has 13 for the month, which runs from 1 to 12'],
    ['0 0 4 30 2 *', 'never comes'],
    ['0 0 4 31 4 *', 'never comes'],
    ['CRON_TZ=Asia/Shangri-La 0 5 4 1 * *', 'names no time zone'],
    ['60 5 4 1 * *', 'has 60 for the second, which runs from 0 to 59'],
    ['0 5 24 1 * *', 'has 24 for the hour, which runs from 0 to 23'],
  ])('refuses %s: %s', (text, problem) => {
    expect(cronProblem(text)).toBe(problem)
  })

  it('accepts every existing second, minute, hour, day and month, and no other', () => {
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

  it('accepts 0, 7 and SUN for Sunday', () => {
    const after = new Date('2026-11-24T00:00:00Z')
    for (const sunday of ['0', '7', 'SUN', '7-7'])
      expect(nextRun(`0 0 4 ? * ${sunday}`, after)?.toISOString()).toBe('2026-11-29T04:00:00.000Z')
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
  it('counts in UTC, or in the named zone', () => {
    const after = new Date('2026-11-24T00:00:00Z')
    expect(nextRun('0 5 4 1 * *', after)?.toISOString()).toBe('2026-12-01T04:05:00.000Z')
    expect(nextRun('CRON_TZ=Asia/Shanghai 0 5 4 1 * *', after)?.toISOString()).toBe(
      '2026-11-30T20:05:00.000Z',
    )
    expect(nextRun('@every 10m', after)).toBeNull()
  })
})
