import { beforeEach, describe, expect, it } from 'vitest'
import type { GroupConfig, RotationRequest } from '../../lib/config/types.ts'
import { RotatorError } from '../../lib/core/errors.ts'
import { Key } from '../../lib/keyset/key.ts'
import { importPrevious } from '../../lib/keyset/moves/import-keys.ts'
import { nextRevision } from '../../lib/keyset/moves/revision.ts'
import { KEYSET_MAX_BYTES, keysetBytes } from '../../lib/keyset/room.ts'
import type { GroupReport } from '../../lib/rotation/report/report.ts'
import { run } from '../../lib/rotation/run.ts'
import {
  DAY,
  groupConfig,
  HOUR,
  MINUTE,
  request,
  rotationConfig,
  type ModelProcess,
} from '../support/model-cloud.ts'
import { Story } from '../support/story.ts'

let story: Story

beforeEach(() => {
  story = new Story()
})

/** One run of the group, as it is configured then. */
function go(
  wanted: Partial<RotationRequest> = {},
  group: GroupConfig = groupConfig(),
  process?: ModelProcess,
): Promise<GroupReport> {
  story.group = group
  return story.go(wanted, process)
}

describe('a scheduled rotation', () => {
  it('adopts the keys on the domains, then moves all domains to a new one', async () => {
    const adopted = story.kidsOnDomains()
    const report = await go()
    expect(report).toMatchObject({
      outcome: 'rotated',
      phase: 'draining',
      domains: { total: 3, set: 3, unchanged: 0, confirmed: 3, failed: [] },
      calls: { set: 3, query: 6 },
      warnings: [],
    })
    expect(story.states()).toEqual(['current', 'previous', 'previous', 'previous'])
    expect(story.kidsOnDomains()).toEqual([report.kid])
    expect(
      story.cloud.keyset?.keys
        .slice(1)
        .map(({ kid }) => kid)
        .sort(),
    ).toEqual(adopted.sort())
    expect(story.cloud.refusals).toEqual([])
  })

  it('stores the key before it sets a domain, and waits a ttl and the margin between', async () => {
    await go()
    expect(story.cloud.effects.map((effect) => effect.split(' ')[0])).toEqual([
      'save',
      'set',
      'set',
      'set',
      'save',
    ])
    const staged = story.cloud.documents[0]?.savedAt ?? 0
    const firstPush = Math.min(
      ...[...story.cloud.streams.values()]
        .filter(({ name }) => name === 'newest')
        .map(({ publishedAt }) => publishedAt),
    )
    expect(firstPush).toBeGreaterThanOrEqual(Math.floor((staged + MINUTE + 10_000) / 1000) * 1000)
  })

  it('is not due again within rotation.minAge, unless it is forced', async () => {
    const first = await go()
    expect(await go()).toMatchObject({ outcome: 'notDue', kid: first.kid, calls: { load: 1 } })
    const forced = await go({ force: true })
    expect(forced.outcome).toBe('rotated')
    expect(forced.kid).not.toBe(first.kid)
  })

  it('does the same request once, however often it is repeated', async () => {
    const first = await go({ id: 'monthly@1' })
    await story.clock.advance(2 * HOUR)
    expect(await go({ id: 'monthly@1' })).toMatchObject({ outcome: 'notDue', kid: first.kid })
    expect(await go({ id: 'monthly@1', force: true })).toMatchObject({ outcome: 'notDue', kid: first.kid })
    expect((await go({ id: 'monthly@2' })).kid).not.toBe(first.kid)
  })

  it('waits for receivers that hold a document with a longer ttl than the newest one', async () => {
    const patient = groupConfig({ ttlMs: HOUR })
    await go({}, patient)
    await story.clock.advance(2 * HOUR)
    await go({ action: 'reconcile' }, groupConfig())
    story.cloud.domains.set('live1.example.com', { enabled: true, key: Key.generate() })
    await go({ action: 'reconcile' }, groupConfig())
    const report = await go({ force: true }, groupConfig())
    expect(report.outcome).toBe('rotated')
    expect(story.cloud.refusals).toEqual([])
  })

  it('ends as waiting if the wait does not fit, and continues from there', async () => {
    const short = story.cloud.process()
    short.waitUntil = story.clock.now() + 30_000
    const waiting = await go({}, groupConfig(), short)
    expect(waiting).toMatchObject({ outcome: 'waiting', phase: 'publishing', domains: { set: 0 } })
    expect(Date.parse(waiting.waitingUntil ?? '')).toBeGreaterThan(story.clock.now() + 30_000)
    const finished = await go({ action: 'reconcile' })
    expect(finished).toMatchObject({ outcome: 'reconciled', kid: waiting.kid, domains: { set: 3 } })
  })

  it('ends as waiting if its time is over in the middle of the domains', async () => {
    story.cloud.latencyMs = 1000
    const process = story.cloud.process()
    process.deadline = story.clock.now() + 73_500
    const cut = await go({}, groupConfig(), process)
    // What was not reached has not failed.
    expect(cut).toMatchObject({ outcome: 'waiting', domains: { total: 3, failed: [] } })
    expect(cut.domains.confirmed).toBeLessThan(3)
    expect(process.log.filter(({ level }) => level === 'error')).toEqual([])
    const late = process.log.filter((event) => event.event === 'unreached')
    expect(new Set(late.map(({ domain }) => domain)).size).toBe(3 - cut.domains.confirmed)
    expect(late[0]).toMatchObject({ level: 'debug', code: 'deadline' })
    expect(await go()).toMatchObject({ outcome: 'rotated', kid: cut.kid })
    expect(story.cloud.refusals).toEqual([])
  })

  it('names a domain that fails for good, sets the others and holds promotion back', async () => {
    story.cloud.broken.set('live2.example.com', {
      set: new RotatorError('denied', 'no permission for live2.example.com'),
    })
    const report = await go()
    expect(report).toMatchObject({
      outcome: 'incomplete',
      domains: { confirmed: 2, failed: [{ domain: 'live2.example.com', code: 'denied' }] },
    })
    expect(story.states()[0]).toBe('pending')
    const tolerant = groupConfig({ apply: { tolerate: ['live2.example.com'] } })
    expect(await go({ action: 'reconcile' }, tolerant)).toMatchObject({
      outcome: 'reconciled',
      kid: report.kid,
    })
    expect(story.states()[0]).toBe('current')
  })

  it('does not set a domain that it could not read: its key may be unknown', async () => {
    story.cloud.broken.set('live3.example.com', {
      query: new RotatorError('unavailable', 'no answer', { retryable: true }),
    })
    const report = await go()
    expect(report.outcome).toBe('incomplete')
    expect(story.cloud.effects.filter((effect) => effect.includes('live3'))).toEqual([])
  })

  it('is incomplete while a receiver refuses the new key, and switches no domain', async () => {
    story.cloud.probeAnswer = () => ({ accepted: false, detail: 'it answered 401' })
    const group = groupConfig({ probes: ['https://hooks.example.com/live?token=hidden'] })
    const report = await go({}, group)
    expect(report).toMatchObject({ outcome: 'incomplete', domains: { set: 0 } })
    expect(report.error?.message).toContain('https://hooks.example.com/live (it answered 401)')
    expect(report.error?.message).not.toContain('hidden')
    story.cloud.probeAnswer = () => ({ accepted: true, detail: '' })
    expect((await go({ action: 'reconcile' }, group)).kid).toBe(report.kid)
  })

  it('is shortened by probes only if they reach every instance', async () => {
    const took = async (probesCoverAllInstances: boolean): Promise<number> => {
      const group = groupConfig({
        probes: ['https://hooks.example.com/'],
        propagation: { marginMs: 10_000, maxMs: HOUR, probesCoverAllInstances },
      })
      const started = story.clock.now()
      await go({ force: true }, group)
      return story.clock.now() - started
    }
    expect(await took(false)).toBeGreaterThanOrEqual(70_000)
    expect(await took(true)).toBeLessThan(5_000)
  })

  it('moves ACSCurrent forward if somebody moved it back, and says so', async () => {
    await go()
    story.cloud.currentIsBehind = 'keyset-00000001'
    const report = await go({ action: 'reconcile' })
    expect(report.warnings.join()).toContain('keyset-00000001')
    expect(story.cloud.currentIsBehind).toBeNull()
  })

  it('does so even if nothing else is due', async () => {
    await go()
    story.cloud.currentIsBehind = 'keyset-00000001'
    const report = await go()
    expect(report).toMatchObject({ outcome: 'notDue' })
    expect(report.warnings.join()).toContain('keyset-00000001')
    expect(story.cloud.currentIsBehind).toBeNull()
  })

  it('rotates 20,000 domains', { tags: 'slow' }, async () => {
    const many = Array.from({ length: 20_000 }, (_, index) => `live${index + 1}.example.com`)
    story = new Story({ domains: many })
    story.cloud.streams.clear()
    story.cloud.pushAfterSet = false
    const shared = Key.generate()
    for (const state of story.cloud.domains.values()) state.key = shared
    expect(await go({}, groupConfig({ domains: many }))).toMatchObject({
      outcome: 'rotated',
      domains: { confirmed: 20_000 },
    })
  })
})

