import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { markTold, nextNotices } from '../../lib/notify/next-notices.ts'
import type { Cause, CauseCode } from '../../lib/rotation/report/findings.ts'
import { causeName, MOST_NOTICES, type Notice } from '../../lib/rotation/report/notices.ts'
import type { GroupReport, Outcome } from '../../lib/rotation/report/report.ts'

const NOW = '2027-01-01T00:00:00.000Z'

function report(outcome: Outcome, causes: readonly Cause[] = [], kid = '0f3a0f3a0f3a'): GroupReport {
  return {
    group: 'default',
    outcome,
    did: 'nothing',
    phase: 'idle',
    revision: 3,
    kid,
    waitingUntil: null,
    domains: { total: 3, set: 0, unchanged: 3, confirmed: 3, failed: [] },
    keys: [],
    calls: {},
    throttled: 0,
    warnings: [],
    causes,
  }
}

/** What is told over a list of reports, when every message arrives unless it is said otherwise. */
function told(reports: readonly GroupReport[], arrives: (run: number) => boolean = () => true): string[][] {
  let notices: readonly Notice[] = []
  return reports.map((group, run) => {
    const { notices: next, tell } = nextNotices(notices, group, NOW)
    notices = arrives(run) ? markTold(next, tell, NOW) : next
    return tell.map(({ code, subject }) => causeName(code, subject))
  })
}

const failing = (...domains: string[]): GroupReport =>
  report(
    'incomplete',
    domains.map((subject) => ({ code: 'domainFailed', subject })),
  )

describe('what is told', () => {
  it('repeats a cause only after a run has found it gone', () => {
    const [good, a] = [report('reconciled'), failing('a')]
    expect(told([a, a, a, good, a, good, a, a])).toEqual([
      [],
      ['domainFailed:a'],
      [],
      [],
      [],
      [],
      [],
      ['domainFailed:a'],
    ])
  })

  it('is not affected by runs that say nothing about the group', () => {
    const nothing = (['notDue', 'planned', 'reported', 'waiting'] as const).map((outcome) => report(outcome))
    expect(told([failing('a'), ...nothing, failing('a'), ...nothing, failing('a')]).flat()).toEqual([
      'domainFailed:a',
    ])
  })

  it('includes a failure at once, by its code, until a run does not fail', () => {
    const failed = (subject: string): GroupReport => report('failed', [{ code: 'failed', subject }])
    const runs = [failed('denied'), failed('throttled'), failed('denied'), failing('a'), failed('denied')]
    expect(told(runs)).toEqual([['failed:denied'], ['failed:throttled'], [], [], ['failed:denied']])
  })

  it('keeps what a failed or short run could not see', () => {
    const early = report('incomplete', [{ code: 'receiversRefuse', subject: null }])
    const failed = report('failed', [{ code: 'failed', subject: 'denied' }])
    expect(told([failing('a'), failing('a'), early, failed, failing('a')]).flat()).toEqual([
      'domainFailed:a',
      'failed:denied',
    ])
  })

  it('includes a finished emergency once, as long as its key is the one to be on', () => {
    const done = report('reconciled', [{ code: 'emergencyDone', subject: '0f3a0f3a0f3a' }])
    const next = report('rotated', [], '77ab77ab77ab')
    expect(told([done, failing('a'), failing('a'), done, done, next, done]).flat()).toEqual([
      'emergencyDone:0f3a0f3a0f3a',
      'domainFailed:a',
      'emergencyDone:0f3a0f3a0f3a',
    ])
  })

  it('is retried until a webhook accepts it', () => {
    const [good, drift] = [
      report('reconciled'),
      report('reconciled', [{ code: 'driftRepaired', subject: 'a' }]),
    ]
    const tried = told([drift, good, good, good, good], (run) => run >= 2)
    expect(tried).toEqual([['driftRepaired:a'], ['driftRepaired:a'], ['driftRepaired:a'], [], []])
  })

  it('does not treat the return of a failed domain as drift', () => {
    const back = report('reconciled', [{ code: 'driftRepaired', subject: 'a' }])
    expect(told([failing('a'), failing('a'), back]).flat()).toEqual(['domainFailed:a'])
    expect(told([failing('b'), failing('b'), back]).flat()).toEqual(['domainFailed:b', 'driftRepaired:a'])
  })
})

describe('the notices', () => {
  const code = fc.constantFrom<CauseCode>(
    'failed',
    'domainFailed',
    'driftRepaired',
    'overlapMax',
    'receiversRefuse',
  )
  const cause = fc.record({ code, subject: fc.option(fc.domain(), { nil: null }) })
  const outcome = fc.constantFrom<Outcome>(
    'rotated',
    'reconciled',
    'waiting',
    'notDue',
    'incomplete',
    'failed',
  )
  const group = fc
    .record({ outcome, causes: fc.array(cause, { maxLength: 30 }) })
    .map((one) => report(one.outcome, one.causes))

  it('stay few, with every cause once', () => {
    fc.assert(
      fc.property(
        fc.array(group, { maxLength: 12 }),
        fc.infiniteStream(fc.boolean()),
        (reports, arrivals) => {
          let notices: readonly Notice[] = []
          for (const one of reports) {
            const { notices: next, tell } = nextNotices(notices, one, NOW)
            notices = arrivals.next().value ? markTold(next, tell, NOW) : next
            expect(notices.length).toBeLessThanOrEqual(MOST_NOTICES)
            expect(new Set(notices.map((notice) => notice.cause)).size).toBe(notices.length)
            expect(Math.max(0, ...notices.map(({ count }) => count))).toBeLessThanOrEqual(2)
          }
        },
      ),
    )
  })

  it('do not change if the same cause is seen again after it was told', () => {
    fc.assert(
      fc.property(group, (one) => {
        let notices: readonly Notice[] = []
        for (let run = 0; run < 3; run++) {
          const { notices: next, tell } = nextNotices(notices, one, NOW)
          notices = markTold(next, tell, NOW)
        }
        expect(nextNotices(notices, one, 'later')).toEqual({ notices, tell: [] })
      }),
    )
  })
})
