import { describe, expect, test } from 'vitest'
import { demoText } from '../../lib/cli/demo/demo-text.ts'
import { elapsedMs, isFlawless, leastTimeMs, type DemoFigures } from '../../lib/cli/demo/figures.ts'
import { styleOf } from '../../lib/cli/style.ts'
import type { CallRecord } from '../../lib/emulator/wire/call-log.ts'
import { Written } from './support.ts'

function call(action: string, target: string, tick: number, status: number | null = 200): CallRecord {
  return {
    at: 1_000_000 + tick,
    tick,
    product: 'live',
    action,
    accountId: '1',
    target,
    status,
    code: null,
    throttled: false,
    fault: null,
  }
}

const SET = 'SetSnapshotCallbackAuth'
const QUERY = 'QuerySnapshotCallbackAuth'

describe('the time from the first set to the last confirmation', () => {
  test('counts the read-back that followed each set', () => {
    const calls = [
      call(QUERY, 'a', 0),
      call(QUERY, 'b', 10),
      call(SET, 'a', 100),
      call(QUERY, 'a', 130),
      call(SET, 'b', 140),
      call(QUERY, 'b', 180),
      call('DescribeLiveStreamsOnlineList', 'a', 500),
      call(QUERY, 'a', 900),
    ]
    expect(elapsedMs(calls)).toBe(80)
  })

  test('does not count failures, and counts a repeated set from the last one', () => {
    const calls = [
      call(SET, 'a', 100),
      call(QUERY, 'a', 110, 500),
      call(SET, 'b', 120, 400),
      call(SET, 'b', 200),
      call(QUERY, 'b', 190),
      call(QUERY, 'a', 210),
      call(QUERY, 'b', 250),
    ]
    expect(elapsedMs(calls)).toBe(150)
  })

  test('is nothing if nothing was set', () => {
    expect(elapsedMs([call(QUERY, 'a', 0)])).toBe(0)
  })
})

test('the least time: the last set waits for all before it', () => {
  expect(leastTimeMs(60, 25)).toBe(2_360)
  expect(leastTimeMs(1, 25)).toBe(0)
  expect(leastTimeMs(0, 25)).toBe(0)
})

const GOOD: DemoFigures = {
  domains: 60,
  rotated: 60,
  elapsedMs: 2_400,
  limitMs: 2_360,
  throttled: 0,
  callbacks: { sent: 900, accepted: 900, quarantined: 0, rejected: 0, newKey: 80 },
  forged: { sent: 80, accepted: 0 },
  report: { version: 1, ok: true, action: 'rotate', startedAt: '', finishedAt: '', groups: [] },
}

test.each<[string, Partial<DemoFigures>]>([
  ['a genuine callback was refused', { callbacks: { ...GOOD.callbacks, rejected: 1 } }],
  ['no stream ever signed with the new key', { callbacks: { ...GOOD.callbacks, newKey: 0 } }],
  ['a forged callback was accepted', { forged: { sent: 80, accepted: 1 } }],
  ['a domain was left behind', { rotated: 59 }],
  ['the report says so', { report: { ...GOOD.report, ok: false } }],
])('it is not flawless when %s', (_, fault) => {
  expect(isFlawless(GOOD)).toBe(true)
  const figures = { ...GOOD, ...fault }
  expect(isFlawless(figures)).toBe(false)
  expect(demoText(figures, styleOf(new Written(), {}))).toContain(
    'Something went wrong: a line marked ✗ above does not hold.',
  )
})

test('the figures read as sentences', () => {
  const style = styleOf(new Written(), {})
  const text = demoText({ ...GOOD, cutOff: { shownMs: 5_200, seenMs: 1_800 } }, style)
  expect(text.trim().split('\n')).toEqual([
    '✓ 60 of 60 domains rotated in 2.4 s; the permitted rate allows 2.4 s at best',
    '✓ 0 calls throttled',
    '✓ 900 genuine callbacks: 900 accepted (80 under the new key), 0 quarantined, 0 rejected',
    '✓ 80 forged callbacks: 0 accepted',
    '✓ leaked keys cut off: shown by every instance after 5.2 s, last accepted after 1.8 s',
    '',
    'No genuine callback was refused, and no forged one was accepted.',
  ])
})