describe('retiring by evidence', () => {
  // A stream that is pushed within clockSkew of the switch could be on either key, and would keep both.
  beforeEach(() => {
    story.cloud.pushAfterSet = false
  })

  it('keeps a key while a stream pushed before the switch runs, and drops it after that stream is pushed again', async () => {
    await go()
    await story.clock.advance(11 * MINUTE)
    await go({ action: 'reconcile' })
    expect(story.states()).toHaveLength(4)

    for (const domain of story.cloud.domains.keys()) story.cloud.push(domain)
    await go({ action: 'reconcile' })
    expect(story.states()).toEqual(['current'])
    expect(story.cloud.refusals).toEqual([])
  })

  it('keeps a key while a list of streams fails', async () => {
    await go()
    for (const domain of story.cloud.domains.keys()) story.cloud.stop(domain)
    story.cloud.broken.set('live1.example.com', { streams: new RotatorError('unavailable', 'no answer') })
    await story.clock.advance(2 * HOUR)
    await go({ action: 'reconcile' })
    expect(story.states()).toHaveLength(4)
    story.cloud.broken.clear()
    await go({ action: 'reconcile' })
    expect(story.states()).toEqual(['current'])
  })

  it('ends it by overlap.max, with a warning that names the streams', async () => {
    await go()
    await story.clock.advance(31 * DAY)
    const report = await go({ action: 'reconcile' })
    expect(story.states()).toEqual(['current'])
    expect(report.warnings.join()).toContain('live1.example.com/app/main')
  })

  it('never drops a key that a domain is set to', async () => {
    await go()
    const [, previous] = story.cloud.keyset?.keys ?? []
    story.cloud.broken.set('live1.example.com', { set: new RotatorError('denied', 'no') })
    story.cloud.domains.set('live1.example.com', { enabled: true, key: previous?.key ?? null })
    await story.clock.advance(40 * DAY)
    await go({ action: 'reconcile' })
    expect(story.cloud.keyset?.keys.map(({ kid }) => kid)).toContain(previous?.kid)
    expect(story.cloud.keyset?.keys.find(({ kid }) => kid === previous?.kid)?.clearedAt).toBeNull()
  })

  it('remembers since when a key can sign across a rollback', async () => {
    await go()
    const first = story.cloud.keyset?.keys[0]
    await story.clock.advance(DAY)
    story.cloud.push('live1.example.com', 'endless')
    await story.clock.advance(DAY)
    await go({ force: true })
    await story.clock.advance(DAY)
    expect(await go({ action: 'rollback' })).toMatchObject({ outcome: 'rotated', kid: first?.kid })
    await story.clock.advance(DAY)
    await go({ force: true })
    for (const { domain, name } of [...story.cloud.streams.values()])
      if (name !== 'endless') story.cloud.stop(domain, name)
    await story.clock.advance(DAY)
    await go({ action: 'reconcile' })
    expect(story.cloud.keyset?.keys.map(({ kid }) => kid)).toContain(first?.kid)
    expect(story.cloud.refusals).toEqual([])
  })
})

