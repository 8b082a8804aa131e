import { beforeEach, describe, expect, it } from 'vitest'
import { RotatorError } from '../../lib/core/errors.ts'
import { Key } from '../../lib/keyset/key.ts'
import { currentKey, pendingKey } from '../../lib/keyset/keyset.ts'
import { groupConfig, HOUR } from '../support/model-cloud.ts'
import { Story } from '../support/story.ts'

/** Probes that reach every instance let a run switch at once: the narrowest case for a fence. */
const QUICK = groupConfig({
  probes: ['https://hooks.example.com/'],
  propagation: { marginMs: 10_000, maxMs: HOUR, probesCoverAllInstances: true },
})

let story: Story

beforeEach(() => {
  story = new Story(QUICK)
  // Nothing but sets pushes streams: only the domains are looked at.
  story.cloud.streams.clear()
})

/** A story of 300 domains, which are on one key: a keyset has no room for a key each. */
function withManyDomains(): void {
  const domains = Array.from({ length: 300 }, (_, index) => `live${index + 1}.example.com`)
  story = new Story({ ...QUICK, domains })
  story.cloud.streams.clear()
  story.cloud.pushAfterSet = false
  const shared = Key.generate()
  for (const state of story.cloud.domains.values()) state.key = shared
}

describe('a run that was frozen while another continued', () => {
  it.each(['probe', 'query'] as const)('sets nothing more, frozen before a %s', async (call) => {
    await story.go({})
    await story.clock.advance(2 * HOUR)
    const frozen = story.cloud.process()
    const thaw = frozen.freezeBefore(call)
    const late = story.begin({}, frozen)
    await story.clock.advance(1_000)
    const emergency = await story.go({ emergency: true })
    expect(emergency.outcome).toBe('rotated')
    await story.clock.advance(HOUR / 2)

    const before = story.cloud.effects.length
    thaw()
    const report = await story.clock.run(late)
    expect(story.cloud.effects.slice(before).filter((effect) => effect.startsWith('set'))).toEqual([])
    expect(story.kidsOnDomains()).toEqual([emergency.kid])
    // Frozen after its stage, its key is gone; frozen before it, there is nothing left to do.
    expect([report.outcome, report.error?.code]).toEqual(
      call === 'probe' ? ['incomplete', 'fenced'] : ['notDue', undefined],
    )
  })

  it('reads the keyset before its first set: if it was overtaken a moment ago, it sets nothing', async () => {
    await story.go({})
    await story.clock.advance(24 * HOUR)
    const process = story.cloud.process()
    const thaw = process.freezeBefore('probe')
    const rotation = story.begin({ force: true, id: 'overtaken' }, process)
    await story.clock.advance(1_000)
    const emergency = story.begin({ emergency: true, id: 'leak' })
    await story.clock.advance(1_000)
    thaw()
    const [overtaken] = await story.clock.run(Promise.all([rotation, emergency]))
    expect(overtaken).toMatchObject({
      outcome: 'incomplete',
      domains: { set: 0 },
      error: { code: 'fenced' },
      did: 'staged',
    })
    expect(process.calls['set']).toBeUndefined()
  })

  it('ends a forced rotation that was frozen in its save as displaced, not as not due', async () => {
    await story.go({})
    await story.clock.advance(24 * HOUR)
    const process = story.cloud.process()
    let answer = (): void => undefined
    process.around = (ports) => ({
      ...ports,
      keysets: {
        ...ports.keysets,
        // It is stored; its answer comes when another run has gone on, as a list that shows more.
        save: async (next, base) => {
          await ports.keysets.save(next, base)
          await new Promise<void>((resolve) => (answer = resolve))
          throw new RotatorError('conflict', 'another run changed the keyset')
        },
      },
    })
    const rotation = story.begin({ force: true, id: 'frozen' }, process)
    await story.clock.advance(1_000)
    const staged = pendingKey(story.cloud.keyset!)?.kid
    await story.go({ emergency: true, id: 'leak' })
    expect(story.cloud.keyset?.keys.find(({ kid }) => kid === staged)?.state).toBe('compromised')
    answer()
    expect(await story.clock.run(rotation)).toMatchObject({
      outcome: 'incomplete',
      error: { code: 'fenced' },
    })
  })

  it('reads the keyset again while it works, but not for every set', async () => {
    withManyDomains()
    const process = story.cloud.process()
    // Every set waits 100 ms more than the one before, as behind a throttle of ten a second.
    process.setEveryMs = 100
    expect((await story.go({}, process)).outcome).toBe('rotated')
    expect(process.calls['load']).toBeGreaterThan(3)
    expect(process.calls['load']).toBeLessThan(30)
  })
})

