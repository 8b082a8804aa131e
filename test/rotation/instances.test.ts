import { describe, expect, it } from 'vitest'
import type { Key } from '../../lib/keyset/key.ts'
import { Fleet } from '../support/fleet.ts'
import { DAY, HOUR, MINUTE } from '../support/model-cloud.ts'
import { Story } from '../support/story.ts'

const URL = 'https://hooks.example.com/live?token=hidden'
const TTL_AND_MARGIN = MINUTE + 10_000

interface Behind {
  readonly story: Story
  readonly fleet: Fleet
  /** Milliseconds from the start of a rotation to each set, and what the instances say of the key then. */
  readonly sets: { readonly afterMs: number; readonly verdicts: readonly string[] }[]
}

/** A group in rotation for a day, with so many instances behind its one URL, of which so many are stated. */
async function behind(size: number, stated = size): Promise<Behind & { rotate: Story['go'] }> {
  const story = new Story({
    probes: [URL],
    instances: new Map([[URL, stated]]),
    propagation: { marginMs: 10_000, maxMs: HOUR, probesCoverAllInstances: false },
  })
  const fleet = new Fleet(story.cloud, size)
  await story.go()
  await story.clock.advance(DAY)
  story.pushAll()
  await fleet.verdicts(story.newest('current').key)
  const sets: Behind['sets'] = []
  const rotate: Story['go'] = async (wanted) => {
    const process = story.cloud.process()
    const started = story.clock.now()
    process.around = (ports) => ({
      ...ports,
      live: {
        ...ports.live,
        set: async (domain: string, key: Key, options) => {
          sets.push({ afterMs: story.clock.now() - started, verdicts: await fleet.verdicts(key) })
          await ports.live.set(domain, key, options)
        },
      },
    })
    return story.go(wanted, process)
  }
  return { story, fleet, sets, rotate }
}

describe('a rotation whose instances give evidence', () => {
  it('sets the first domain as soon as each of them has shown the new key', async () => {
    const { story, sets, rotate } = await behind(3)
    const report = await rotate()
    expect(report.outcome).toBe('rotated')
    expect(sets[0]?.afterMs).toBeLessThan(5_000)
    expect(sets.flatMap(({ verdicts }) => verdicts).every((verdict) => verdict === 'accepted')).toBe(true)
    expect(report.warnings).toEqual([])
    expect(report.receivers).toMatchObject([
      { url: 'https://hooks.example.com/live', accepted: true, expected: 3 },
    ])
    const { instances, revision } = report.receivers![0]!
    expect(instances.map((instance) => instance.revision)).toEqual([revision, revision, revision])
    expect(story.cloud.documents[revision! - 1]?.keyset.keys[0]?.state).toBe('pending')
  })

  it('waits the full time if one of them gives no evidence, and says so', async () => {
    const { fleet, sets, rotate } = await behind(3)
    fleet.cutOff.add(1)
    const report = await rotate()
    expect(sets[0]?.afterMs).toBeGreaterThanOrEqual(TTL_AND_MARGIN)
    expect(report.findings).toMatchObject([
      {
        kind: 'evidenceLacking',
        receivers: [{ url: 'https://hooks.example.com/live', seen: 2, why: 'tooFew' }],
      },
    ])
    expect(report.warnings[0]).toContain('2 of 3 instances answered')
  })

  it('waits the full time if there are more of them than stated', async () => {
    const { sets, rotate } = await behind(4, 3)
    const report = await rotate()
    expect(sets[0]?.afterMs).toBeGreaterThanOrEqual(TTL_AND_MARGIN)
    expect(report.findings).toMatchObject([
      { kind: 'evidenceLacking', receivers: [{ why: 'moreInstances' }] },
    ])
  })

  it('asks no URL more than ten times a second', async () => {
    const { story, fleet, rotate } = await behind(3)
    const asked: number[] = []
    story.cloud.probeAnswer = (_url, key) => {
      asked.push(story.clock.now())
      return fleet.probe(key)
    }
    fleet.cutOff.add(2)
    await rotate()
    const most = Math.max(
      ...asked.map((at) => asked.filter((other) => other >= at && other < at + 1_000).length),
    )
    expect(asked.length).toBeGreaterThan(100)
    expect(most).toBeLessThanOrEqual(10)
  })
})

describe('an emergency whose instances give evidence', () => {
  it('is cut off in seconds, and says when each instance was seen', async () => {
    const { story, fleet, sets, rotate } = await behind(3)
    const leaked = story.newest('current').key
    const started = story.clock.now()
    const report = await rotate({ emergency: true })
    expect(report.outcome).toBe('rotated')
    const { savedMs, firstInstanceMs, allInstancesMs, receiversMs } = report.cutOff!
    expect(firstInstanceMs! - savedMs).toBeLessThan(2_000)
    expect(allInstancesMs! - savedMs).toBeLessThan(5_000)
    expect(receiversMs).toBeGreaterThan(MINUTE)
    expect(sets[0]!.afterMs).toBeLessThan(10_000)
    expect(report.warnings).toEqual([])
    expect(await fleet.verdicts(leaked)).toEqual(['quarantined', 'quarantined', 'quarantined'])
    for (const { seenAt } of report.receivers![0]!.instances)
      expect(Date.parse(seenAt) - started).toBeLessThan(5_000)
  })

  it('names the instance that still trusts the leaked key', async () => {
    const { fleet, rotate } = await behind(3)
    fleet.cutOff.add(1)
    const report = await rotate({ emergency: true })
    expect(report.outcome).toBe('rotated')
    expect(report.cutOff).toMatchObject({
      allInstancesMs: null,
      firstInstanceMs: expect.any(Number) as number,
    })
    expect(report.findings).toContainEqual({
      kind: 'receiverTrustsLeaked',
      url: 'https://hooks.example.com/live',
      instances: [fleet.idOf(1)],
    })
    expect(report.warnings.join('\n')).toContain(fleet.idOf(1))
    expect(JSON.stringify(report)).not.toContain('hidden')
  })

  it('reaches instances whose number is not stated', async () => {
    const { story, fleet, rotate } = await behind(3)
    story.group = { ...story.group, instances: null }
    const leaked = story.newest('current').key
    const begun = rotate({ emergency: true })
    const watched = (async () => {
      await story.clock.sleep(5_000)
      return fleet.verdicts(leaked)
    })()
    const [report, verdicts] = await story.clock.run(Promise.all([begun, watched]))
    expect(verdicts).toEqual(['quarantined', 'quarantined', 'quarantined'])
    expect(report.receivers?.[0]?.instances).toHaveLength(3)
    expect(report.cutOff).toMatchObject({ allInstancesMs: null })
  })

  it('is finished by the next run if it was killed while it asked', async () => {
    for (let killAt = 3; killAt < 40; killAt += 4) {
      const { story, fleet } = await behind(2)
      const leaked = story.newest('current').key
      const first = story.cloud.process({ killAt })
      await story.go({ emergency: true, id: 'leak' }, first).catch(() => undefined)
      const report = await story.go({ emergency: true, id: 'leak' })
      expect(report.outcome).toBe('rotated')
      expect(await fleet.verdicts(leaked)).toEqual(['quarantined', 'quarantined'])
    }
  })
})

describe('status', () => {
  it('shows what each instance uses', async () => {
    const { story, rotate } = await behind(3)
    await rotate()
    await story.clock.advance(2 * MINUTE)
    const report = await story.go({ action: 'status' })
    expect(report.receivers).toMatchObject([{ accepted: true, expected: 3, revision: report.revision }])
    expect(report.receivers?.[0]?.instances).toHaveLength(3)
  })
})