describe('an emergency', () => {
  it('is not stopped by a full document: the oldest leaked keys are revoked at once', async () => {
    await go()
    const { keyset } = story.cloud
    if (!keyset) throw new Error('no keyset')
    const full = importPrevious(
      keyset,
      Array.from({ length: 120 }, () => Key.generate()),
      story.clock.now(),
    )
    expect(keysetBytes(full)).toBeLessThan(KEYSET_MAX_BYTES)
    const { keysets } = await story.cloud.process().environment().open(groupConfig())
    const next = nextRevision(keyset, full, MINUTE, story.clock.now())
    await story.clock.run(keysets.load().then((base) => keysets.save(next, base)))
    const report = await go({ emergency: true, id: 'leak' })
    expect(report).toMatchObject({ outcome: 'rotated', domains: { confirmed: 3 } })
    expect(report.warnings.join()).toMatch(/no room for \d+ leaked keys .* revoked at once/)
    const kids = [...leakedKids(), ...(story.cloud.keyset?.revoked ?? []).map(({ kid }) => kid)]
    expect(kids.sort()).toEqual(full.keys.map(({ kid }) => kid).sort())
  })

  const leakedKids = (): string[] =>
    story.cloud.keyset?.keys.filter(({ state }) => state === 'compromised').map(({ kid }) => kid) ?? []

  it('takes the trust away in its first save, before it reads a single domain', async () => {
    await go()
    const old = story.cloud.keyset?.keys.map(({ kid }) => kid)
    const process = story.cloud.process()
    const report = await go({ emergency: true, id: 'leak' }, groupConfig(), process)
    expect(report).toMatchObject({ outcome: 'rotated', cutOff: { interrupted: 0 } })
    expect(report.cutOff?.savedMs).toBeLessThan(2000)
    expect(leakedKids().sort()).toEqual(old?.sort())
    expect(process.log.findIndex(({ event }) => event === 'saved')).toBeLessThan(
      process.log.findIndex(({ event }) => event === 'observing'),
    )
    expect(story.cloud.refusals).toEqual([])
  })

  it('continues with the same fresh key if repeated, and makes another only if forced with a new id', async () => {
    await go()
    const first = await go({ emergency: true, id: 'leak' })
    expect((await go({ emergency: true, id: 'leak' })).kid).toBe(first.kid)
    expect((await go({ emergency: true, id: 'other' })).kid).toBe(first.kid)
    expect((await go({ emergency: true, id: 'leak', force: true })).kid).toBe(first.kid)
    expect((await go({ emergency: true, id: 'again', force: true })).kid).not.toBe(first.kid)
  })

  it('soon after another one also distrusts a key that an ordinary rotation has staged since', async () => {
    await go()
    await go({ emergency: true })
    await go({ force: true }, groupConfig(), story.cloud.process({ killAt: 10 }))
    const staged = story.cloud.keyset?.keys[0]
    expect(staged?.state).toBe('pending')
    const fresh = story.cloud.keyset?.keys.find(({ state }) => state === 'current')
    const report = await go({ emergency: true, id: 'again' })
    expect(report).toMatchObject({ outcome: 'rotated', domains: { confirmed: 3 } })
    expect(leakedKids()).toEqual(expect.arrayContaining([staged?.kid, fresh?.kid]))
    expect([staged?.kid, fresh?.kid]).not.toContain(report.kid)
  })

  it('quarantine: keeps the key as compromised until no stream can sign with it', async () => {
    await go()
    await go({ emergency: true })
    await story.clock.advance(11 * MINUTE)
    await go({ action: 'reconcile' })
    expect(leakedKids().length).toBeGreaterThan(0)
    for (const domain of story.cloud.domains.keys())
      for (const name of ['main', 'newest']) story.cloud.push(domain, name)
    await go({ action: 'reconcile' })
    expect(leakedKids()).toEqual([])
    expect(story.cloud.keyset?.revoked).toHaveLength(4)
    expect(story.cloud.refusals).toEqual([])
  })

  it('reject: revokes the key as soon as the fresh one is promoted', async () => {
    await go()
    for (const { kid } of story.cloud.keyset?.keys ?? []) story.cloud.mayBeRefused.add(kid)
    await go({ emergency: true, onRunningStreams: 'reject' })
    expect(story.states()).toEqual(['current'])
    expect(story.cloud.keyset?.revoked).toHaveLength(4)
  })

  it('interrupt: cuts each running stream once, leaves later pushes alone, then revokes the key', async () => {
    story.cloud.pushAfterSet = false
    await go()
    const report = await go({ emergency: true, onRunningStreams: 'interrupt' })
    expect(report).toMatchObject({ outcome: 'rotated', cutOff: { interrupted: 3 } })
    const cuts = story.cloud.effects.filter((effect) => effect.startsWith('interrupt'))
    expect(cuts.sort()).toEqual([1, 2, 3].map((n) => `interrupt live${n}.example.com/main`))
    expect(story.states()).toEqual(['current'])
    expect(story.cloud.refusals).toEqual([])
  })

  it('is finished by a plain reconcile, in the mode that its first save recorded', async () => {
    story.cloud.pushAfterSet = false
    await go()
    const killed = story.cloud.process({ killAt: 6 })
    await go({ emergency: true, onRunningStreams: 'interrupt' }, groupConfig(), killed)
    expect(killed.killed).toBe(true)
    expect(await go({ action: 'reconcile' })).toMatchObject({ outcome: 'reconciled' })
    expect(story.cloud.effects.filter((effect) => effect.startsWith('interrupt'))).toHaveLength(3)
    expect(story.states()).toEqual(['current'])
  })

  it('promotes with every reachable domain; the others make it incomplete and are repaired later', async () => {
    await go()
    story.cloud.broken.set('live2.example.com', {
      set: new RotatorError('unavailable', 'no answer', { retryable: true }),
    })
    const report = await go({ emergency: true })
    expect(report).toMatchObject({ outcome: 'incomplete', domains: { confirmed: 2 } })
    expect(story.states()[0]).toBe('current')
    story.cloud.broken.clear()
    const repaired = await go({ action: 'reconcile' })
    expect(repaired).toMatchObject({
      outcome: 'reconciled',
      kid: report.kid,
      domains: { confirmed: 3, set: 1 },
    })
    expect(repaired.warnings.join()).toContain('live2.example.com')
  })

  it('does not wait for a receiver that refuses longer than a ttl and the margin', async () => {
    story.cloud.probeAnswer = () => ({ accepted: false, detail: 'it answered 401' })
    const group = groupConfig({ probes: ['https://hooks.example.com/'] })
    const started = story.clock.now()
    const report = await go({ emergency: true }, group)
    expect(report.outcome).toBe('rotated')
    expect(report.warnings.join()).toContain('https://hooks.example.com/')
    expect(story.clock.now() - started).toBeLessThan(75_000)
  })

  it('with leaked naming some keys leaves the others trusted', async () => {
    await go()
    const [current, other] = story.cloud.keyset?.keys ?? []
    await go({ emergency: true, leaked: [other?.kid ?? ''], group: 'default' })
    expect(leakedKids()).toEqual([other?.kid])
    expect(story.cloud.keyset?.keys.find(({ kid }) => kid === current?.kid)?.state).toBe('previous')
    await expect(
      go({ emergency: true, force: true, id: 'x', leaked: ['0123456789ab'] }),
    ).rejects.toMatchObject({
      code: 'usage',
    })
  })

  it('distrusts an unknown key that a domain is on', async () => {
    await go()
    story.cloud.domains.set('live1.example.com', { enabled: true, key: Key.generate() })
    const strange = story.cloud.domains.get('live1.example.com')?.key?.kid
    await go({ emergency: true })
    expect(leakedKids()).toContain(strange)
  })
})

