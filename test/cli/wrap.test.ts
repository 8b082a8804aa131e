import fc from 'fast-check'
import { stripVTControlCharacters } from 'node:util'
import pc from 'picocolors'
import { describe, expect, test } from 'vitest'
import { barLine } from '../../lib/cli/progress/bar-line.ts'
import { startProgress } from '../../lib/cli/progress/progress.ts'
import type { Style } from '../../lib/cli/style.ts'
import { displayWidth } from '../../lib/cli/text/display-width.ts'
import { humanAge } from '../../lib/cli/text/human.ts'
import { localTime } from '../../lib/cli/text/local-time.ts'
import { asTyped } from '../../lib/cli/text/next-line.ts'
import { table } from '../../lib/cli/text/table.ts'
import { wrapText } from '../../lib/cli/text/wrap.ts'
import { TestClock } from '../support/clock.ts'
import { ioFor, Written } from './support.ts'

const colors = pc.createColors(true)

describe('wrapping', () => {
  test.each([
    ['a line that fits stays as it is', 'fits', 4, 'fits'],
    ['what follows stands under the text', '  ! fix the domains', 12, '  ! fix the\n    domains'],
    ['the mark may have a colour', `${colors.green('✓')} set 60 domains`, 10, '✓ set 60\n  domains'],
    ['the line may have a colour', colors.red('  ✗ not allowed here'), 13, '  ✗ not\n    allowed\n    here'],
    [
      'steps of a plan',
      '  1. wait until receivers know it',
      20,
      '  1. wait until\n     receivers know\n     it',
    ],
    [
      'a word is never broken',
      'see https://example.com/a/long/path now',
      10,
      'see\nhttps://example.com/a/long/path\nnow',
    ],
    [
      'a command can be copied',
      'next: rotate --wait --group default',
      24,
      'next: rotate --wait \\\n      --group default',
    ],
    ['a pipe has no width', 'a long line', Infinity, 'a long line'],
  ])('%s', (_, text, width, wrapped) => {
    expect(stripVTControlCharacters(wrapText(text, width))).toBe(wrapped)
  })

  test('makes no line too wide, and loses or breaks no word', () => {
    const word = fc
      .string({ minLength: 1, maxLength: 20, unit: 'grapheme-ascii' })
      .map((text) => text.replace(/\s/g, 'x'))
    const line = fc.tuple(
      fc.constantFrom('', '  ', '  ✗ ', '· '),
      fc.array(word, { minLength: 1, maxLength: 30 }),
    )
    fc.assert(
      fc.property(line, fc.integer({ min: 26, max: 100 }), ([lead, words], width) => {
        const wrapped = wrapText(lead + words.join(' '), width)
        for (const one of wrapped.split('\n')) expect(displayWidth(one)).toBeLessThanOrEqual(width)
        expect(wrapped.split(/\s+/).filter(Boolean)).toEqual(
          (lead + words.join(' ')).split(/\s+/).filter(Boolean),
        )
      }),
    )
  })
})

