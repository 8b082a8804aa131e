import { describe, expect, test } from 'vitest'
import { RotatorError } from '../../lib/core/errors.ts'
import type { GroupPorts } from '../../lib/rotation/ports.ts'
import type { Report } from '../../lib/rotation/report/report.ts'
import { TestClock } from '../support/clock.ts'
import { ModelCloud } from '../support/model-cloud.ts'
import { CONFIG, tryCli, type Outcome } from './support.ts'

const LONG_WAIT = CONFIG.replace('groups:', 'ttl: 10m\ngroups:')

function newCloud(): ModelCloud {
  return new ModelCloud(new TestClock())
}

function reportOf({ out }: Outcome): Report {
  return JSON.parse(out) as Report
}

describe('rotate', () => {
  test('rotates, waiting for receivers, and exits 0', async () => {
    const cloud = newCloud()
    const outcome = await tryCli(['rotate', '--json', '--reason', 'a test'], { cloud })
    expect(outcome.code).toBe(0)
    expect(reportOf(outcome).groups[0]).toMatchObject({
      outcome: 'rotated',
      domains: { set: 3, confirmed: 3 },
    })
    expect(cloud.refusals).toEqual([])
  })

  test('gives each run an id, or takes the one given', async () => {
    const cloud = newCloud()
    await tryCli(['rotate'], { cloud })
    expect(cloud.keyset?.keys[0]?.request).toMatch(/^cli-[0-9a-f]{12}$/)
    await tryCli(['rotate', '--force', '--id', 'mine'], { cloud })
    expect(cloud.keyset?.keys[0]?.request).toBe('mine')
  })

  test('waits no longer than five minutes for receivers, and exits 3', async () => {
    const cloud = newCloud()
    const outcome = await tryCli(['rotate', '--json'], { cloud, config: LONG_WAIT })
    expect(outcome.code).toBe(3)
    expect(reportOf(outcome).groups[0]).toMatchObject({ outcome: 'waiting', domains: { set: 0 } })
    expect(cloud.keyset?.keys[0]?.state).toBe('pending')
  })

  test('stays until it is done with --wait', async () => {
    const cloud = newCloud()
    const outcome = await tryCli(['rotate', '--wait', '--json'], { cloud, config: LONG_WAIT })
    expect(outcome.code).toBe(0)
    expect(reportOf(outcome).groups[0]?.outcome).toBe('rotated')
  })

  test('is not due a second time, and exits 0', async () => {
    const cloud = newCloud()
    await tryCli(['rotate'], { cloud })
    const outcome = await tryCli(['rotate'], { cloud })
    expect(outcome.code).toBe(0)
    expect(outcome.out).toContain('default: notDue · key ')
  })

  test('names a domain that fails, and exits 1', async () => {
    const cloud = newCloud()
    cloud.broken.set('live2.example.com', {
      set: new RotatorError('denied', 'live:SetSnapshotCallbackAuth is not allowed'),
    })
    const outcome = await tryCli(['rotate'], { cloud })
    expect(outcome.code).toBe(1)
    expect(outcome.out).toContain('default: incomplete')
    expect(outcome.out).toContain('✗ live2.example.com (denied): live:SetSnapshotCallbackAuth is not allowed')
  })

  test('says how long the cut-off of an emergency took', async () => {
    const cloud = newCloud()
    await tryCli(['rotate'], { cloud })
    const outcome = await tryCli(['rotate', '--emergency', '--on-running-streams', 'reject'], { cloud })
    expect(outcome.code).toBe(0)
    expect(outcome.out).toMatch(/cut off: saved after 0 s, no receiver trusts a leaked key after 1 min/)
  })

  test('ends as waiting at Ctrl-C during the wait; the next run continues with the same key', async () => {
    const cloud = newCloud()
    const controller = new AbortController()
    void cloud.clock.sleep(20_000).then(() => {
      controller.abort(new RotatorError('deadline', 'stopped by Ctrl-C'))
    })
    const stopped = await tryCli(['rotate', '--json'], { cloud, interrupted: controller.signal })
    expect(stopped.code).toBe(3)
    const { kid } = reportOf(stopped).groups[0] ?? {}
    expect(kid).toMatch(/^[0-9a-f]{12}$/)
    const next = await tryCli(['rotate', '--json'], { cloud })
    expect(next.code).toBe(0)
    expect(reportOf(next).groups[0]).toMatchObject({ outcome: 'rotated', kid })
  })
})

