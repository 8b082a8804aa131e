import { describe, expect, test } from 'vitest'
import { styleOf } from '../../lib/cli/style.ts'
import { reportText } from '../../lib/cli/text/report-text.ts'
import { RotatorError } from '../../lib/core/errors.ts'
import type { GroupPorts } from '../../lib/rotation/ports.ts'
import type { Report } from '../../lib/rotation/report/report.ts'
import { TestClock } from '../support/clock.ts'
import { ModelCloud } from '../support/model-cloud.ts'
import { tryCli, Written } from './support.ts'

function newCloud(): ModelCloud {
  return new ModelCloud(new TestClock())
}

const DENIED = new RotatorError('denied', 'kms:PutSecretValue is not allowed')

/** Ports of which one call to KMS is not allowed. */
function denies(call: 'load' | 'save'): (ports: GroupPorts) => GroupPorts {
  return (ports) => ({ ...ports, keysets: { ...ports.keysets, [call]: () => Promise.reject(DENIED) } })
}

test.each(['quarantine', 'interrupt'])(
  'a compromised key shows what happens to its streams: %s',
  async (mode) => {
    const cloud = newCloud()
    cloud.pushAfterSet = false
    await tryCli(['rotate'], { cloud })
    cloud.push('live1.example.com')
    cloud.broken.set('live1.example.com', { streams: new RotatorError('unavailable', 'not now') })
    const rotated = await tryCli(['rotate', '--emergency', '--on-running-streams', mode], { cloud })
    expect(rotated.out).toMatch(new RegExp(`^ {2}[0-9a-f]{12} {2}compromised \\(${mode}\\) {2}`, 'm'))

    const { out } = await tryCli(['status', '--json'], { cloud })
    const { keys } = (JSON.parse(out) as Report).groups[0]!
    const compromised = keys.filter(({ state }) => state === 'compromised')
    expect(compromised).not.toEqual([])
    for (const key of compromised) expect(key.onRunningStreams).toBe(mode)
    // The fresh key is nothing that streams are cut for.
    for (const key of keys)
      if (key.state !== 'compromised') expect(key).not.toHaveProperty('onRunningStreams')
  },
)

test('an emergency shows when each instance was seen no longer trusting a leaked key', async () => {
  const cloud = newCloud()
  await tryCli(['rotate'], { cloud })
  const { out } = await tryCli(['rotate', '--emergency', '--json'], { cloud })
  const report = JSON.parse(out) as Report
  const instance = (id: string, second: number) => ({
    id,
    lineage: '5b0c2f9e41d7',
    revision: 3,
    seenAt: report.finishedAt.replace(/\d\d\.\d+Z$/, `0${second}.000Z`),
  })
  const receiver = {
    url: 'https://hooks.example.com/live',
    accepted: true,
    instances: [instance('ca6e52cd4255', 1), instance('77d8165b561a', 2)],
    expected: 3,
    revision: 3,
  }
  const groups = report.groups.map((group) => ({ ...group, receivers: [receiver] }))
  const text = (LIVE_KEY_LANG: string) =>
    reportText({ ...report, groups }, styleOf(new Written(), { TZ: 'UTC', LIVE_KEY_LANG }))
  expect(text('en')).toMatch(
    / {4}2 of 3 instances of https:\S+live seen without it: ca6e52cd4255 at \d\d:\d\d:01 UTC, 77d8165b561a at \d\d:\d\d:02 UTC\n/,
  )
  expect(text('zh')).toMatch(
    / {4}https:\S+live 的 3 个实例中有 2 个已确认不再信任它：ca6e52cd4255（\d\d:\d\d:01 UTC）、/,
  )
  const unknown = groups.map((group) => ({ ...group, receivers: [{ ...receiver, expected: null }] }))
  expect(reportText({ ...report, groups: unknown }, styleOf(new Written(), {}))).toContain(
    '2 instances of https:',
  )
  const single = groups.map((group) => ({
    ...group,
    receivers: [{ ...receiver, instances: [instance('ca6e52cd4255', 1)], expected: null }],
  }))
  expect(reportText({ ...report, groups: single }, styleOf(new Written(), {}))).toContain(
    '1 instance of https:',
  )
})

