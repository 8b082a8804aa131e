import { describe, expect, test } from 'vitest'
import { startProgress } from '../../lib/cli/progress/progress.ts'
import { styleOf } from '../../lib/cli/style.ts'
import { count } from '../../lib/core/counts.ts'
import { humanDuration, movingDuration } from '../../lib/cli/text/human.ts'
import { table } from '../../lib/cli/text/table.ts'
import { Key } from '../../lib/keyset/key.ts'
import { TestClock } from '../support/clock.ts'
import { ModelCloud } from '../support/model-cloud.ts'
import { ioFor, tryCli, Written } from './support.ts'

const ONE_KEY = Key.generate()
const ESCAPE = '\u001b['

test.each([
  [0, '0 s'],
  [-5, '0 s'],
  [1_234, '1.2 s'],
  [5_000, '5 s'],
  [42_400, '42 s'],
  [59_700, '1 min'],
  [75_000, '1 min 15 s'],
  [3_600_000, '1 h'],
  [3_725_000, '1 h 2 min'],
  [90_000_000, '1 d 1 h'],
  [30 * 86_400_000, '30 d'],
])('%i ms are %s', (ms, text) => {
  expect(humanDuration(ms)).toBe(text)
})

test('a duration that is shown while it changes keeps its width', () => {
  const shown = (step: number) => movingDuration(step * 100)
  expect([0, 40, 42, 99].map(shown)).toEqual(['0.0 s', '4.0 s', '4.2 s', '9.9 s'])
  expect([100, 420, 754].map(shown)).toEqual(['10 s', '42 s', '1 min 15 s'])
  expect(movingDuration(4_000, 'zh')).toBe('4.0 秒')
})

test('counts', () => {
  expect([count(0, 'domain'), count(1, 'domain'), count(1_234, 'domain')]).toEqual([
    '0 domains',
    '1 domain',
    '1,234 domains',
  ])
})

describe('colours', () => {
  const has = (isTTY: boolean, env: Record<string, string>) =>
    styleOf(new Written(isTTY), env).color.red('x').includes(ESCAPE)

  test('are for terminals', () => {
    expect(has(true, {})).toBe(true)
    expect(has(false, {})).toBe(false)
    expect(has(true, { TERM: 'dumb' })).toBe(false)
  })

  test('are off with NO_COLOR, whatever else is set', () => {
    expect(has(true, { NO_COLOR: '1' })).toBe(false)
    expect(has(true, { NO_COLOR: '1', FORCE_COLOR: '1' })).toBe(false)
    expect(has(true, { NO_COLOR: '0' })).toBe(false)
    expect(has(true, { NO_COLOR: '' })).toBe(true)
  })

  test('are on with FORCE_COLOR', () => {
    expect(has(false, { FORCE_COLOR: '1' })).toBe(true)
    expect(has(false, { FORCE_COLOR: '0' })).toBe(false)
  })
})

test('a table has borders in a terminal, and aligned columns in a pipe', () => {
  const rows = [
    ['0f3a', 'current'],
    ['9c11aa', 'previous'],
  ]
  expect(table(['key', 'state'], rows, styleOf(new Written(), {}))).toBe(
    'key     state\n0f3a    current\n9c11aa  previous',
  )
  expect(table(['key', 'state'], rows, styleOf(new Written(true), {}))).toContain('│ 0f3a   │ current')
})

describe('a pipe', () => {
  test('gets plain lines: no escape, and no line for each domain', async () => {
    const domains = Array.from({ length: 500 }, (_, i) => `live${i}.example.com`)
    const cloud = new ModelCloud(new TestClock(), domains)
    for (const domain of domains) cloud.domains.set(domain, { enabled: true, key: ONE_KEY })
    let calls = 0
    cloud.latency = () => 20 * calls++
    const config = `region: cn-shanghai\ngroups: [{ name: g, secret: a/b, discover: { suffix: .example.com } }]\n`
    const { code, out, err } = await tryCli(['reconcile'], { cloud, config })
    expect(code).toBe(0)
    expect(out + err).not.toContain(ESCAPE)
    const steps = err.split('\n').filter((line) => line.includes('reading domains'))
    expect(steps.length).toBeGreaterThan(3)
    expect(steps.length).toBeLessThanOrEqual(10)
    expect(err).toContain('✓ g: read 500 domains')
  })

  test('gets one line for each wait and each receiver', async () => {
    const cloud = new ModelCloud(new TestClock())
    let asked = 0
    cloud.probeAnswer = () => ({ accepted: ++asked > 4, detail: 'it answered 401' })
    const io = ioFor(cloud.clock)
    const progress = startProgress(io)
    const url = 'https://hooks.example.com/live'
    for (let i = 0; i < 3; i++) {
      progress.log({
        level: 'debug',
        event: 'probe',
        group: 'g',
        kid: '0f3a00000000',
        url,
        accepted: false,
        message: 'it answered 401',
      })
      const until = new Date(cloud.clock.now() + 60_000 + i * 1_000).toISOString()
      progress.log({ level: 'info', event: 'waiting', group: 'g', phase: 'publishing', until })
    }
    progress.log({
      level: 'debug',
      event: 'probe',
      group: 'g',
      kid: '0f3a00000000',
      url,
      accepted: true,
      message: 'it answered 204',
    })
    progress.stop()
    expect(io.stderr.text.trim().split('\n')).toEqual([
      `· g: receiver ${url} does not accept the new key yet: it answered 401`,
      '· g: waiting for receivers until 08:01:00 UTC, 1 min',
      `✓ g: receiver ${url} accepts the new key`,
    ])
  })
})

