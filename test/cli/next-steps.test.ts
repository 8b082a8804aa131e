import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../lib/config/parse.ts'
import { commandLine, type Asked } from '../../lib/cli/next/asked.ts'
import { nextSteps } from '../../lib/cli/next/next-steps.ts'
import { RotatorError } from '../../lib/core/errors.ts'
import type { Obstacle } from '../../lib/rotation/report/findings.ts'
import type { GroupReport, Report } from '../../lib/rotation/report/report.ts'
import { TestClock } from '../support/clock.ts'
import { ModelCloud } from '../support/model-cloud.ts'
import { CONFIG, tryCli, type Outcome } from './support.ts'

const LONG_WAIT = CONFIG.replace('groups:', 'ttl: 10m\ngroups:')
const WITH_PROBE = `${CONFIG}    probes: [https://hooks.example.com/live]\n`
const TWO = `${CONFIG}  - { name: other, secret: live/other, domains: [other.example.com] }\n`

function newCloud(): ModelCloud {
  return new ModelCloud(new TestClock())
}

/** The commands at the end of what was printed, without the program's name. */
function nextOf({ out, err }: Outcome): string[] {
  const lines = (out === '' ? err : out).trimEnd().split('\n')
  expect(lines.at(-1)).toMatch(/^next: /)
  return lines
    .filter((line) => line.startsWith('next: '))
    .map((line) => line.replace('next: live-key-rotator ', ''))
}

describe('a run that is done has no next step', () => {
  test.each(['rotate', 'reconcile', 'plan', 'status'])('%s', async (command) => {
    const { code, out } = await tryCli([command], { cloud: newCloud() })
    expect(code).toBe(0)
    expect(out).not.toContain('next:')
  })
})

test('not due: why, until when, and how to rotate anyway', async () => {
  const clock = new TestClock()
  const cloud = new ModelCloud(clock)
  await tryCli(['rotate'], { cloud })
  await clock.advance(10 * 60_000)
  const outcome = await tryCli(['rotate'], { cloud })
  expect(outcome.out).toMatch(
    /^The current key is 10 min old; a rotation is due from 09:01:10 UTC\. To rotate now:$/m,
  )
  expect(nextOf(outcome)).toEqual(['rotate --force'])
})

test('a run with a served id', async () => {
  const clock = new TestClock()
  const cloud = new ModelCloud(clock)
  await tryCli(['rotate', '--id', 'mine'], { cloud })
  await clock.advance(2 * 3_600_000)
  const outcome = await tryCli(['rotate', '--id', 'mine'], { cloud })
  expect(outcome.out).toContain('The run with id mine is done.')
  expect(nextOf(outcome)).toEqual(['rotate'])
})

test('waiting: until when, and how to stay', async () => {
  const outcome = await tryCli(['rotate'], { cloud: newCloud(), config: LONG_WAIT })
  expect(outcome.code).toBe(3)
  expect(outcome.out).toContain('Receivers may not know the key before 08:10:10 UTC.')
  expect(nextOf(outcome)).toEqual(['rotate --wait'])
})

test('stopped: how to continue', async () => {
  const cloud = newCloud()
  const controller = new AbortController()
  void cloud.clock
    .sleep(20_000)
    .then(() => controller.abort(new RotatorError('deadline', 'stopped by Ctrl-C')))
  const outcome = await tryCli(['rotate'], { cloud, interrupted: controller.signal })
  expect(outcome.code).toBe(3)
  expect(nextOf(outcome)).toEqual(['rotate'])
})

describe('an emergency', () => {
  test('asks the receivers, and has streams pushed again', async () => {
    const cloud = newCloud()
    cloud.pushAfterSet = false
    await tryCli(['rotate'], { cloud, config: WITH_PROBE })
    cloud.push('live1.example.com')
    const outcome = await tryCli(['rotate', '--emergency'], { cloud, config: WITH_PROBE })
    expect(nextOf(outcome)).toEqual(['probe', 'rotate --emergency --force --on-running-streams interrupt'])
    expect(outcome.out).toMatch(/^Have up to \d+ running streams? pushed again: /m)
  })

  test('says if repeated that its key is kept, and how to make another one', async () => {
    const cloud = newCloud()
    await tryCli(['rotate', '--emergency'], { cloud })
    const outcome = await tryCli(['rotate', '--emergency'], { cloud })
    expect(outcome.out).toContain('The last emergency is recent, so its key ')
    expect(nextOf(outcome)[0]).toBe('rotate --emergency --force')
  })

  test('is continued if it must wait, not started again', async () => {
    const outcome = await tryCli(['rotate', '--emergency'], { cloud: newCloud(), config: LONG_WAIT })
    expect(nextOf(outcome)[0]).toBe('reconcile --wait')
  })
})