describe('Ctrl-C while domains are read', () => {
  /** Aborted when the first domain is read, and others are still to be. */
  function stoppedEarly(): { cloud: ModelCloud; interrupted: AbortSignal } {
    const cloud = newCloud()
    const controller = new AbortController()
    let calls = 0
    cloud.latency = () => 1_000 * calls++
    void cloud.clock.sleep(1_500).then(() => {
      controller.abort(new RotatorError('deadline', 'stopped by Ctrl-C'))
    })
    return { cloud, interrupted: controller.signal }
  }

  test.each(['rotate', 'reconcile'])(
    'ends %s as waiting, without asking for a longer timeout',
    async (command) => {
      const { cloud, interrupted } = stoppedEarly()
      const { code, out, err } = await tryCli([command], { cloud, interrupted })
      expect(code).toBe(3)
      expect(out).toMatch(/^default: waiting · 3 domains · idle · no keyset yet\n/)
      expect(out).toMatch(/^ {2}the run ended before everything was done; the next run continues$/m)
      expect(out).not.toContain('timeout')
      expect(err.replace(/cli-[0-9a-f]{12}/, 'ID')).toBe(
        `· ${command}, run ID\n· default: reading domains: 1 of 3\n· stopping: what is done stays done, and the next run continues from there (Ctrl-C again to quit at once)\n`,
      )
      expect(cloud.effects).toEqual([])
    },
  )

  test.each(['status', 'plan', 'rotate --dry-run'])(
    'fails %s, because a report of only some domains would mislead',
    async (command) => {
      const args = command.split(' ')
      const { code, out, err } = await tryCli(args, stoppedEarly())
      expect([code, out]).toEqual([3, ''])
      expect(err).toBe(
        `· reading the keyset and the domains; this changes nothing\n· default: reading domains: 1 of 3\n· stopping (Ctrl-C again to quit at once)\nerror: stopped before everything was read; nothing was changed\nnext: live-key-rotator ${command}\n`,
      )
      const json = await tryCli([...args, '--json'], stoppedEarly())
      expect(JSON.parse(json.out)).toMatchObject({ ok: false, error: { code: 'deadline' } })
    },
  )
})

test.each([
  ['keyset', 3, /^error: stopped before the keyset was read\nnext: live-key-rotator keyset\n$/],
  ['rotate', 3, /^· rotate, run cli-[0-9a-f]{12}\n· stopping: /],
])('Ctrl-C while KMS does not answer ends %s', async (command, exitCode, told) => {
  const cloud = newCloud()
  const controller = new AbortController()
  const around = (ports: GroupPorts): GroupPorts => ({
    ...ports,
    keysets: { ...ports.keysets, load: () => new Promise(() => undefined) },
  })
  void cloud.clock.sleep(1_000).then(() => controller.abort(new RotatorError('deadline', 'Ctrl-C')))
  const { code, err } = await tryCli([command], { cloud, around, interrupted: controller.signal })
  expect(code).toBe(exitCode)
  expect(err).toMatch(told)
})

