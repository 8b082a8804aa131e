import { describe, expect, test } from 'vitest'
import { shownPhase, stationsOf } from '../../lib/cli/page/stations.ts'
import { renderMain } from '../../lib/cli/page/page.ts'
import { pageView } from '../../lib/cli/page/view.ts'
import type { GroupReport } from '../../lib/rotation/report/report.ts'
import { groupConfig } from '../support/model-cloud.ts'
import { ago, ASKED, EMERGENCY, groupReport, keyReport, OPTIONS, reportOf } from './page-reports.ts'

const pending = keyReport({ state: 'pending', times: { stagedAt: ago(20) }, domains: 0 })
const old = keyReport({ kid: 'cccccccccccc', state: 'previous', runningStreams: 4 })
const PUBLISHING = groupReport({
  phase: 'publishing',
  keys: [pending, old],
  domains: { ...groupReport().domains, confirmed: 0 },
})

/** Each station as its progress and when it is, for short. */
function wayOf(group: GroupReport): string[] {
  return stationsOf(group, groupConfig()).map(({ name, progress, at }) => `${name} ${progress} ${at ?? '-'}`)
}

test('says until when at the latest some receivers may not know a key', () => {
  expect(wayOf(PUBLISHING)).toEqual([
    `staged done ${ago(20)}`,
    // A ttl of a minute and ten seconds of margin.
    `published now ${ago(20 - 70)}`,
    'applied next -',
    'retired next -',
  ])
})

test('prefers what a run says about its wait to an estimate', () => {
  expect(wayOf({ ...PUBLISHING, waitingUntil: ago(-5) })[1]).toBe(`published now ${ago(-5)}`)
})

test('shows a key that domains are being set to', () => {
  const group = { ...PUBLISHING, domains: { ...PUBLISHING.domains, confirmed: 2 } }
  expect(shownPhase(group)).toBe('applying')
  expect(wayOf(group).map((station) => station.split(' ')[1])).toEqual(['done', 'done', 'now', 'next'])
  expect(stationsOf(group, undefined)[2]).toMatchObject({ done: 2, total: 3 })
})

describe('old keys', () => {
  const current = keyReport({ times: { stagedAt: ago(900), appliedAt: ago(800) } })
  const withOld = (changes: Partial<typeof old>) =>
    stationsOf(groupReport({ phase: 'draining', keys: [current, { ...old, ...changes }] }), groupConfig())[3]

  test('may leave after the overlap, unless streams hold them back', () => {
    const times = { clearedAt: ago(60) }
    expect(withOld({ times })).toMatchObject({ progress: 'now', at: ago(60 - 600), total: 4 })
  })

  test('have no departure time while a domain is on them', () => {
    expect(withOld({})).toMatchObject({ progress: 'now', at: null })
  })

  test('are held back by an unknown number of streams', () => {
    expect(withOld({ runningStreams: null })).toMatchObject({ total: null })
  })

  test('are gone', () => {
    const group = groupReport({ keys: [current] })
    expect(stationsOf(group, groupConfig())[3]).toMatchObject({ progress: 'done' })
  })
})

test('claims nothing about a found key, or about a group without keys', () => {
  expect(stationsOf(groupReport({ keys: [keyReport({ times: {} })] }), groupConfig())).toEqual([])
  expect(stationsOf(groupReport({ kid: null, keys: [] }), groupConfig())).toEqual([])
})

test('estimates no time without the configuration', () => {
  expect(stationsOf(PUBLISHING, undefined)[1]).toMatchObject({ progress: 'now', at: null })
})

test('is also described in words on the page', () => {
  const asked = { ...ASKED, groups: [groupConfig()] }
  const main = renderMain(pageView(reportOf(EMERGENCY), asked), OPTIONS).replace(/<[^>]+>|\s+/g, ' ')
  const text = main.replace(/ +/g, ' ')
  expect(text).toContain('Published done 4 of 4 instances know it')
  expect(text).toContain('Applied in progress 1 of 3 domains')
  expect(text).toContain('Old keys retired to come 5 running streams may still sign with them')
})

test('keeps the due time of a rotation stable while somebody watches', () => {
  const asked = { ...ASKED, groups: [groupConfig()] }
  const young = groupReport({ keys: [keyReport({ age: 60 })] })
  const dueAt = (now: string) => pageView(reportOf(young), asked, now).groups[0]?.dueAt
  expect(dueAt(ago(-30))).toBe(dueAt(ago(0)))
})