describe('rollback', () => {
  it('restores the key before the current one, with the same kid', async () => {
    const first = await go()
    const second = await go({ force: true })
    const back = await go({ action: 'rollback' })
    expect(back).toMatchObject({ outcome: 'rotated', kid: first.kid })
    expect(story.kidsOnDomains()).toEqual([first.kid])
    expect(story.cloud.keyset?.keys.find(({ kid }) => kid === second.kid)?.state).toBe('previous')
    expect(story.cloud.refusals).toEqual([])
  })

  it('undoes a rotation that receivers do not accept: back to the current key', async () => {
    const first = await go()
    const group = groupConfig({ probes: ['https://hooks.example.com/'] })
    let good = first.kid
    story.cloud.probeAnswer = (_, key) => ({ accepted: key.kid === good, detail: 'it answered 401' })
    expect((await go({ force: true }, group)).outcome).toBe('incomplete')
    expect(await go({ action: 'rollback' }, group)).toMatchObject({ outcome: 'rotated', kid: good })
    expect(story.states()[0]).toBe('current')
    good = null
  })

  it('fails if there is no trusted key to go back to', async () => {
    expect(await go({ action: 'rollback' })).toMatchObject({
      outcome: 'failed',
      error: { code: 'noRollback' },
    })
    await go()
    await go({ emergency: true })
    expect(await go({ action: 'rollback' })).toMatchObject({
      outcome: 'failed',
      error: { code: 'noRollback' },
    })
  })
})