describe('the other actions', () => {
  test('plan reads only', async () => {
    const cloud = newCloud()
    const outcome = await tryCli(['plan'], { cloud })
    expect(outcome.code).toBe(0)
    expect(outcome.out).toContain('1. stage a new key')
    expect(outcome.out).toContain('1 min 10 s until receivers know the key')
    expect(cloud.effects).toEqual([])
  })

  test('plan says that a rotation would end incomplete where a domain cannot be read', async () => {
    const cloud = newCloud()
    cloud.broken.set('live2.example.com', { query: new RotatorError('denied', 'not allowed') })
    const { code, out } = await tryCli(['plan'], { cloud })
    expect(code).toBe(0)
    expect(out).toContain(
      '  a rotation would end incomplete: live2.example.com cannot be read; fix or remove it, or add it to apply.tolerate\n',
    )
    expect(out).toMatch(/^next: live-key-rotator doctor\n$/m)
    const config = `${CONFIG}    apply: { tolerate: [live2.example.com] }\n`
    const tolerated = await tryCli(['plan'], { cloud, config })
    expect(tolerated.out).not.toContain('would end incomplete')
    expect(tolerated.out).not.toContain('next:')
  })

  test('plan --emergency says what each choice would do to running streams', async () => {
    const cloud = newCloud()
    cloud.push('live1.example.com')
    const { out } = await tryCli(['plan', '--emergency'], { cloud })
    expect(out).toContain('--on-running-streams interrupt: cuts 1 running stream on 1 domain once each')
  })

  test('rotate --dry-run does the same', async () => {
    const cloud = newCloud()
    const outcome = await tryCli(['rotate', '--dry-run', '--json'], { cloud })
    expect(reportOf(outcome).groups[0]?.outcome).toBe('planned')
    expect(cloud.effects).toEqual([])
  })

  test('status shows every key with its age and who still signs with it', async () => {
    const cloud = newCloud()
    await tryCli(['rotate'], { cloud })
    const { out, code } = await tryCli(['status'], { cloud })
    expect(code).toBe(0)
    expect(out).toMatch(/^default: reported · 3 of 3 domains on key [0-9a-f]{12} · draining · revision 2$/m)
    expect(out).toMatch(/^ {2}[0-9a-f]{12} {2}current {3}0 s +3 +3 +0 s$/m)
    expect(out).toMatch(
      /running streams? may still sign with [0-9a-f]{12}, for example on live1\.example\.com/,
    )
  })

  test('status and plan show their progress while they read', async () => {
    for (const command of ['status', 'plan']) {
      const { err } = await tryCli([command])
      expect(err).toContain('✓ default: read 3 domains\n')
      expect(err).toContain('✓ default: read the SnapshotNotifyConfig of 3 domains\n')
    }
  })

  test('reconcile imports the keys that domains are on', async () => {
    const cloud = newCloud()
    const outcome = await tryCli(['reconcile', '--json'], { cloud })
    expect(reportOf(outcome).groups[0]?.outcome).toBe('reconciled')
    expect(cloud.keyset?.keys.map(({ state }) => state)).toEqual(['previous', 'previous', 'previous'])
  })

  test.each(['rotate', 'reconcile', 'rollback'])('%s gives the reason, for the log', async (action) => {
    const requests: unknown[] = []
    await tryCli([action, '--reason', 'a test'], {
      cloud: newCloud(),
      onRequest: (request) => requests.push(request),
    })
    expect(requests).toEqual([expect.objectContaining({ action, reason: 'a test' })])
  })

  test('rollback goes back; without a key to go back to, it says so and exits 1', async () => {
    const cloud = newCloud()
    const first = await tryCli(['rollback'], { cloud: newCloud() })
    expect([first.code, first.out]).toEqual([1, expect.stringContaining('no keyset yet')])
    await tryCli(['rotate'], { cloud })
    await tryCli(['rotate', '--force'], { cloud })
    const before = cloud.keyset?.keys.find(({ state }) => state === 'previous')?.kid
    expect((await tryCli(['rollback'], { cloud })).code).toBe(0)
    expect(cloud.keyset?.keys.find(({ state }) => state === 'current')?.kid).toBe(before)
  })
})