test('says once what failed alike, and what failed otherwise by itself', async () => {
  const { out } = await tryCli(['status', '--json'], { cloud: newCloud() })
  const report = JSON.parse(out) as Report
  const failure = (index: number, action: string) => ({
    domain: `live${index}.example.com`,
    code: 'denied',
    message: `${action} for domain live${index}.example.com failed (Forbidden.RAM, request 1F-${index}); allow live:${action}`,
  })
  const denied = Array.from({ length: 60 }, (_, index) => failure(index + 1, 'Set'))
  const failed = [...denied, failure(61, 'Query')]
  const groups = report.groups.map((group) => ({ ...group, domains: { ...group.domains, failed } }))
  const text = (LIVE_KEY_LANG: string) =>
    reportText({ ...report, groups }, styleOf(new Written(), { TZ: 'UTC', LIVE_KEY_LANG }))
  const failures = (shown: string) => shown.split('\n').filter((line) => line.startsWith('  ✗ '))
  expect(failures(text('en'))).toEqual([
    '  ✗ live1.example.com (denied): Set for domain live1.example.com failed (Forbidden.RAM, request 1F-1); allow live:Set',
    '  ✗ the same for live2.example.com, live3.example.com, live4.example.com, live5.example.com, live6.example.com and 54 more',
    '  ✗ live61.example.com (denied): Query for domain live61.example.com failed (Forbidden.RAM, request 1F-61); allow live:Query',
  ])
  expect(failures(text('zh'))).toContain(
    '  ✗ 同样失败：live2.example.com、live3.example.com、live4.example.com、live5.example.com、live6.example.com 等 59 个',
  )
  const different = denied.map((one, index) => ({ ...one, code: `code${index}` }))
  const many = report.groups.map((group) => ({ ...group, domains: { ...group.domains, failed: different } }))
  const shown = failures(reportText({ ...report, groups: many }, styleOf(new Written(), {})))
  expect(shown).toHaveLength(21)
  expect(shown.at(-1)).toBe('  ✗ and 40 more domains: --json names them all')
})

test('names a few of the domains whose streams hold back an old key', async () => {
  const cloud = newCloud()
  await tryCli(['rotate'], { cloud })
  const { out } = await tryCli(['status', '--json'], { cloud })
  const report = JSON.parse(out) as Report
  const streamDomains = Array.from({ length: 12 }, (_, index) => `live${index + 1}.example.com`)
  const groups = report.groups.map((group) => ({
    ...group,
    keys: group.keys.map((key) => ({ ...key, streamDomains })),
  }))
  expect(reportText({ ...report, groups }, styleOf(new Written(), {}))).toMatch(
    /for example on live1\.example\.com, .*, live5\.example\.com and 7 more$/m,
  )
})

describe('how many domains are on the key', () => {
  test('has a first line and a table that add up if authentication is off', async () => {
    const cloud = newCloud()
    await tryCli(['rotate'], { cloud })
    const { key } = cloud.domains.get('live2.example.com')!
    cloud.domains.set('live2.example.com', { enabled: false, key })
    const { out } = await tryCli(['status'], { cloud })
    expect(out).toMatch(
      /^default: reported · 2 of 3 domains on key [0-9a-f]{12}, 1 more with authentication off · draining/,
    )
    expect(out).toMatch(/^ {2}[0-9a-f]{12} {2}current +0 s +3 /m)
    expect(out).toContain('live2.example.com: not on the current key, or authentication is off')
  })

  test('a domain on another key is not called switched off', async () => {
    const cloud = newCloud()
    await tryCli(['rotate'], { cloud })
    const { key } = newCloud().domains.get('live2.example.com')!
    cloud.domains.set('live2.example.com', { enabled: true, key })
    const { out } = await tryCli(['status'], { cloud })
    expect(out).toMatch(/^default: reported · 2 of 3 domains on key [0-9a-f]{12} · draining/)
  })
})

describe('a group without a revision', () => {
  const keysetOf = (out: string) => (JSON.parse(out) as Report).groups[0]?.keyset

  test('has no keyset yet if the secret was read and the first save failed', async () => {
    const around = denies('save')
    const { code, out } = await tryCli(['rotate'], { cloud: newCloud(), around })
    expect(code).toBe(1)
    expect(out).toMatch(/^default: failed · 3 domains · idle · no keyset yet\n {2}denied: kms:PutSecretValue/)
    const json = await tryCli(['rotate', '--json'], { cloud: newCloud(), around })
    expect(keysetOf(json.out)).toBe('absent')
  })

  test('was not read if reading failed: its phase is not mentioned', async () => {
    const around = denies('load')
    const { code, out } = await tryCli(['rotate'], { cloud: newCloud(), around })
    expect(code).toBe(1)
    expect(out).toMatch(/^default: failed · 3 domains · keyset not read\n {2}denied: /)
    const json = await tryCli(['status', '--json'], { cloud: newCloud(), around })
    expect(keysetOf(json.out)).toBe('unread')
  })

  test('has a revision if it has a keyset, whatever failed', async () => {
    const cloud = newCloud()
    await tryCli(['rotate'], { cloud })
    const { out } = await tryCli(['rotate', '--force', '--json'], { cloud, around: denies('save') })
    expect((JSON.parse(out) as Report).groups[0]).toMatchObject({ outcome: 'failed', revision: 2 })
    expect(keysetOf(out)).toBeUndefined()
  })
})
