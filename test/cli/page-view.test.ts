import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { html } from '../../lib/cli/page/html.ts'
import { renderMain, renderPage } from '../../lib/cli/page/page.ts'
import { Timeline } from '../../lib/cli/page/timeline.ts'
import { pageView } from '../../lib/cli/page/view.ts'
import type { GroupReport, KeyReport } from '../../lib/rotation/report/report.ts'
import {
  ago,
  ASKED,
  EMERGENCY,
  FULL,
  groupReport,
  keyReport,
  NOW,
  OPTIONS,
  reportOf,
} from './page-reports.ts'

function viewOf(group: GroupReport) {
  return pageView(reportOf(group), ASKED).groups[0]!
}

function mainOf(...groups: GroupReport[]): string {
  return renderMain(pageView(reportOf(...groups), ASKED), OPTIONS)
}

describe('the life of a key, in segments', () => {
  const meanings = (times: NonNullable<KeyReport['times']>) =>
    viewOf(groupReport({ keys: [keyReport({ times })] })).keys[0]!.segments.map(({ meaning }) => meaning)

  test.each([
    // Of a key that was found on domains it is not known when it was set.
    [{}, ['current']],
    [{ createdAt: ago(9) }, ['current']],
    [{ createdAt: ago(9), clearedAt: ago(2) }, ['current', 'draining']],
    [{ stagedAt: ago(9) }, ['published']],
    [{ stagedAt: ago(9), appliedAt: ago(5) }, ['published', 'current']],
    [{ stagedAt: ago(9), appliedAt: ago(5), clearedAt: ago(2) }, ['published', 'current', 'draining']],
    [{ stagedAt: ago(9), compromisedAt: ago(5) }, ['published', 'compromised']],
    [{ appliedAt: ago(9), compromisedAt: ago(5) }, ['current', 'compromised']],
    [{ appliedAt: ago(9), clearedAt: ago(7), compromisedAt: ago(5) }, ['current', 'draining', 'compromised']],
    [{ stagedAt: ago(9), appliedAt: ago(9) }, ['current']],
  ])('%j: %j', (times, expected) => {
    expect(meanings(times)).toEqual(expected)
  })

  test('each begins where the previous one ends, and only the last is open', () => {
    const seconds = fc.integer({ min: 0, max: 40 * 86_400 })
    fc.assert(
      fc.property(fc.array(seconds, { minLength: 1, maxLength: 4 }), (ages) => {
        const [stagedAt, appliedAt, clearedAt, compromisedAt] = ages.sort((a, b) => b - a).map(ago)
        const times = {
          ...(stagedAt !== undefined && { stagedAt }),
          ...(appliedAt !== undefined && { appliedAt }),
          ...(clearedAt !== undefined && { clearedAt }),
          ...(compromisedAt !== undefined && { compromisedAt }),
        }
        const { segments } = viewOf(groupReport({ keys: [keyReport({ times })] })).keys[0]!
        for (const [index, { from, until }] of segments.entries()) {
          expect(until).toBe(segments[index + 1]?.from ?? null)
          if (from !== null && until !== null) expect(from < until).toBe(true)
        }
      }),
    )
  })
})

describe('the time axis', () => {
  const age = fc.integer({ min: 0, max: 400 * 86_400 })

  test('runs from left to right within its bounds, whatever is on it', () => {
    fc.assert(
      fc.property(fc.array(age, { minLength: 1, maxLength: 20 }), (ages) => {
        const axis = new Timeline(NOW, ages.map(ago))
        const places = ages.sort((a, b) => b - a).map((one) => axis.at(ago(one)))
        for (const [index, place] of places.entries()) {
          expect(place).toBeGreaterThanOrEqual(places[index - 1] ?? 0)
          expect(place).toBeLessThanOrEqual(100)
        }
        expect(axis.at(null)).toBe(100)
        expect(axis.at(NOW)).toBe(100)
      }),
    )
  })

  test('has marks in order, with room for their labels', () => {
    fc.assert(
      fc.property(age, (oldest) => {
        const { marks } = new Timeline(NOW, [ago(oldest)])
        for (const [index, { at, ageMs }] of marks.entries()) {
          expect(ageMs).toBeLessThanOrEqual(Math.max(120, oldest) * 1_000)
          if (index > 0) expect(at).toBeGreaterThan(marks[index - 1]!.at)
        }
      }),
    )
  })

  test('puts future times at now', () => {
    expect(new Timeline(NOW, [ago(60)]).at(ago(-60))).toBe(100)
  })
})