test('a domain that failed: see why, then finish', async () => {
  const cloud = newCloud()
  cloud.broken.set('live2.example.com', { set: new RotatorError('denied', 'not allowed') })
  expect(nextOf(await tryCli(['rotate'], { cloud }))).toEqual(['doctor', 'reconcile'])
})

test('a status that shows drift, or an unfinished rotation', async () => {
  const cloud = newCloud()
  await tryCli(['rotate'], { cloud })
  cloud.domains.set('live2.example.com', { enabled: false, key: null })
  expect(nextOf(await tryCli(['status'], { cloud }))).toEqual(['reconcile'])
  const left = newCloud()
  await tryCli(['rotate'], { cloud: left })
  await tryCli(['rotate', '--force'], { cloud: left, config: LONG_WAIT })
  const status = await tryCli(['status'], { cloud: left, config: LONG_WAIT })
  expect(nextOf(status)).toEqual(['reconcile'])
  // The one under way comes first.
  expect(status.out).not.toContain('the next rotation is due')
})

test('status says when the next rotation is due, and since when no receiver trusts a leaked key', async () => {
  const clock = new TestClock()
  const cloud = new ModelCloud(clock)
  await tryCli(['rotate', '--emergency'], { cloud })
  const early = await tryCli(['status'], { cloud })
  expect(early.out).toMatch(/^ {2}the next rotation is due from 09:0\d:\d\d UTC$/m)
  expect(early.out).toMatch(
    /^ {2}no receiver that reads the keyset has trusted a leaked key since 08:01:\d\d UTC$/m,
  )
  await clock.advance(2 * 3_600_000)
  expect((await tryCli(['status'], { cloud })).out).toMatch(
    /^ {2}a rotation has been due since 09:0\d:\d\d UTC$/m,
  )
})

describe('a rollback', () => {
  test('keeps the named configuration, quoted for the shell', async () => {
    const outcome = await tryCli(['status', '--config', '/no where/rotation.yaml'])
    expect(nextOf(outcome)).toEqual(['init'])
    expect(commandLine(['plan', '--config', "a b/it's.yaml"])).toBe(
      "live-key-rotator plan --config 'a b/it'\\''s.yaml'",
    )
  })

  test('names a group only if the groups differ', async () => {
    const cloud = new ModelCloud(new TestClock(), [
      'live1.example.com',
      'live2.example.com',
      'live3.example.com',
      'other.example.com',
    ])
    const config = TWO.replace('groups:', 'ttl: 10m\ngroups:')
    const one = await tryCli(['rotate', '--group', 'default'], { cloud, config })
    expect(nextOf(one)).toEqual(['rotate --wait --group default'])
  })
})