describe('reconcile', () => {
  it('repairs a domain whose key or authentication was changed, and names it', async () => {
    const { kid } = await go()
    story.cloud.domains.set('live1.example.com', { enabled: true, key: Key.generate() })
    story.cloud.push('live1.example.com', 'stray')
    const state = story.cloud.domains.get('live2.example.com')
    if (state) state.enabled = false
    const report = await go({ action: 'reconcile' })
    expect(report).toMatchObject({ outcome: 'reconciled', kid, domains: { set: 2, confirmed: 3 } })
    expect(report.warnings.join()).toMatch(/live1\.example\.com.*live2\.example\.com/s)
    expect(story.cloud.refusals.filter((refusal) => !refusal.includes('stray'))).toEqual([])
    expect(story.states()).toEqual(['current', 'previous', 'previous', 'previous', 'compromised'])
  })

  it('reads each domain once if all is well, and changes nothing', async () => {
    await go()
    const revision = story.cloud.keyset?.revision
    const process = story.cloud.process()
    await go({ action: 'reconcile' }, groupConfig(), process)
    expect(process.calls).toEqual({ load: 1, query: 3, streams: 3 })
    expect(story.cloud.keyset?.revision).toBe(revision)
  })

  it('adopts without an earlier document', async () => {
    expect(await go({ action: 'reconcile' })).toMatchObject({ outcome: 'reconciled', kid: null })
    expect(story.states()).toEqual(['previous', 'previous', 'previous'])
  })

  it('gives a domain found by discovery the current key, and reports one that vanishes', async () => {
    const group = groupConfig({ domains: [], discover: { suffix: '.example.com', exclude: [] } })
    const { kid } = await go({}, group)
    story.cloud.domains.set('live4.example.com', { enabled: false, key: null })
    story.cloud.discoverable.push('live4.example.com')
    story.cloud.domains.delete('live3.example.com')
    const report = await go({ action: 'reconcile' }, group)
    expect(report).toMatchObject({ outcome: 'reconciled', domains: { total: 3, confirmed: 3 } })
    expect(story.cloud.domains.get('live4.example.com')?.key?.kid).toBe(kid)
    expect(report.warnings.join()).toContain('live3.example.com was found by discovery but no longer exists')
  })

  it('neither promotes nor retires on an incomplete discovery list', async () => {
    const group = groupConfig({ discover: { suffix: '.example.com', exclude: [] } })
    await go({ action: 'reconcile' }, group)
    story.cloud.discoveryError = new RotatorError('unavailable', 'page 2 could not be read')
    expect(await go({}, group)).toMatchObject({ outcome: 'incomplete' })
    expect(story.states()[0]).toBe('pending')
  })
})