describe('an emergency', () => {
  test('says who still trusts the leaked key, who does not, and until when', () => {
    expect(viewOf(EMERGENCY).emergency).toEqual({
      kids: ['aaaaaaaaaaaa'],
      untrustedFrom: ago(-20),
      trusting: ['instance-a2'],
      safe: ['instance-a1', 'instance-b1', 'instance-b2'],
      expected: 4,
    })
  })

  test('comes before everything else', () => {
    const main = mainOf(groupReport({ group: 'first' }), { ...EMERGENCY, group: 'second' })
    expect(main.indexOf('class="alarm"')).toBeGreaterThan(-1)
    expect(main.indexOf('class="alarm"')).toBeLessThan(main.indexOf('class="card"'))
    expect(main.indexOf('1 instance still trusts it')).toBeLessThan(main.indexOf('class="card"'))
  })

  test('is over when its time is over and nobody was seen trusting the key', () => {
    const keys = EMERGENCY.keys.map((key) => ({ ...key, untrustedFrom: ago(20) }))
    const over = { ...EMERGENCY, phase: 'draining' as const, keys }
    expect(viewOf(over).emergency?.trusting).toEqual(['instance-a2'])
    expect(viewOf({ ...over, receivers: [] }).emergency).toBeNull()
    expect(viewOf({ ...over, receivers: [], phase: 'applying' }).emergency).not.toBeNull()
  })

  test('does not exist for a found key, which nobody ever trusted', () => {
    const keys = EMERGENCY.keys.map((key) => ({ ...key, found: true as const }))
    expect(viewOf({ ...EMERGENCY, keys }).emergency).toBeNull()
  })

  test('claims no number of instances if none was stated', () => {
    const receivers = EMERGENCY.receivers!.map((one) => ({ ...one, trusting: [], expected: null }))
    expect(viewOf({ ...EMERGENCY, receivers }).emergency?.expected).toBeNull()
    const main = mainOf({ ...EMERGENCY, receivers })
    expect(main).toContain('4 instances no longer trust it')
    expect(main).not.toContain('All 4 instances')
  })

  test('claims all instances only if that many were seen', () => {
    const receivers = EMERGENCY.receivers!.map((one) => ({ ...one, trusting: [] }))
    expect(mainOf({ ...EMERGENCY, receivers })).toContain('All 4 instances no longer trust it')
    const [first, second] = receivers
    const fewer = [first!, { ...second!, instances: second!.instances.slice(1) }]
    expect(mainOf({ ...EMERGENCY, receivers: fewer })).toContain('3 of 4 instances no longer trust it')
  })
})

describe('running streams on old keys', () => {
  test.each([
    ['previous', 2, true],
    ['previous', null, true],
    ['previous', 0, false],
    ['compromised', 1, true],
    ['current', 9, false],
    ['pending', 9, false],
  ] as const)('%s with %s: shown is %s', (state, runningStreams, isShown) => {
    const { streams } = viewOf(groupReport({ keys: [keyReport({ state, runningStreams })] }))
    expect(streams).toHaveLength(isShown ? 1 : 0)
  })
})

describe('foreign text never becomes markup', () => {
  const MARKUP = `<script>alert(1)</script>"' onload='x' &amp;`

  test.each<[string, Partial<GroupReport>]>([
    ['a group', { group: MARKUP }],
    ['a warning', { warnings: [MARKUP] }],
    ['an error', { error: { code: 'denied', message: MARKUP } }],
    ['a kid', { kid: MARKUP, keys: [keyReport({ kid: MARKUP })] }],
    [
      'a domain',
      {
        domains: {
          ...groupReport().domains,
          failed: [{ domain: MARKUP, code: 'denied', message: MARKUP }],
        },
      },
    ],
    [
      'the domain of a stream',
      { keys: [keyReport({ state: 'previous', runningStreams: 1, streamDomains: [MARKUP] })] },
    ],
    [
      'an instance',
      {
        receivers: [
          {
            url: MARKUP,
            accepted: true,
            expected: 1,
            revision: 1,
            instances: [{ id: MARKUP, lineage: 'x', revision: 1, seenAt: NOW }],
          },
        ],
      },
    ],
    ['a leaked kid', { keys: [keyReport({ kid: MARKUP, state: 'compromised', untrustedFrom: ago(-9) })] }],
  ])('%s', (_, changes) => {
    const page = renderPage(pageView(reportOf(groupReport(changes)), ASKED), OPTIONS)
    expect(page).not.toContain('<script')
    expect(page).not.toContain("onload='x'")
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39; onload=&#39;x&#39; &amp;amp;')
  })

  test('puts any text between quotes and tags literally', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const inner = html`${text}`.text
        expect(inner).not.toMatch(/[<>"']/)
        const back = inner
          .replaceAll('&lt;', '<')
          .replaceAll('&gt;', '>')
          .replaceAll('&quot;', '"')
          .replaceAll('&#39;', "'")
          .replaceAll('&amp;', '&')
        expect(back).toBe(text)
      }),
    )
  })
})

test('makes a small page that needs no network', () => {
  const page = renderPage(pageView(reportOf(FULL, { ...FULL, group: 'other' }, EMERGENCY), ASKED), OPTIONS)
  expect(page).not.toMatch(/<(link|img|script|iframe|object)|@import|url\(|\b(src|href)=/i)
  expect(page.length).toBeLessThan(300_000)
})
