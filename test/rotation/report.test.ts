import { beforeEach, describe, expect, it } from 'vitest'
import { RotatorError } from '../../lib/core/errors.ts'
import { DAY, HOUR, MINUTE } from '../support/model-cloud.ts'
import { Story } from '../support/story.ts'

const RECONCILE = { action: 'reconcile' } as const
const STATUS = { action: 'status' } as const

let story: Story

beforeEach(async () => {
  story = new Story()
  story.cloud.pushAfterSet = false
  // The streams of the beginning are older than any key that is staged, whatever the clocks' skew.
  await story.clock.advance(HOUR)
  await story.go()
})

describe('the report', () => {
  it('counts the revisions that the run saved, and omits zero', async () => {
    await story.clock.advance(DAY)
    const { revision } = story.keyset
    const report = await story.go()
    expect(report).toMatchObject({ saved: 2, revision: revision + 2 })
    expect((await story.go(RECONCILE)).saved).toBeUndefined()
  })

  it('counts the domains that were set and those already on the key separately', async () => {
    story.setByHand('live2.example.com', story.newest('previous'))
    expect((await story.go(RECONCILE)).domains).toMatchObject({
      total: 3,
      set: 1,
      unchanged: 2,
      confirmed: 3,
    })
  })

  it("counts a key's age from the last confirmed domain, in whole seconds", async () => {
    const appliedAt = Date.parse(story.newest('current').appliedAt ?? '')
    story.cloud.latencyMs = 0
    await story.clock.advance(appliedAt + HOUR - story.clock.now() + 999)
    const { keys } = await story.go(STATUS)
    expect(keys[0]).toMatchObject({ state: 'current', age: 3_600 })
  })

  it('shows for each key which streams can sign with it, on which domains, and since when', async () => {
    await story.clock.advance(10 * MINUTE)
    story.cloud.push('live2.example.com', 'second')
    await story.clock.advance(10 * MINUTE)
    const pushed = new Date(Math.floor(story.clock.now() / 1000) * 1000).toISOString()
    story.cloud.push('live3.example.com', 'third')
    const oldest = [...story.cloud.streams.values()].map(({ publishedAt }) => publishedAt).sort()[0] ?? 0
    story.cloud.stop('live2.example.com', 'second')
    const { keys } = await story.go(STATUS)
    expect(keys[0]).toMatchObject({
      state: 'current',
      runningStreams: 1,
      streamDomains: ['live3.example.com'],
      oldestStreamSince: pushed,
      domains: 3,
    })
    expect(keys[1]).toMatchObject({
      state: 'previous',
      runningStreams: 3,
      oldestStreamSince: new Date(oldest).toISOString(),
      domains: 0,
    })
  })

  it('names up to 50 domains whose streams can sign with a key', async () => {
    const domains = Array.from({ length: 60 }, (_, index) => `live${index}.example.com`)
    story = new Story({ domains })
    story.cloud.pushAfterSet = false
    await story.clock.advance(HOUR)
    await story.go()
    const { keys } = await story.go(STATUS)
    const old = keys.find(({ state }) => state === 'previous')
    expect(old).toMatchObject({ runningStreams: 60 })
    expect(old?.streamDomains).toEqual(domains.slice(0, 50))
  })

  it('counts the configured domains if the run did not need their list or could not get it', async () => {
    expect(await story.go()).toMatchObject({ outcome: 'notDue', domains: { total: 3, confirmed: 0 } })
    const process = story.cloud.process()
    const load = (): Promise<never> => Promise.reject(new RotatorError('denied', 'no permission'))
    process.around = (ports) => ({ ...ports, keysets: { ...ports.keysets, load } })
    expect(await story.go({}, process)).toMatchObject({ outcome: 'failed', domains: { total: 3 } })
  })

  it('counts no streams without a complete list, and no domains if none was read', async () => {
    story.cloud.broken.set('live1.example.com', { streams: new RotatorError('denied', 'no permission') })
    const { keys } = await story.go(STATUS)
    expect(keys[0]).toMatchObject({ runningStreams: null, domains: 3 })
    expect(keys[0]).not.toHaveProperty('streamDomains')
    const { keys: unread } = await story.go()
    expect(unread[0]).toMatchObject({ runningStreams: null, domains: null })
  })

  it('gives no time if no domain was confirmed', async () => {
    await story.clock.advance(DAY)
    const process = story.cloud.process()
    process.around = (ports) => ({
      ...ports,
      live: {
        ...ports.live,
        set: async (_, __, { fence }) => {
          await fence()
        },
      },
    })
    const report = await story.go({ emergency: true, id: 'leak' }, process)
    expect(report).toMatchObject({ outcome: 'incomplete', cutOff: { domainsMs: null } })
    expect(report.applyMs).toBeUndefined()
    // Of the fresh key's streams nothing is to be chosen.
    expect(report.keys[0]).toMatchObject({ state: 'pending' })
    expect(report.keys[0]?.onRunningStreams).toBeUndefined()
  })

  it('says only for a leaked key what happens to its streams', async () => {
    await story.clock.advance(DAY)
    const { keys } = await story.go({ emergency: true, id: 'leak' })
    expect(keys.map(({ state, onRunningStreams }) => [state, onRunningStreams])).toEqual([
      ['current', undefined],
      ...Array.from({ length: keys.length - 1 }, () => ['compromised', 'quarantine']),
    ])
  })
})

