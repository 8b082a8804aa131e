import { describe, expect, it } from 'vitest'
import { RotatorError } from '../../lib/core/errors.ts'
import { throwIfFailed } from '../../lib/rotation/report/outcome.ts'
import { OUTCOMES, type GroupReport, type Outcome, type Report } from '../../lib/rotation/report/report.ts'

const FAILED = { domain: 'live1.example.com', code: 'denied', message: 'no permission' } as const
const BAD: readonly Outcome[] = ['incomplete', 'failed']

function group(name: string, outcome: Outcome, more: Partial<GroupReport> = {}): GroupReport {
  return {
    group: name,
    outcome,
    did: 'nothing',
    phase: 'idle',
    revision: 1,
    kid: null,
    waitingUntil: null,
    domains: { total: 2, set: 0, unchanged: 0, confirmed: 0, failed: [] },
    keys: [],
    calls: {},
    throttled: 0,
    warnings: [],
    ...more,
  }
}

function reportOf(groups: readonly GroupReport[]): Report {
  const ok = !groups.some(({ outcome }) => BAD.includes(outcome))
  const at = '2026-11-24T08:00:00.000Z'
  return { version: 1, ok, action: 'rotate', startedAt: at, finishedAt: at, groups }
}

/** The lines of the error: the sentences, then the report. */
function linesOf(report: Report): string[] {
  try {
    throwIfFailed(report)
  } catch (error) {
    expect(error).toBeInstanceOf(RotatorError)
    expect(error).toMatchObject({ code: 'rotationFailed' })
    return error instanceof RotatorError ? error.message.split('\n') : []
  }
  throw new Error('nothing was thrown')
}

describe('the outcome of a run', () => {
  it.each(OUTCOMES.filter((outcome) => !BAD.includes(outcome)))('%s is the report itself', (outcome) => {
    const report = reportOf([group('east', outcome)])
    expect(throwIfFailed(report)).toBe(report)
  })

  it.each(BAD)('%s is an error that names the group and what went wrong, then has the report', (outcome) => {
    const error = { code: 'denied', message: 'the list could not be read' }
    const report = reportOf([group('east', outcome, { error })])
    const [sentence, json = '', ...rest] = linesOf(report)
    expect(sentence).toBe(`east: ${outcome}: the list could not be read`)
    expect(JSON.parse(json)).toEqual(report)
    expect(rest).toEqual([])
  })

  it('names only the bad groups, once each, and includes all reports', () => {
    const error = { code: 'denied', message: 'no permission' }
    const groups = [
      group('a', 'failed', { error }),
      group('b', 'rotated'),
      group('c', 'incomplete', { error }),
    ]
    const [sentences, json] = linesOf(reportOf(groups))
    expect(sentences).toBe('a: failed: no permission; c: incomplete: no permission')
    expect(json).toContain('"group":"b"')
  })

  it('names the domains that failed if the group has no error of its own', () => {
    const failed = [FAILED, { ...FAILED, domain: 'live2.example.com', code: 'notFound' }]
    const domains = { total: 2, set: 0, unchanged: 0, confirmed: 0, failed }
    const [sentence] = linesOf(reportOf([group('east', 'incomplete', { domains })]))
    expect(sentence).toBe('east: incomplete: live1.example.com (denied), live2.example.com (notFound)')
  })
})
