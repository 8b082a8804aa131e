import { beforeEach, describe, expect, it } from 'vitest'
import type { GroupConfig, RotationRequest } from '../../lib/config/types.ts'
import { Key } from '../../lib/keyset/key.ts'
import { RotatorError } from '../../lib/core/errors.ts'
import { currentKey, pendingKey } from '../../lib/keyset/keyset.ts'
import type { GroupReport } from '../../lib/rotation/report/report.ts'
import { run } from '../../lib/rotation/run.ts'
import { TestClock } from '../support/clock.ts'
import {
  groupConfig,
  HOUR,
  ModelCloud,
  request,
  rotationConfig,
  type ModelProcess,
} from '../support/model-cloud.ts'

/** Probes that reach every instance let a run switch at once: the narrowest case for a fence. */
const QUICK = groupConfig({
  probes: ['https://hooks.example.com/'],
  propagation: { marginMs: 10_000, maxMs: HOUR, probesCoverAllInstances: true },
})

let clock: TestClock
let cloud: ModelCloud

beforeEach(() => {
  clock = new TestClock()
  cloud = new ModelCloud(clock)
})

async function go(
  wanted: Partial<RotationRequest>,
  process: ModelProcess = cloud.process(),
  group: GroupConfig = QUICK,
): Promise<GroupReport> {
  const report = await run(request(wanted), rotationConfig(group), process.environment())
  const [only] = report.groups
  if (!only) throw new Error('no group in the report')
  return only
}

const kidsOnDomains = (): (string | undefined)[] => [
  ...new Set([...cloud.domains.values()].map(({ key }) => key?.kid)),
]

/** 300 domains, which are on one key: a keyset has no room for a key each. */
function manyDomains(): string[] {
  const domains = Array.from({ length: 300 }, (_, index) => `live${index + 1}.example.com`)
  cloud = new ModelCloud(clock, domains)
  cloud.pushAfterSet = false
  const shared = Key.generate()
  for (const state of cloud.domains.values()) state.key = shared
  return domains
}

describe('a run that was frozen while another went on', () => {
  it.each(['probe', 'query'] as const)('sets nothing more, frozen before a %s', async (call) => {
    await clock.run(go({}))
    await clock.advance(2 * HOUR)
    const frozen = cloud.process()
    const thaw = frozen.freezeBefore(call)
    const late = go({}, frozen)
    await clock.advance(1_000)
    const emergency = await clock.run(go({ emergency: true }))
    expect(emergency.outcome).toBe('rotated')
    await clock.advance(HOUR / 2)

    const before = cloud.effects.length
    thaw()
    const report = await clock.run(late)
    expect(cloud.effects.slice(before).filter((effect) => effect.startsWith('set'))).toEqual([])
    expect(kidsOnDomains()).toEqual([emergency.kid])
    // Frozen after its stage, its key is gone; frozen before it, there is nothing left to do.
    expect([report.outcome, report.error?.code]).toEqual(
      call === 'probe' ? ['incomplete', 'fenced'] : ['notDue', undefined],
    )
  })

  it('reads the keyset before its first set: one that was overtaken a moment ago sets nothing', async () => {
    await clock.run(go({}))
    await clock.advance(24 * HOUR)
    const process = cloud.process()
    const thaw = process.freezeBefore('probe')
    const rotation = go({ force: true, id: 'overtaken' }, process)
    await clock.advance(1_000)
    const emergency = go({ emergency: true, id: 'leak' })
    await clock.advance(1_000)
    thaw()
    const [overtaken] = await clock.run(Promise.all([rotation, emergency]))
    expect(overtaken).toMatchObject({
      outcome: 'incomplete',
      domains: { set: 0 },
      error: { code: 'fenced' },
      did: 'staged',
    })
    expect(process.calls['set']).toBeUndefined()
  })

  it('ends a forced rotation as displaced that was frozen in its save, and not as one that was not due', async () => {
    await clock.run(go({}))
    await clock.advance(24 * HOUR)
    const process = cloud.process()
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
    const rotation = go({ force: true, id: 'frozen' }, process)
    await clock.advance(1_000)
    const staged = pendingKey(cloud.keyset!)?.kid
    await clock.run(go({ emergency: true, id: 'leak' }))
    expect(cloud.keyset?.keys.find(({ kid }) => kid === staged)?.state).toBe('compromised')
    answer()
    expect(await clock.run(rotation)).toMatchObject({ outcome: 'incomplete', error: { code: 'fenced' } })
  })

  it('reads the keyset again while it works, and not for every set', async () => {
    const domains = manyDomains()
    const process = cloud.process()
    // Every set waits 100 ms more than the one before, as behind a throttle of ten a second.
    process.setEveryMs = 100
    expect((await clock.run(go({}, process, { ...QUICK, domains }))).outcome).toBe('rotated')
    expect(process.calls['load']).toBeGreaterThan(3)
    expect(process.calls['load']).toBeLessThan(30)
  })
})

describe('a keyset that takes seconds to read', () => {
  it('is read beside the sets: none of them waits for it', async () => {
    const domains = manyDomains()
    const process = cloud.process()
    process.setEveryMs = 100
    const setAt: number[] = []
    process.around = (ports) => ({
      ...ports,
      keysets: {
        ...ports.keysets,
        load: async () => {
          const loaded = await ports.keysets.load()
          await clock.sleep(3_000)
          return loaded
        },
      },
      live: {
        ...ports.live,
        set: async (domain, key, options) => {
          await ports.live.set(domain, key, options)
          setAt.push(clock.now())
        },
      },
    })
    expect((await clock.run(go({}, process, { ...QUICK, domains }))).outcome).toBe('rotated')
    expect(setAt).toHaveLength(300)
    const gaps = setAt.slice(1).map((at, index) => at - (setAt[index] ?? 0))
    expect(Math.max(...gaps)).toBeLessThanOrEqual(200)
  })
})

describe('an emergency in the middle of an apply', () => {
  it('reads once more when readings are sure to show the last set of the run that it displaced', async () => {
    await clock.run(go({}))
    cloud.queryLagMs = 4_900
    // The displaced run has read the keyset just before the emergency's save; its last set comes late and takes its time.
    const displaced = cloud.process()
    displaced.setLatencyMs = 9_900
    displaced.setEveryMs = 9_500
    const slow = go({ force: true }, displaced)
    await clock.advance(500)
    const report = await clock.run(go({ emergency: true }))
    expect(report.outcome).toBe('rotated')
    await clock.run(slow)
    await clock.advance(HOUR)
    expect(kidsOnDomains()).toEqual([report.kid])
  })

  it('outlives the last set of the run that it displaced, and repairs what that one did', async () => {
    await clock.run(go({}))
    const displaced = cloud.process()
    displaced.setLatencyMs = 9_900
    const slow = go({ force: true }, displaced)
    await clock.advance(500)
    expect(cloud.keyset?.keys[0]?.state).toBe('pending')

    const report = await clock.run(go({ emergency: true }))
    expect(report.outcome).toBe('rotated')
    await clock.run(slow)
    await clock.advance(HOUR)
    expect(kidsOnDomains()).toEqual([report.kid])
    expect(cloud.keyset && currentKey(cloud.keyset)?.kid).toBe(report.kid)
  })
})