describe('the plan', () => {
  const dry = { dryRun: true, id: 'plan' } as const

  it('of a rotation counts its calls, and says when the old key can retire at the earliest', async () => {
    await story.clock.advance(DAY)
    const { plan } = await story.go(dry)
    expect(plan).toMatchObject({
      sets: 3,
      calls: {
        SetSnapshotCallbackAuth: 3,
        QuerySnapshotCallbackAuth: 6,
        DescribeLiveStreamsOnlineList: 3,
        PutSecretValue: 2,
      },
      publishSeconds: 70,
      applySeconds: 0.1,
    })
    const earliest = Date.parse(plan?.earliestRetirement ?? '') - story.clock.now()
    expect(earliest).toBeCloseTo(70_000 + 120 + 10 * MINUTE, -2)
  })

  it('of a rotation that is not due is nothing, and says why', async () => {
    const young = await story.go(dry)
    expect(young.plan).toMatchObject({ sets: 0, calls: {}, runningStreams: 0, earliestRetirement: null })
    expect(young.plan?.steps.join()).toMatch(/younger than rotation.minAge/)
    await story.clock.advance(DAY)
    await story.go({ id: 'plan' })
    await story.clock.advance(DAY)
    expect((await story.go(dry)).plan?.steps.join()).toMatch(/this request has been carried out/)
  })

  it('of a changed ttl waits for the longer one of the two', async () => {
    await story.clock.advance(DAY)
    story.group = { ...story.group, ttlMs: 5 * MINUTE }
    expect((await story.go(dry)).plan?.publishSeconds).toBe(310)
    story.group = { ...story.group, ttlMs: 10_000 }
    expect((await story.go(dry)).plan?.publishSeconds).toBe(70)
  })

  it("of a reconcile is the rest of a pending key's work", async () => {
    await story.clock.advance(DAY)
    const short = story.cloud.process()
    short.waitUntil = story.clock.now()
    const { kid } = await story.go({}, short)
    await story.clock.advance(50_000)
    const { plan } = await story.go({ ...RECONCILE, dryRun: true })
    expect(plan).toMatchObject({ sets: 3, publishSeconds: 20, calls: { PutSecretValue: 1 } })
    expect(plan?.steps[0]).toContain(kid ?? '')
  })

  it('of a reconcile counts the streams on old keys, and on those that become old', async () => {
    await story.clock.advance(DAY)
    story.cloud.push('live1.example.com', 'new')
    const { plan } = await story.go({ ...RECONCILE, dryRun: true })
    expect(plan?.runningStreams).toBe(3)
    const short = story.cloud.process()
    short.waitUntil = story.clock.now()
    await story.go({}, short)
    const { plan: pending } = await story.go({ ...RECONCILE, dryRun: true })
    expect(pending?.runningStreams).toBe(4)
    expect(pending?.streamDomains[0]).toEqual({ domain: 'live1.example.com', streams: 2 })
  })

  it('of a reconcile repairs only the domains that are off', async () => {
    story.setByHand('live2.example.com', story.newest('previous'))
    story.cloud.broken.set('live3.example.com', { query: new RotatorError('denied', 'no permission') })
    const { plan } = await story.go({ ...RECONCILE, dryRun: true })
    expect(plan).toMatchObject({ sets: 1, publishSeconds: 0, calls: { PutSecretValue: 0 } })
    expect(plan?.steps[0]).toMatch(/^repair 1 domain/)
  })

  it('of a rollback sets the domains that are not on the previous key', async () => {
    const first = story.newest('current')
    await story.clock.advance(DAY)
    await story.go({ id: 'second' })
    story.setByHand('live1.example.com', first)
    const { plan } = await story.go({ action: 'rollback', dryRun: true })
    expect(plan).toMatchObject({ sets: 2, publishSeconds: 70 })
  })

  it('of an emergency uses its rate, and counts the streams of the leaked keys', async () => {
    const domains = Array.from({ length: 58 }, (_, index) => `live${index}.example.com`)
    story = new Story({ domains })
    story.cloud.pushAfterSet = false
    await story.clock.advance(HOUR)
    await story.go()
    await story.clock.advance(DAY)
    story.cloud.push('live7.example.com', 'new')
    const current = story.newest('current').kid
    const { plan } = await story.go({ ...dry, emergency: true, leaked: [current] })
    expect(plan).toMatchObject({
      sets: 58,
      applySeconds: 2,
      runningStreams: 1,
      streamDomains: [{ domain: 'live7.example.com', streams: 1 }],
    })
    expect((await story.go({ ...dry, emergency: true })).plan?.runningStreams).toBe(59)
    expect((await story.go({ ...dry, force: true })).plan).toMatchObject({ applySeconds: 2.3 })
  })
})

