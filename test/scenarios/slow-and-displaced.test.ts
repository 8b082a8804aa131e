import { afterEach, describe, expect, it } from 'vitest'
import { LocalCloud } from '../support/local-cloud.ts'
import { DAY, HOUR, MINUTE } from '../support/model-cloud.ts'

let cloud: LocalCloud | undefined

async function start(...args: Parameters<typeof LocalCloud.start>): Promise<LocalCloud> {
  cloud = await LocalCloud.start(...args)
  return cloud
}

afterEach(async () => {
  await cloud?.close()
  cloud = undefined
})

describe('a save that hangs', () => {
  it('is waited for from when KMS stored it', async () => {
    const here = await start({ domains: 5, streams: 10 })
    await here.go()
    await here.clock.advance(DAY)
    const { calls, faults } = here.emulator
    const setsBefore = calls.of('SetSnapshotCallbackAuth').length
    const putsBefore = calls.of('PutSecretValue').length
    faults.add({ kind: 'hang', action: 'PutSecretValue', times: 2 })
    expect(await here.go({ id: 'slow' })).toMatchObject({ outcome: 'rotated' })
    const [first, , stored] = calls.of('PutSecretValue').slice(putsBefore)
    const [set] = calls.of('SetSnapshotCallbackAuth').slice(setsBefore)
    const storedAt = stored?.tick ?? NaN
    expect(storedAt - (first?.tick ?? NaN)).toBeGreaterThan(15_000)
    expect((set?.tick ?? NaN) - storedAt).toBeGreaterThanOrEqual(MINUTE + 10_000)
  })
})

/**
 * Live cuts what runs under a name, whenever it was pushed. So a stream that pushes again between a list and its cut is cut
 * once too often: that can happen to a few, never to all that a list named.
 */
describe('streams that are cut', () => {
  const A_FEW = 10

  /** Every stream pushed an hour ago; afterwards, how often each was pushed again. */
  async function leaking(streams: number): Promise<{ here: LocalCloud; pushes: () => number[] }> {
    const here = await start({ domains: 20, streams, endlessStreams: streams })
    await here.go()
    await here.clock.advance(DAY)
    const all = here.emulator.world.streams
    for (const stream of all.all()) all.push(stream, here.clock.now())
    await here.clock.advance(HOUR)
    const before = new Map([...all.all()].map(({ id, pushes }) => [id, pushes]))
    return { here, pushes: () => [...all.all()].map(({ id, pushes }) => pushes - (before.get(id) ?? 0)) }
  }

  const whenCutting = async ({ clock, emulator }: LocalCloud): Promise<void> => {
    while (emulator.calls.of('ForbidLiveStream').length < 30) await clock.sleep(500)
  }

  const INTERRUPT = { emergency: true, onRunningStreams: 'interrupt', id: 'leak' } as const

  it('are not cut again by a second run that meets the first one', { tags: 'slow' }, async () => {
    const { here, pushes } = await leaking(300)
    const emergency = here.begin(INTERRUPT)
    const second = whenCutting(here).then(() => here.begin({ action: 'reconcile' }))
    const reports = await here.clock.run(Promise.all([emergency, second]))
    expect(reports.map(({ ok }) => ok)).toEqual([true, true])
    expect(here.states()).toEqual(['current'])
    expect(pushes().filter((count) => count === 0)).toEqual([])
    expect(pushes().filter((count) => count > 1).length).toBeLessThanOrEqual(A_FEW)
  })

  it('are left alone if they were pushed again after the lists were read', async () => {
    const { here, pushes } = await leaking(600)
    const emergency = here.begin(INTERRUPT)
    const again = whenCutting(here).then(() => {
      const { streams } = here.emulator.world
      const left = pushes()
      for (const [index, stream] of [...streams.all()].entries())
        if (left[index] === 0) streams.push(stream, here.clock.now())
    })
    const [report] = await here.clock.run(Promise.all([emergency, again]))
    expect(report.groups[0]).toMatchObject({ outcome: 'rotated' })
    expect(here.states()).toEqual(['current'])
    expect(pushes().filter((count) => count > 1).length).toBeLessThanOrEqual(A_FEW)
  })
})

describe('a run whose time is short', { tags: 'slow' }, () => {
  it('is incomplete if the time does not suffice to read the domains, and says what to do', async () => {
    const here = await start({ domains: 200, streams: 0 })
    await here.go()
    await here.clock.advance(DAY)
    const revision = here.keyset.revision
    // 200 queries at 25 a second take 8 s.
    for (const wanted of [{ id: 'next', force: true }, { action: 'reconcile' }] as const) {
      const deadline = here.clock.now() + 7_000
      const report = await here.go(wanted, { deadline, waitUntil: deadline })
      expect(report).toMatchObject({ outcome: 'incomplete', domains: { total: 200, set: 0 } })
      expect(report.error?.message).toMatch(/too short to read its 200 domains.*longer timeout, or split/)
      expect(report.causes).toContainEqual({ code: 'tooShort', subject: null })
      expect(here.keyset.revision).toBe(revision)
    }
  })
})

describe('a run that is displaced', () => {
  it('ends within seconds, not after all its sets have had their turn', async () => {
    const here = await start({ domains: 60, streams: 0 })
    await here.go()
    await here.clock.advance(DAY)
    const config = here.config
    // One set a second: a minute of sets that wait for their turn.
    const slow = { ...config, throttle: { ...config.throttle, set: 1 } }
    let endedAt = Infinity
    const late = here.begin({ id: 'late' }, { config: slow }).finally(() => (endedAt = here.clock.now()))
    await here.clock.advance(85_000)
    const emergency = here.begin({ emergency: true, id: 'leak' })
    await here.clock.advance(1_000)
    const displacedAt = here.clock.now()
    const [{ groups }, rescue] = await here.clock.run(Promise.all([late, emergency]))
    expect(groups[0]).toMatchObject({ outcome: 'incomplete', error: { code: 'fenced' } })
    expect(groups[0]?.domains.failed).toEqual([])
    expect(endedAt - displacedAt).toBeLessThan(10_000)
    expect(here.kidsOnDomains()).toEqual([rescue.groups[0]?.kid])
  })
})