describe('a table in a terminal', () => {
  const style = (width: number): Style => ({
    terminal: true,
    color: pc.createColors(false),
    width,
    timeZone: 'UTC',
    language: 'en',
  })
  const HEAD = ['receiver', 'answer']
  const ROWS = [['https://hooks.example.com/live/snapshot', 'does not accept the new key yet']]

  test.each([120, 80, 60])('is no wider than %i columns, and breaks no word', (width) => {
    const shown = table(HEAD, ROWS, style(width), 2)
    for (const line of shown.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(width - 2)
    for (const word of ROWS.flat().flatMap((cell) => cell.split(' '))) expect(shown).toContain(word)
    expect(shown).toContain('│')
  })

  test('breaks Chinese between characters', () => {
    const cell = '接收端还没有接受新的密钥，请稍后再看'
    const shown = table(['接收端', '应答'], [['https://hooks.example.com/live/snapshot', cell]], style(64))
    expect(shown).toContain('│')
    for (const line of shown.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(64)
    expect(shown.replace(/[^\p{sc=Han}，]/gu, '')).toContain(cell)
  })

  test('becomes lines if single words are too wide', () => {
    expect(table(HEAD, ROWS, style(40))).toBe(
      'https://hooks.example.com/live/snapshot\n  answer  does not accept the new key yet',
    )
  })
})

test('gives a bar the room that its text leaves', () => {
  const line = { label: 'a-long-name-of-a-group: setting domains', done: 5, total: 10, detail: '5/10, 12 s' }
  for (const width of [200, 80, 60, 30]) {
    expect(displayWidth(barLine(line, width, (bar) => bar))).toBeLessThanOrEqual(width)
  }
  expect(barLine(line, 80, (bar) => bar)).toContain('█')
  expect(barLine({ ...line, done: 12 }, 80, (bar) => bar)).not.toContain('░')
})

test('shows a bar to its end in a terminal with colours', async () => {
  const clock = new TestClock()
  const stderr = new Written(true, 80)
  const io = { ...ioFor(clock), stderr, env: { TZ: 'UTC' } }
  const progress = startProgress(io)
  const domain = 'live1.example.com'
  progress.log({ event: 'inspecting', level: 'info', group: 'a-group', total: 60 })
  progress.log({ event: 'inspected', level: 'debug', group: 'a-group', domain })
  await clock.advance(60_000)
  await expect.poll(() => stderr.text).toContain('1 of 60, 59 min left')
  progress.stop()
  expect(stderr.text).toContain(colors.cyan('').slice(0, 3))
  const bars = stripVTControlCharacters(stderr.text.replaceAll('\u001b[1G', '\n')).split('\n')
  // On a slow machine a bar is drawn before the minute is over.
  for (const bar of bars.filter((line) => line.includes('░'))) expect(bar).toMatch(/ of 60(, .+ left)?$/)
})

test('suggests npx if the command was run by npx', () => {
  const npx = { npm_lifecycle_event: 'npx' }
  const text = `the live-key-rotator emulator\nnext: ${colors.bold('live-key-rotator plan')}`
  expect(stripVTControlCharacters(asTyped(text, npx))).toBe(
    'the live-key-rotator emulator\nnext: npx live-key-rotator plan',
  )
  expect(asTyped('下一步: live-key-rotator plan', npx)).toBe('下一步: npx live-key-rotator plan')
  expect(asTyped(text, {})).toBe(text)
})

test('counts wide characters twice and colours not at all', () => {
  expect([displayWidth('轮换 key'), displayWidth(colors.red('key')), displayWidth('…✓')]).toEqual([8, 3, 2])
})

test.each([
  [0, '0 s'],
  [119_999, '119 s'],
  [120_000, '2 min'],
  [5_400_000, '90 min'],
  [172_799_000, '47 h'],
  [40 * 86_400_000, '40 d'],
])('an age of %i ms is %s', (ms, text) => {
  expect(humanAge(ms)).toBe(text)
})

test.each([
  ['UTC', '08:00:00 UTC'],
  ['Europe/Berlin', '09:00:00 CET'],
  ['Asia/Shanghai', '16:00:00 GMT+8'],
  ['Pacific/Kiritimati', '22:00:00 GMT+14'],
])('a time in %s', (timeZone, text) => {
  expect(localTime('2026-11-24T08:00:00.000Z', '2026-11-24T08:59:00.000Z', timeZone)).toBe(text)
})

test('shows the date of a time on another day', () => {
  const at = Date.parse('2026-11-24T20:00:00Z')
  expect(localTime(at, at - 3_600_000, 'UTC')).toBe('20:00:00 UTC')
  expect(localTime(at, at - 86_400_000, 'UTC')).toBe('2026-11-24 20:00:00 UTC')
  expect(localTime(at, at - 5 * 3_600_000, 'Asia/Shanghai')).toBe('2026-11-25 04:00:00 GMT+8')
})