describe('status', () => {
  it('names domains that are not on the current key, unless a rotation is under way', async () => {
    story.setByHand('live2.example.com', story.newest('previous'))
    expect((await story.go(STATUS)).warnings).toEqual([
      expect.stringMatching(/^live2\.example\.com: not on the current key/),
    ])
    await story.clock.advance(DAY)
    const short = story.cloud.process()
    short.waitUntil = story.clock.now()
    await story.go({}, short)
    expect((await story.go(STATUS)).warnings).toEqual([])
  })

  it('says which version ACSCurrent points to if it is not the newest, and moves nothing', async () => {
    story.cloud.currentIsBehind = 'keyset-00000001'
    const { warnings } = await story.go(STATUS)
    expect(warnings.join()).toMatch(/keyset-00000001.*reconcile moves it/)
    expect(story.cloud.currentIsBehind).toBe('keyset-00000001')
  })

  it('reports the other configuration of domains: signed, unknown, switched off, and gone', async () => {
    story.cloud.notifyConfigs.set('live1.example.com', { url: 'https://hooks.example.com/', enabled: true })
    story.cloud.notifyConfigs.set('live2.example.com', { url: 'https://hooks.example.com/', enabled: false })
    const failing = (code: 'denied' | 'notFound'): ReturnType<Story['cloud']['process']> => {
      const process = story.cloud.process()
      process.around = (ports) => ({
        ...ports,
        live: {
          ...ports.live,
          notifyConfig: (domain, options) =>
            domain === 'live3.example.com'
              ? Promise.reject(new RotatorError(code, 'no answer'))
              : ports.live.notifyConfig(domain, options),
        },
      })
      return process
    }
    const signed = expect.stringMatching(/^live1\.example\.com: snapshot callbacks are signed by/) as unknown
    expect((await story.go(STATUS, failing('denied'))).warnings).toEqual([
      signed,
      'the SnapshotNotifyConfig of live3.example.com could not be read: no answer',
    ])
    expect((await story.go(STATUS, failing('notFound'))).warnings).toEqual([signed])
  })

  it('does not ask for the other configuration if that is the one to rotate', async () => {
    story.group = { ...story.group, authSource: 'notifyConfig' }
    const process = story.cloud.process()
    const { outcome } = await story.go(STATUS, process)
    expect(outcome).toBe('reported')
    expect(process.calls['notifyConfig']).toBeUndefined()
    const { plan } = await story.go({ dryRun: true, force: true })
    expect(Object.keys(plan?.calls ?? {})).toContain('UpdateLiveSnapshotNotifyConfig')
  })
})
