import { afterEach, describe, expect, it } from 'vitest'
import { Key } from '../../lib/keyset/key.ts'
import { LocalCloud } from '../support/local-cloud.ts'
import { HOUR, MINUTE } from '../support/model-cloud.ts'
import { anyNumber, anyText } from '../support/matchers.ts'

let cloud: LocalCloud | undefined

async function start(...args: Parameters<typeof LocalCloud.start>): Promise<LocalCloud> {
  cloud = await LocalCloud.start(...args)
  return cloud
}

afterEach(async () => {
  await cloud?.close()
  cloud = undefined
})

const ofAction = (here: LocalCloud, action: string): number => here.emulator.calls.of(action).length

describe('the main job, over the real SDKs', () => {
  it('moves each domain to a new key below the rate, and refuses no callback', { tags: 'slow' }, async () => {
    const here = await start({ domains: 60, streams: 120, latencyMs: 15 })
    await here.go({ action: 'reconcile' })
    expect(await here.callbacks()).toMatchObject({ accepted: 120, rejected: 0 })

    const rotation = here.begin({ force: true })
    const rounds: Promise<unknown>[] = []
    const sending = (async () => {
      for (let i = 0; i < 20; i++) {
        await here.clock.sleep(4_000)
        // Some streams are pushed again at every moment of the rotation.
        for (const stream of [...here.emulator.world.streams.all()].slice(i * 4, i * 4 + 4)) {
          here.emulator.world.streams.push(stream, here.clock.now())
        }
        rounds.push(here.emulator.callbacks.round())
      }
      await Promise.all(rounds)
    })()
    const [report] = await here.clock.run(Promise.all([rotation, sending]))
    expect(report.groups[0]).toMatchObject({
      outcome: 'rotated',
      throttled: 0,
      domains: { total: 60, set: 60, confirmed: 60, failed: [] },
      calls: { SetSnapshotCallbackAuth: 60, QuerySnapshotCallbackAuth: 120 },
    })
    const { sent, accepted, rejected, lost, byKid } = here.emulator.callbacks.genuine.counts
    expect([rejected, lost]).toEqual([0, 0])
    expect(accepted).toBe(sent)
    expect(sent).toBeGreaterThan(2_000)
    expect(Object.keys(byKid)).toHaveLength(2)
    // 60 sets at 25 a second, and the last one's answers.
    expect(report.groups[0]?.applyMs).toBeLessThan((60 / 25) * 1000 * 1.05 + 500)
    expect(report.groups[0]?.applyMs).toBeGreaterThan((59 / 25) * 1000 - 1)
  })

  it('never makes more calls in any second than the account is allowed', { tags: 'slow' }, async () => {
    const here = await start({ domains: 200, streams: 0, latencyMs: 40 })
    await here.go()
    await here.go({ emergency: true })
    for (const action of ['SetSnapshotCallbackAuth', 'QuerySnapshotCallbackAuth']) {
      const times = here.emulator.calls.of(action).map(({ tick }) => tick)
      const worst = times.map((at) => times.filter((other) => other >= at && other < at + 1000).length)
      expect(Math.max(...worst)).toBeLessThanOrEqual(30)
    }
    expect(here.emulator.calls.throttled).toBe(0)
  })

  it('is not due again at once', async () => {
    const here = await start()
    const first = await here.go()
    expect(await here.go()).toMatchObject({ outcome: 'notDue', kid: first.kid })
  })

  it('creates an absent secret with the configured key and instance', async () => {
    const here = await start()
    await here.go()
    expect(ofAction(here, 'CreateSecret')).toBe(1)
    expect(here.keyset.revision).toBe(2)
  })

  it('rotates through throttling, 5xx, HTML pages, resets and lost answers', async () => {
    const here = await start({ domains: 30 })
    await here.go({ action: 'reconcile' })
    const { faults } = here.emulator
    for (const kind of ['throttle', 'error', 'html', 'empty', 'reset', 'drop', 'dropAfter'] as const) {
      faults.add({ kind, action: 'SetSnapshotCallbackAuth', after: 3, times: 2 })
      faults.add({ kind, action: 'QuerySnapshotCallbackAuth', after: 5, times: 2 })
    }
    for (const action of ['PutSecretValue', 'GetSecretValue', 'ListSecretVersionIds']) {
      faults.add({ kind: 'dropAfter', action })
      faults.add({ kind: 'error', action, after: 1 })
    }
    const report = await here.go({ force: true })
    expect(report).toMatchObject({ outcome: 'rotated', domains: { confirmed: 30 } })
    expect(report.throttled).toBeGreaterThan(0)
    expect(faults.waiting).toEqual([])
    expect(await here.callbacks()).toMatchObject({ rejected: 0 })
  })

  it('continues after a call that hangs', async () => {
    const here = await start({ domains: 5 })
    here.emulator.faults.add({ kind: 'hang', action: 'SetSnapshotCallbackAuth' })
    here.emulator.faults.add({ kind: 'hangAfter', action: 'PutSecretValue' })
    expect(await here.go()).toMatchObject({ outcome: 'rotated', domains: { confirmed: 5 } })
  })

  it('reports wrong credentials in a sentence, and changes nothing', async () => {
    const here = await start()
    const wrong = { accessKeyId: 'local-access-key-id', accessKeySecret: 'wrong' }
    const report = await here.go({}, { credentials: wrong })
    expect(report).toMatchObject({ outcome: 'failed', error: { code: 'badCredentials' } })
    expect(ofAction(here, 'CreateSecret')).toBe(0)
  })

  it('names a domain that does not exist and one without a callback, and holds promotion back', async () => {
    const here = await start({ domains: 4 })
    here.emulator.world.domain('live2.example.com').callbackUrls.clear()
    here.group = { ...here.group, domains: [...here.group.domains, 'gone.example.com'] }
    const report = await here.go()
    expect(report.outcome).toBe('incomplete')
    expect(report.domains.failed.map(({ domain, code }) => [domain, code]).sort()).toEqual([
      ['gone.example.com', 'notFound'],
      ['live2.example.com', anyText],
    ])
    here.emulator.world.domain('live2.example.com').callbackUrls.set('*', here.receiverUrl)
    here.group = { ...here.group, domains: here.group.domains.filter((name) => name !== 'gone.example.com') }
    expect(await here.go({ action: 'reconcile' })).toMatchObject({ outcome: 'reconciled', kid: report.kid })
  })

  it('waits for the receivers named as probes, over HTTP', async () => {
    const here = await start()
    await here.go({ action: 'reconcile' })
    here.group = {
      ...here.group,
      probes: [here.receiverUrl],
      propagation: { ...here.group.propagation, probesCoverAllInstances: true },
    }
    const started = here.clock.now()
    expect(await here.go({ force: true })).toMatchObject({ outcome: 'rotated' })
    // The receiver learns the key from the probe itself: an unknown signature makes it read again.
    expect(here.clock.now() - started).toBeLessThan(20_000)
    expect(here.log.some((event) => event.event === 'probe' && event.accepted)).toBe(true)
  })

  it('stops a group whose secret contains something else, and leaves that unchanged', async () => {
    const here = await start()
    const { secrets } = here.emulator.world
    secrets.create('1000000000000001', here.group.secret, { versionId: 'v1', data: '{"password":"x"}' })
    expect(await here.go()).toMatchObject({ outcome: 'failed', error: { code: 'keyset' } })
    expect(secrets.get('1000000000000001', here.group.secret).versions).toHaveLength(1)
  })
})