describe('keyset', () => {
  test('hides the keys', async () => {
    const cloud = newCloud()
    await tryCli(['rotate'], { cloud })
    const { out } = await tryCli(['keyset'], { cloud })
    const document = JSON.parse(out) as { format: string; keys: { kid: string; key: string }[] }
    expect(document.format).toBe('live-keyset/1')
    for (const { kid, key } of document.keys) expect(key).toBe(`[key ${kid.slice(0, 4)}…]`)
  })

  test('shows them with --reveal, in the document as it is stored', async () => {
    const cloud = newCloud()
    await tryCli(['rotate'], { cloud })
    const { out } = await tryCli(['keyset', '--reveal', '--json'], { cloud })
    expect(JSON.parse(out)).toEqual(JSON.parse(cloud.documents.at(-1)?.text ?? ''))
  })

  test('says if there is none yet, and exits 1', async () => {
    const { code, err } = await tryCli(['keyset'])
    expect(code).toBe(1)
    expect(err).toContain('group default has no keyset in secret live/snapshot-callback/default yet')
  })

  test('asks for a group if there are several', async () => {
    const config = `${CONFIG}  - { name: other, secret: live/other, domains: [other.example.com] }\n`
    const { code, err } = await tryCli(['keyset'], { config })
    expect(code).toBe(2)
    expect(err).toContain('name one with --group (default, other)')
    expect((await tryCli(['keyset', '--group', 'nope'], { config })).code).toBe(2)
  })
})

test('prints no key', async () => {
  const cloud = newCloud()
  const printed: string[] = []
  for (const args of [
    ['reconcile'],
    ['rotate'],
    ['rotate', '--force', '--json'],
    ['plan', '--emergency'],
    ['rotate', '--emergency'],
    ['status'],
    ['status', '--json'],
    ['keyset'],
    ['rollback'],
  ]) {
    const { out, err } = await tryCli(args, { cloud })
    printed.push(out, err)
  }
  const keys = cloud.documents.flatMap(({ keyset }) => keyset.keys.map(({ key }) => key.reveal()))
  expect(keys.length).toBeGreaterThan(10)
  for (const key of keys) expect(printed.join('').includes(key)).toBe(false)
})

describe('an emergency that cuts streams', () => {
  const emergency = ['rotate', '--emergency', '--on-running-streams', 'interrupt']

  test('says during the wait how many streams it will cut and how to keep them, and afterwards how many it cut', async () => {
    const cloud = newCloud()
    cloud.pushAfterSet = false
    await tryCli(['rotate'], { cloud })
    for (const domain of ['live1.example.com', 'live2.example.com', 'live2.example.com']) cloud.push(domain)
    const { out, err } = await tryCli(emergency, { cloud })
    const lines = err.split('\n')
    const ahead = lines.findIndex((line) => line.includes('after this wait'))
    expect(lines[ahead]).toMatch(
      /^· default: after this wait \d+ running streams on 3 domains will be cut, in about [\d.]+ s; their encoders push again$/,
    )
    expect(lines[ahead + 1]).toBe(
      '· default: to keep them running: Ctrl-C, and then live-key-rotator rotate --emergency --force --on-running-streams quarantine',
    )
    expect(lines.findIndex((line) => line.includes('set and read back'))).toBeGreaterThan(ahead)
    expect(err).toMatch(/✓ default: cut \d+ of \d+ streams in /)
    // The names are in the receipts, and in JSON.
    expect(err).not.toMatch(/cut stream /)
    expect(out).toMatch(/; \d+ streams? cut$/m)
  })

  test('omits the number if the streams cannot be listed', async () => {
    const cloud = newCloud()
    for (const domain of ['live1.example.com', 'live2.example.com', 'live3.example.com'])
      cloud.broken.set(domain, { streams: new RotatorError('denied', 'not allowed') })
    const { err } = await tryCli(emergency, { cloud })
    expect(err).toContain('after this wait the running streams that sign with a leaked key are cut')
  })
})