test('gets one line for each instance, even if they answer in turn', () => {
  const clock = new TestClock()
  const io = ioFor(clock)
  const progress = startProgress(io)
  const probe = { level: 'debug', event: 'probe', group: 'g', kid: '0f3a00000000', url: 'https://a' } as const
  for (let turn = 0; turn < 4; turn++) {
    progress.log({ ...probe, accepted: true, message: 'it answered 204' })
    progress.log({ ...probe, accepted: false, message: 'it answered 503' })
  }
  progress.stop()
  expect(io.stderr.text.trim().split('\n')).toEqual([
    '✓ g: receiver https://a accepts the new key',
    '· g: receiver https://a does not accept the new key yet: it answered 503',
  ])
})

test('gets a line for rare events too', () => {
  const io = ioFor(new TestClock())
  const progress = startProgress(io)
  const { log } = progress
  log({ level: 'info', event: 'retired', group: 'g', kids: ['0f3a00000000'] })
  log({ level: 'info', event: 'interrupting', group: 'g', total: 3 })
  for (const stream of ['live/a', 'live/b'])
    log({ level: 'info', event: 'interrupted', group: 'g', domain: 'live1.example.com', stream })
  log({
    level: 'debug',
    event: 'notInterrupted',
    group: 'g',
    domain: 'live1.example.com',
    stream: 'live/c',
    code: 'denied',
    message: 'not allowed',
  })
  log({
    level: 'error',
    event: 'domainFailed',
    group: 'g',
    domain: 'a.b',
    code: 'denied',
    message: 'not allowed',
  })
  log({
    level: 'debug',
    event: 'unreached',
    group: 'g',
    domain: 'a.b',
    code: 'deadline',
    message: 'out of time',
  })
  log({ level: 'warn', event: 'noReceipt', group: 'g', message: 'the bucket is not there' })
  const problem = { code: 'unavailable', message: 'in the report' } as const
  log({ level: 'warn', event: 'unlisted', group: 'g', domain: 'a.b', ...problem })
  log({ level: 'warn', event: 'warning', group: 'g', finding: { kind: 'domainsGone', domains: ['a.b'] } })
  log({ level: 'debug', event: 'call.retry', group: 'g', api: 'Set', attempt: 1, ...problem })
  log({ level: 'info', event: 'applying', group: 'g', kid: '0f3a00000000', total: 0 })
  progress.stop()
  expect(io.stderr.text.trim().split('\n')).toEqual([
    '✓ g: retired 0f3a00000000: nothing can sign with it any more',
    '✓ g: cut 2 of 3 streams in 0 s',
    '✗ g: a.b: not allowed',
    '· g: the bucket is not there',
  ])
})

test('shows after Ctrl-C only what the command itself says: abandoned steps would look done', () => {
  const controller = new AbortController()
  const io = ioFor(new TestClock(), { interrupted: controller.signal })
  const progress = startProgress(io)
  progress.log({ level: 'info', event: 'observing', group: 'g', total: 1 })
  controller.abort(new Error('Ctrl-C'))
  const problem = { code: 'unavailable', message: 'no answer' } as const
  progress.log({ level: 'error', event: 'domainFailed', group: 'g', domain: 'a.b', ...problem })
  progress.log({ level: 'debug', event: 'observed', group: 'g', domain: 'a.b' })
  progress.say({ kind: 'note', text: 'stopping' })
  progress.stop()
  expect(io.stderr.text).toBe('· stopping\n')
})

describe('a terminal', () => {
  test('gets moving bars, which disappear at the end', async () => {
    const clock = new TestClock()
    const io = ioFor(clock, { terminal: true })
    const progress = startProgress(io)
    progress.title('a title')
    progress.ticker(() => 'so many callbacks')
    await expect.poll(() => io.stderr.text).toContain('so many callbacks')
    progress.log({ level: 'info', event: 'applying', group: 'g', kid: '0f3a00000000', total: 3 })
    const domain = 'live1.example.com'
    progress.log({ level: 'debug', event: 'confirmed', group: 'g', domain, kid: '0f3a00000000', attempt: 1 })
    await expect.poll(() => io.stderr.text).toContain('setting domains')
    expect(io.stderr.text).toMatch(/1 of 3/)
    const until = new Date(clock.now() + 42_000).toISOString()
    progress.log({ level: 'info', event: 'waiting', group: 'g', phase: 'publishing', until })
    await expect.poll(() => io.stderr.text).toContain('42 s left')
    progress.log({ level: 'info', event: 'promoted', group: 'g', kid: '0f3a00000000' })
    progress.stop()
    const lines = io.stderr.text
    expect(lines).toContain('key 0f3a00000000 is the current key')
    const end = lines.slice(lines.lastIndexOf('0f3a00000000'))
    expect(end).not.toContain('█')
    expect(end).toContain(`${ESCAPE}?25h`)
  })

  test('gets a table', async () => {
    const { out } = await tryCli(['rotate'], { terminal: true })
    expect(out).toMatch(/│ [0-9a-f]{12} │ current/)
  })
})