describe('three rotations in a row', { tags: 'slow' }, () => {
  it('accept every callback of streams of every generation, and lose nothing to the ten versions of KMS', async () => {
    const here = await start({ domains: 20, streams: 40 })
    const streams = [...here.emulator.world.streams.all()]
    for (let generation = 0; generation < 3; generation++) {
      expect((await here.go({ force: true })).outcome).toBe('rotated')
      await here.clock.advance(HOUR)
      // A quarter of the streams goes over to the new key, the others stay on the one they were pushed under.
      for (const stream of streams.slice(generation * 10, generation * 10 + 10)) {
        here.emulator.world.streams.push(stream, here.clock.now())
      }
      await here.go({ action: 'reconcile' })
      expect(await here.callbacks()).toMatchObject({ accepted: 40, rejected: 0, lost: 0 })
    }
    expect(Object.keys(here.emulator.callbacks.genuine.counts.byKid)).toHaveLength(4)
    expect(here.states()).toEqual(['current', 'previous', 'previous', 'previous'])
    const { versions } = here.emulator.world.secrets.get('1000000000000001', here.group.secret)
    expect(versions.length).toBeLessThanOrEqual(10)
  })
})

describe('running streams that never end', { tags: 'slow' }, () => {
  it('keep the old key after overlap.min; pushed again, it goes at the next reconcile', async () => {
    const here = await start({
      domains: 200,
      streams: 2_000,
      endlessStreams: 300,
      streamLength: { min: 5 * MINUTE, max: 20 * MINUTE },
    })
    await here.go({ action: 'reconcile' })
    await here.go({ force: true })
    await here.clock.advance(2 * HOUR)
    const draining = await here.go({ action: 'reconcile' })
    expect(draining.keys.map(({ state }) => state)).toEqual(['current', 'previous'])
    expect(draining.keys[1]?.runningStreams).toBe(300)
    for (const stream of [...here.emulator.world.streams.all()].slice(0, 300)) {
      here.emulator.world.streams.push(stream, here.clock.now())
    }
    await here.go({ action: 'reconcile' })
    expect(here.states()).toEqual(['current'])
  })

  it('with interrupt, are cut once each and come back on the fresh key', async () => {
    const here = await start({
      domains: 200,
      streams: 2_000,
      endlessStreams: 300,
      streamLength: { min: MINUTE, max: 2 * MINUTE },
    })
    await here.go({ action: 'reconcile' })
    const before = new Map([...here.emulator.world.streams.all()].map((stream) => [stream.id, stream.pushes]))
    const report = await here.go({ emergency: true, onRunningStreams: 'interrupt' })
    expect(report.outcome).toBe('rotated')
    expect(here.states()).toEqual(['current'])
    const cuts = here.emulator.calls.of('ForbidLiveStream')
    expect(cuts.length).toBe(report.cutOff?.interrupted)
    const endless = [...here.emulator.world.streams.all()].slice(0, 300)
    for (const stream of endless) expect(stream.pushes - (before.get(stream.id) ?? 0)).toBe(1)
    expect(await here.callbacks()).toMatchObject({ rejected: 0, quarantined: 0 })
  })
})

describe('an emergency', () => {
  it('trusts no callback under the leaked key within a ttl, and refuses no genuine one', async () => {
    const here = await start()
    await here.go()
    const leaked = here.keyset.keys.find(({ state }) => state === 'current')?.key ?? Key.generate()
    await here.callbacks()
    expect(await here.clock.run(here.emulator.callbacks.forge(here.receiverUrl, leaked))).toMatchObject({
      accepted: 1,
    })

    const emergency = here.begin({ emergency: true })
    const forging = (async () => {
      await here.clock.sleep(MINUTE + 5_000)
      return here.emulator.callbacks.forge(here.receiverUrl, leaked, 5)
    })()
    const [report, forged] = await here.clock.run(Promise.all([emergency, forging]))
    expect(report.groups[0]).toMatchObject({
      outcome: 'rotated',
      cutOff: { receiversMs: anyNumber },
    })
    expect(forged).toMatchObject({ accepted: 0, quarantined: 5 })
    expect(await here.callbacks()).toMatchObject({ rejected: 0, lost: 0 })
  })
})