describe('several groups', () => {
  it('refuses a domain in two groups before any effect', async () => {
    const one = groupConfig({ name: 'one', secret: 'one' })
    const two = groupConfig({ name: 'two', secret: 'two', domains: ['live3.example.com'] })
    const report = await story.clock.run(
      run(request(), rotationConfig(one, two), story.cloud.process().environment()),
    )
    expect(report.ok).toBe(false)
    expect(report.groups.map(({ outcome, error }) => [outcome, error?.code])).toEqual([
      ['failed', 'config'],
      ['failed', 'config'],
    ])
    expect(story.cloud.effects).toEqual([])
  })
})

describe('status and plan', () => {
  it('read, and change nothing', async () => {
    await story.clock.advance(DAY)
    await go()
    const before = story.cloud.effects.length
    const status = await go({ action: 'status' })
    expect(status).toMatchObject({ outcome: 'reported', phase: 'draining' })
    expect(status.keys[0]).toMatchObject({ state: 'current', domains: 3, runningStreams: 3 })
    const plan = await go({ dryRun: true, force: true })
    expect(plan).toMatchObject({
      outcome: 'planned',
      plan: { sets: 3, publishSeconds: 70, runningStreams: 6 },
    })
    expect(story.cloud.effects).toHaveLength(before)
  })

  it('count the reads before and after each set of the other configuration, and their time', async () => {
    const group = groupConfig({ authSource: 'notifyConfig' })
    const { plan } = await go({ dryRun: true }, group)
    expect(plan).toMatchObject({
      applySeconds: 0.2,
      calls: { UpdateLiveSnapshotNotifyConfig: 3, DescribeLiveSnapshotNotifyConfig: 9 },
    })
  })

  it('tell what an emergency would do to running streams', async () => {
    await go()
    const { plan } = await go({ dryRun: true, emergency: true })
    expect(plan?.onRunningStreams?.interrupt).toContain('6 running streams on 3 domains')
  })

  it('plan no sets if there is nothing to set', async () => {
    const adopting = await go({ action: 'reconcile', dryRun: true })
    expect(adopting).toMatchObject({ outcome: 'planned', plan: { sets: 0, applySeconds: 0 } })
    const withoutTarget = await go({ action: 'rollback', dryRun: true })
    expect(withoutTarget).toMatchObject({ outcome: 'planned', plan: { sets: 0, calls: {} } })
    expect(withoutTarget.plan?.steps.join()).toContain('no earlier key')
  })

  it('name the domains whose callbacks another configuration signs', async () => {
    story.cloud.notifyConfigs.set('live2.example.com', { url: 'https://hooks.example.com/', enabled: true })
    expect((await go({ action: 'status' })).warnings.join()).toContain('live2.example.com')
  })
})