describe('a run whose set is about to be sent', () => {
  const held: Readonly<Record<string, (ms: number) => unknown>> = {
    'was frozen, with its clocks going on': (ms) => story.clock.advance(ms),
    'was suspended: its monotonic clock stood still': (ms) => story.clock.setWall(ms),
    'was frozen, and its wall clock set back': async (ms) => {
      await story.clock.advance(ms)
      story.clock.setWall(-HOUR)
    },
  }

  it.each(Object.entries(held))('sends nothing under a leaked key: it %s', async (_, goOn) => {
    await story.go({})
    await story.clock.advance(2 * HOUR)
    const leaked = currentKey(story.keyset)
    const drifted = Key.generate()
    story.cloud.domains.set('live1.example.com', { enabled: true, key: drifted })
    const frozen = story.cloud.process()
    const thaw = frozen.freezeBefore('set')
    const repairing = story.begin({ action: 'reconcile' }, frozen)
    await story.clock.advance(1_000)
    const emergency = await story.go({ emergency: true, onRunningStreams: 'reject' })
    expect(emergency.outcome).toBe('rotated')
    expect(story.keyset.revoked.map(({ kid }) => kid)).toContain(leaked?.kid)
    await goOn(11_000)
    thaw()
    expect(await story.clock.run(repairing)).toMatchObject({
      outcome: 'incomplete',
      error: { code: 'fenced' },
      domains: { set: 0 },
    })
    expect(story.kidsOnDomains()).toEqual([emergency.kid])
  })

  it('continues if it was only delayed: it reads the keyset again and sets the domain', async () => {
    const process = story.cloud.process()
    const thaw = process.freezeBefore('set')
    const rotation = story.begin({}, process)
    await story.clock.advance(11_000)
    const loads = process.calls['load'] ?? 0
    thaw()
    expect(await story.clock.run(rotation)).toMatchObject({ outcome: 'rotated' })
    expect(process.calls['load']).toBeGreaterThan(loads)
    expect(process.calls['set']).toBe(3)
  })
})

describe('a keyset that takes seconds to read', () => {
  it('is read concurrently with the sets: none of them waits for it', async () => {
    withManyDomains()
    const process = story.cloud.process()
    process.setEveryMs = 100
    const setAt: number[] = []
    process.around = (ports) => ({
      ...ports,
      keysets: {
        ...ports.keysets,
        load: async () => {
          const loaded = await ports.keysets.load()
          await story.clock.sleep(3_000)
          return loaded
        },
      },
      live: {
        ...ports.live,
        set: async (domain, key, options) => {
          await ports.live.set(domain, key, options)
          setAt.push(story.clock.now())
        },
      },
    })
    expect((await story.go({}, process)).outcome).toBe('rotated')
    expect(setAt).toHaveLength(300)
    const gaps = setAt.slice(1).map((at, index) => at - (setAt[index] ?? 0))
    expect(Math.max(...gaps)).toBeLessThanOrEqual(200)
  })
})

describe('an emergency beside a repair', () => {
  const repaired = 'live1.example.com'

  beforeEach(async () => {
    await story.go({})
    await story.clock.advance(2 * HOUR)
    story.cloud.domains.set(repaired, { enabled: true, key: Key.generate() })
  })

  it.each([0, 2_000, 9_900])('outlives its last set, which takes %i ms', async (setLatencyMs) => {
    const process = story.cloud.process()
    process.setLatencyMs = setLatencyMs
    const repair = story.begin({ action: 'reconcile' }, process)
    await story.clock.advance(100)
    const report = await story.go({ emergency: true, onRunningStreams: 'reject' })
    expect(report.outcome).toBe('rotated')
    await story.clock.run(repair)
    expect(story.kidsOnDomains()).toEqual([report.kid])
  })

  it('waits only for domains that a repair may be setting', async () => {
    story.cloud.domains.set(repaired, { enabled: true, key: story.newest('current').key })
    const before = story.clock.now()
    expect((await story.go({ emergency: true })).outcome).toBe('rotated')
    expect(story.clock.now() - before).toBeLessThan(1_000)
  })
})

describe('an emergency in the middle of an apply', () => {
  it("reads again once readings are sure to show the displaced run's last set", async () => {
    await story.go({})
    story.cloud.queryLagMs = 4_900
    // The displaced run has read the keyset just before the emergency's save; its last set comes late and takes its time.
    const displaced = story.cloud.process()
    displaced.setLatencyMs = 9_900
    displaced.setEveryMs = 9_500
    const slow = story.begin({ force: true }, displaced)
    await story.clock.advance(500)
    const report = await story.go({ emergency: true })
    expect(report.outcome).toBe('rotated')
    await story.clock.run(slow)
    await story.clock.advance(HOUR)
    expect(story.kidsOnDomains()).toEqual([report.kid])
  })

  it("outlives the displaced run's last set, and repairs what that one did", async () => {
    await story.go({})
    const displaced = story.cloud.process()
    displaced.setLatencyMs = 9_900
    const slow = story.begin({ force: true }, displaced)
    await story.clock.advance(500)
    expect(story.cloud.keyset?.keys[0]?.state).toBe('pending')

    const report = await story.go({ emergency: true })
    expect(report.outcome).toBe('rotated')
    await story.clock.run(slow)
    await story.clock.advance(HOUR)
    expect(story.kidsOnDomains()).toEqual([report.kid])
    expect(story.cloud.keyset && currentKey(story.cloud.keyset)?.kid).toBe(report.kid)
  })
})