describe('of a report', () => {
  const config = parseConfig(TWO)
  const GROUP: GroupReport = {
    group: 'default',
    outcome: 'rotated',
    did: 'nothing',
    phase: 'idle',
    revision: 3,
    kid: '0f3a00000000',
    waitingUntil: null,
    domains: { total: 3, set: 3, unchanged: 0, confirmed: 3, failed: [] },
    keys: [{ kid: '0f3a00000000', state: 'current', age: 60, runningStreams: 0, domains: 3 }],
    calls: {},
    throttled: 0,
    warnings: [],
  }
  const reportOf = (...groups: readonly Partial<GroupReport>[]): Report => ({
    version: 1,
    ok: true,
    action: 'rotate',
    startedAt: '2026-11-24T08:00:00.000Z',
    finishedAt: '2026-11-24T08:01:00.000Z',
    groups: groups.map((group, index) => ({ ...GROUP, ...(index === 1 && { group: 'other' }), ...group })),
  })
  const here: Asked = { action: 'rotate', place: [], groups: config.groups }
  const args = (report: Report, asked: Asked = here) =>
    nextSteps(report, asked).map(({ args: all }) => all.join(' '))

  const obstacles: readonly [Obstacle, string[]][] = [
    [{ kind: 'receiversRefuse', receivers: [] }, ['probe --key pending', 'reconcile']],
    [{ kind: 'streamsLeft', streams: [], domains: [] }, ['reconcile']],
    [{ kind: 'tooShort', total: 9 }, ['reconcile --wait']],
    [{ kind: 'superseded', problem: { code: 'conflict', message: 'x' } }, ['status']],
    [{ kind: 'domainsFailed', failed: [], total: 9 }, ['doctor', 'reconcile']],
    [{ kind: 'keysUnknown', failed: [] }, ['doctor', 'reconcile']],
  ]
  test.each(obstacles)('that is incomplete by %j', (finding, next) => {
    const error = { code: 'rotationFailed', message: 'x', finding }
    expect(args(reportOf({ outcome: 'incomplete', did: 'staged', error }))).toEqual(next)
  })

  test.each([
    ['keyset', ['keyset --restore']],
    ['denied', ['doctor']],
    ['unavailable', ['rotate']],
    ['noRollback', ['status']],
    ['a code of another version', ['doctor']],
  ])('that failed by %s', (code, next) => {
    expect(args(reportOf({ outcome: 'failed', error: { code, message: 'x' } }))).toEqual(next)
  })

  describe('of a request that has staged nothing yet: the same request, in full', () => {
    const flags = ['--emergency', '--leaked', '0f3a00000000', '--on-running-streams', 'reject']
    const urgent: Asked = { ...here, emergency: true, flags, place: ['--config', 'a.yaml'] }
    const whole = `rotate ${flags.join(' ')} --config a.yaml`
    const failedBy = (code: string) => reportOf({ outcome: 'failed', error: { code, message: 'x' } })

    test('an emergency while KMS is down', () => {
      expect(args(failedBy('unavailable'), urgent)).toEqual([whole])
      expect(args(failedBy('unavailable'), { ...urgent, invoked: ['--function', 'mine'] })).toEqual([
        `invoke ${flags.join(' ')} --function mine --config a.yaml`,
      ])
    })

    test('an emergency that must not save', () => {
      expect(args(failedBy('denied'), urgent)).toEqual(['doctor --config a.yaml', whole])
    })

    test('an emergency that was stopped', () => {
      expect(args(reportOf({ outcome: 'waiting' }), urgent)).toEqual([whole])
    })

    test('an emergency whose save is done is finished instead', () => {
      expect(args(reportOf({ outcome: 'waiting', did: 'staged' }), urgent)).toEqual([
        'reconcile --config a.yaml',
      ])
    })

    test('a rotation', () => {
      const forced: Asked = { ...here, flags: ['--force'] }
      const unknown: Obstacle = { kind: 'keysUnknown', failed: [] }
      expect(args(failedBy('unavailable'), forced)).toEqual(['rotate --force'])
      const error = { code: 'rotationFailed', message: 'x', finding: unknown }
      expect(args(reportOf({ outcome: 'incomplete', error }), forced)).toEqual(['doctor', 'rotate --force'])
    })
  })

  test('streams that can sign with several leaked keys are not counted as more streams', () => {
    const leaked = (kid: string, runningStreams: number | null) =>
      ({ kid, state: 'compromised', age: 60, runningStreams, domains: 0 }) as const
    const told = (...keys: ReturnType<typeof leaked>[]) => {
      const unknown = { firstInstanceMs: null, allInstancesMs: null, domainsMs: null }
      const cutOff = { savedMs: 1, receiversMs: 1, ...unknown, interrupted: 0 }
      const [next] = nextSteps(reportOf({ keys, cutOff }), here)
      return next?.reason
    }
    const reason = (streams: object | null) => ({ kind: 'pushAgain', streams })
    expect(told(leaked('a', 5), leaked('b', 0))).toEqual(reason({ number: 5, isExact: true }))
    expect(told(leaked('a', 5), leaked('b', 3))).toEqual(reason({ number: 8, isExact: false }))
    expect(told(leaked('a', 5), leaked('b', null))).toEqual(reason(null))
    expect(told(leaked('a', 0))).toBeUndefined()
  })

  test('of several groups: each step once, with its groups', () => {
    const waiting = { outcome: 'waiting', waitingUntil: '2026-11-24T08:05:00.000Z' } as const
    expect(args(reportOf(waiting, waiting))).toEqual(['rotate --wait'])
    expect(args(reportOf(waiting, {}))).toEqual(['rotate --wait --group default'])
    expect(args(reportOf(waiting, { outcome: 'notDue' }))).toEqual([
      'rotate --wait --group default',
      'rotate --force --group other',
    ])
  })

  test('of the deployed function: the same function again', () => {
    const invoked: Asked = { ...here, invoked: ['--function', 'mine'], place: ['--config', 'a.yaml'] }
    const waiting = { outcome: 'waiting', waitingUntil: '2026-11-24T08:05:00.000Z' } as const
    expect(args(reportOf(waiting), invoked)).toEqual(['invoke --function mine --config a.yaml'])
    expect(args(reportOf({ ...waiting, did: 'staged' }), { ...invoked, emergency: true })).toEqual([
      'invoke --action reconcile --function mine --config a.yaml',
    ])
    expect(args(reportOf({ outcome: 'notDue' }), invoked)).toEqual([
      'invoke --force --function mine --config a.yaml',
    ])
  })
})
