import { readFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { receiptsOf } from '../../lib/receipts/receipt.ts'
import type { GroupReport, Report } from '../../lib/rotation/report/report.ts'
import { TestClock } from '../support/clock.ts'
import { ModelCloud, request } from '../support/model-cloud.ts'
import { ago, EMERGENCY, groupReport, NOW, reportOf } from './page-reports.ts'
import { folderWith, tryCli } from './support.ts'

/** Runs `report` on a file with this text, and reads what it wrote. */
async function pageOf(text: string) {
  const folder = folderWith({ 'given.json': text })
  const written = join(folder, 'page.html')
  const outcome = await tryCli(['report', '--html', written, '--receipt', join(folder, 'given.json')])
  return { ...outcome, page: existsSync(written) ? readFileSync(written, 'utf8') : null }
}

function receiptOf(group: GroupReport): string {
  const report = { ...reportOf(group), action: 'rotate' as const }
  return JSON.stringify(receiptsOf(report, request(), { user: 'somebody' })[0]?.receipt)
}

test('writes the current state as one file', async () => {
  const cloud = new ModelCloud(new TestClock())
  await tryCli(['rotate'], { cloud })
  const before = cloud.effects.length
  const folder = folderWith({})
  const file = join(folder, 'state.html')
  const { code, out } = await tryCli(['report', '--html', file], { cloud })
  expect(code).toBe(0)
  expect(out).toContain(`${file}: 1 group, as of `)
  const page = readFileSync(file, 'utf8')
  expect(page).toMatch(/^<!doctype html>/)
  expect(page).toContain('3 of 3 domains on key')
  for (const { keyset } of cloud.documents) {
    for (const key of keyset.keys) expect(page).not.toContain(key.key.reveal())
  }
  // Looking changes nothing.
  expect(cloud.effects).toHaveLength(before)
})

test('shows the output of --json', async () => {
  const cloud = new ModelCloud(new TestClock())
  const { out } = await tryCli(['rotate', '--json'], { cloud })
  const { kid } = (JSON.parse(out) as Report).groups[0]!
  const { code, page } = await pageOf(out)
  expect(code).toBe(0)
  expect(page).toContain(`3 of 3 domains on key ${kid}`)
})

test('shows a receipt', async () => {
  const { code, page } = await pageOf(receiptOf({ ...groupReport(), outcome: 'rotated' }))
  expect(code).toBe(0)
  expect(page).toContain('3 of 3 domains on key aaaaaaaaaaaa')
})

test('shows the emergency first in its receipt', async () => {
  const { code, page } = await pageOf(receiptOf({ ...EMERGENCY, outcome: 'incomplete' }))
  expect(code).toBe(0)
  expect(page).toContain('Emergency: aaaaaaaaaaaa leaked')
})

describe('a file of neither kind writes nothing, and the message says what to give', () => {
  const good = JSON.parse(receiptOf({ ...groupReport(), outcome: 'rotated' })) as Record<string, unknown>
  const changed = (changes: object): string =>
    JSON.stringify({ ...good, group: { ...groupReport(), ...changes } })

  test.each<[string, string]>([
    ['no JSON', 'live-key-rotator'],
    ['an empty file', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['another object', '{"format":"live-key-receipt/9"}'],
    ['a receipt without a group', JSON.stringify({ ...good, group: undefined })],
    ['a report of another version', JSON.stringify({ ...reportOf(groupReport()), version: 2 })],
    ['a state that there is not', changed({ keys: [{ kid: 'x', state: 'constructor' }] })],
    ['an outcome that there is not', changed({ outcome: 'toString' })],
    ['a time that is none', changed({ waitingUntil: '<b>soon</b>' })],
    ['domains that are no numbers', changed({ domains: { ...groupReport().domains, total: 'many' } })],
    ['warnings that are no texts', changed({ warnings: [{}] })],
    ['keys that are none', changed({ keys: 'none' })],
  ])('%s', async (_, text) => {
    const { code, err, page } = await pageOf(text)
    expect(code).toBe(2)
    expect(err).toContain('name a receipt, or the output of --json')
    expect(err).not.toContain('    at ')
    expect(page).toBeNull()
  })

  test('a missing file', async () => {
    const file = join(folderWith({}), 'none.json')
    const { code, err } = await tryCli(['report', '--html', '/dev/null', '--receipt', file])
    expect(code).toBe(2)
    expect(err).toContain(`${file} cannot be read as JSON`)
  })
})

test('a missing folder', async () => {
  const file = join(folderWith({}), 'none', 'page.html')
  const { code, err } = await tryCli(['report', '--html', file], { cloud: new ModelCloud(new TestClock()) })
  expect(code).toBe(2)
  expect(err).toContain(`${file} cannot be written: name a file in a folder that exists`)
})

test("shows a receipt's times relative to its own end, not to today", async () => {
  const { page } = await pageOf(receiptOf({ ...EMERGENCY, outcome: 'incomplete' }))
  expect(page).toContain(`As of ${NOW.slice(11, 19)} UTC`)
  expect(page).toContain(`stop trusting it by ${ago(-20).slice(11, 19)} UTC`)
})
