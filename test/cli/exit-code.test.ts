import { expect, test } from 'vitest'
import { exitCodeOf, exitCodeOfError } from '../../lib/cli/exit-code.ts'
import { RotatorError } from '../../lib/core/errors.ts'
import type { GroupReport, Outcome, Report } from '../../lib/rotation/report/report.ts'

function report(...outcomes: Outcome[]): Report {
  const groups = outcomes.map((outcome): GroupReport => ({
    group: outcome,
    outcome,
    did: 'nothing',
    phase: 'idle',
    revision: 1,
    kid: null,
    waitingUntil: null,
    domains: { total: 0, set: 0, unchanged: 0, confirmed: 0, failed: [] },
    keys: [],
    calls: {},
    throttled: 0,
    warnings: [],
  }))
  return { version: 1, ok: true, action: 'rotate', startedAt: '', finishedAt: '', groups }
}

test.each<[Outcome[], number]>([
  [['rotated'], 0],
  [['reconciled'], 0],
  [['notDue', 'rotated'], 0],
  [['planned'], 0],
  [['reported'], 0],
  [['waiting'], 3],
  [['rotated', 'waiting'], 3],
  [['failed'], 1],
  [['incomplete'], 1],
  [['waiting', 'incomplete', 'rotated'], 1],
  [['failed', 'waiting'], 1],
])('%j exits %i', (outcomes, code) => {
  expect(exitCodeOf(report(...outcomes))).toBe(code)
})

test('wrong use and wrong configuration exit 2, everything else 1', () => {
  expect(exitCodeOfError(new RotatorError('usage', ''))).toBe(2)
  expect(exitCodeOfError(new RotatorError('config', ''))).toBe(2)
  expect(exitCodeOfError(new RotatorError('denied', ''))).toBe(1)
  expect(exitCodeOfError(new Error())).toBe(1)
})
