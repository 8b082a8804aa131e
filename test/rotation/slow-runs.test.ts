import { describe, expect, it } from 'vitest'
import { Key } from '../../lib/keyset/key.ts'
import type { GroupReport } from '../../lib/rotation/report/report.ts'
import { DAY, HOUR, MINUTE, type ModelProcess } from '../support/model-cloud.ts'
import { Story } from '../support/story.ts'

const RECONCILE = { action: 'reconcile' } as const
/** Probes that reach every instance let a run switch at once. */
const QUICK = {
  probes: ['https://hooks.example.com/'],
  propagation: { marginMs: 10_000, maxMs: HOUR, probesCoverAllInstances: true },
}

/** A group that rotated a while ago. */
async function rotated(ageMs = 2 * HOUR): Promise<Story> {
  const story = new Story()
  await story.go()
  await story.clock.advance(ageMs)
  return story
}

/** The first save is under way for so long before it is stored. */
function slowFirstSave(story: Story, process: ModelProcess, ms: number): void {
  process.frozenBefore.set('save', story.clock.sleep(ms))
}

/** The next run was slow in its first save, and died right after it. */
async function diedAfterSlowSave(): Promise<Story> {
  const story = await rotated()
  const process = story.cloud.process({ killAt: 5, killAfterEffect: true })
  slowFirstSave(story, process, 19_000)
  await story.go({}, process)
  expect(story.states()[0]).toBe('pending')
  return story
}

describe('a save that is slow, or whose run is frozen in it', () => {
  it.each([19_000, 5 * MINUTE])('is waited for from when it was stored, %i ms later', async (ms) => {
    const story = await rotated()
    const process = story.cloud.process()
    slowFirstSave(story, process, ms)
    const report = await story.go({}, process)
    expect(report.outcome).toBe('rotated')
    expect(story.cloud.refusals).toEqual([])
    // It says why it took so long.
    expect(report.warnings).toEqual([
      expect.stringMatching(/stored the staged key \d+ s later than this clock/),
    ])
  })

  it('is not reported if it only took as long as calls take', async () => {
    const story = new Story()
    const process = story.cloud.process()
    slowFirstSave(story, process, 4_000)
    expect((await story.go({}, process)).warnings).toEqual([])
  })

  it('is waited for even if the run saves again before it publishes', async () => {
    const story = await rotated()
    story.setByHand('live1.example.com', story.newest('previous'))
    const process = story.cloud.process()
    slowFirstSave(story, process, 19_000)
    expect((await story.go({ emergency: true, id: 'leak' }, process)).outcome).toBe('rotated')
    expect(story.cloud.refusals).toEqual([])
  })

  it('is waited for by a run that imports a key after the slow one died', async () => {
    const story = await diedAfterSlowSave()
    story.cloud.domains.set('live1.example.com', { enabled: true, key: Key.generate() })
    await story.go(RECONCILE)
    expect(story.cloud.refusals).toEqual([])
  })

  it('is waited for by another run that finds the document', async () => {
    const story = await diedAfterSlowSave()
    expect((await story.go(RECONCILE)).outcome).toBe('reconciled')
    expect(story.cloud.refusals).toEqual([])
  })

  it('does not shorten the time that an emergency outlives the run that it displaced', async () => {
    const story = new Story(QUICK)
    await story.go()
    await story.clock.advance(DAY)
    const displaced = story.cloud.process()
    displaced.setLatencyMs = 9_900
    displaced.setEveryMs = 9_500
    const late = story.begin({ force: true, id: 'displaced' }, displaced)
    await story.clock.advance(500)
    expect(story.states()[0]).toBe('pending')

    const process = story.cloud.process()
    slowFirstSave(story, process, 19_000)
    const report = await story.go({ emergency: true, id: 'leak' }, process)
    expect(report.outcome).toBe('rotated')
    await story.clock.run(late)
    await story.clock.advance(MINUTE)
    expect(story.kidsOnDomains()).toEqual([report.kid])
  })
})

describe('an emergency', () => {
  it('waits for receivers that hold a document with a longer ttl, which was lowered since', async () => {
    const story = new Story({ ttlMs: HOUR })
    await story.go()
    await story.clock.advance(DAY)
    story.group = { ...story.group, ttlMs: MINUTE }
    expect((await story.go({ emergency: true, id: 'leak' })).outcome).toBe('rotated')
    expect(story.cloud.refusals).toEqual([])
  })
})

describe('the fence', () => {
  it('gives up if KMS answers too slowly to know whether to continue', async () => {
    const story = await rotated()
    const before = story.cloud.effects.length
    let report: GroupReport | undefined
    void story.begin().then((end) => (report = end))
    await story.clock.advance(30_000)
    story.cloud.latency = () => 10_000
    await story.clock.advance(HOUR)
    expect(report).toMatchObject({ outcome: 'failed', error: { code: 'unavailable' }, domains: { set: 0 } })
    expect(story.cloud.effects.slice(before)).toHaveLength(1)
  })

  it('ends a run at once, with all sets that wait their turn', async () => {
    const story = await rotated(DAY)
    const process = story.cloud.process()
    process.setEveryMs = 10 * MINUTE
    const late = story.begin({ id: 'late' }, process)
    await story.clock.advance(80_000)
    const emergency = await story.go({ emergency: true, id: 'leak' })
    const displacedAt = story.clock.now()
    // Its next set would be in its turn after 10 minutes, the one after that after 20.
    const report = await story.clock.run(late)
    expect(report).toMatchObject({
      outcome: 'incomplete',
      error: { code: 'fenced' },
      domains: { failed: [] },
    })
    expect(story.clock.now() - displacedAt).toBeLessThan(10 * MINUTE)
    expect(process.calls['set']).toBe(1)
    expect(story.stateOf(emergency.kid)).toBe('current')
  })

  it('stops a run that was displaced before its last save from reporting that it rotated', async () => {
    const story = await rotated(DAY)
    const process = story.cloud.process()
    const late = story.begin({ id: 'late' }, process)
    await story.clock.advance(60_000)
    const mine = story.newest('pending')
    const thaw = process.freezeBefore('save')
    await story.clock.advance(20_000)
    expect(story.kidsOnDomains()).toEqual([mine.kid])

    expect((await story.go({ emergency: true, id: 'leak' })).outcome).toBe('rotated')
    thaw()
    expect(await story.clock.run(late)).toMatchObject({
      outcome: 'incomplete',
      error: { code: 'fenced' },
      causes: [{ code: 'superseded' }],
    })
    expect(process.log.filter(({ event }) => event === 'promoted')).toEqual([])
    expect(story.stateOf(mine.kid)).toBe('compromised')
  })
})

describe('a run whose time is too short to read its domains', () => {
  it.each([{}, RECONCILE])('is incomplete, says what to do, and changes nothing: %o', async (wanted) => {
    const story = new Story()
    const before = story.cloud.effects.length
    story.cloud.latencyMs = 2_000
    const process = story.cloud.process()
    process.deadline = process.waitUntil = story.clock.now() + 1_500
    expect(await story.go(wanted, process)).toMatchObject({
      outcome: 'incomplete',
      error: { message: expect.stringMatching(/longer timeout, or split the group/) as string },
      causes: [{ code: 'tooShort', subject: null }],
    })
    expect(story.cloud.effects.slice(before)).toEqual([])
  })
})

describe('the end of a run', () => {
  it('is too late to begin a save', { tags: 'slow' }, async () => {
    const late: string[] = []
    for (let time = 500; time < 90_000; time += 500) {
      const story = new Story()
      story.cloud.latencyMs = 1_000
      const process = story.cloud.process()
      process.deadline = process.waitUntil = story.clock.now() + time
      await story.go({}, process)
      for (const { keyset, savedAt } of story.cloud.documents) {
        const after = savedAt - 1_000 - process.deadline
        if (after > 0) late.push(`deadline ${time}: revision ${keyset.revision} was begun ${after} ms late`)
      }
    }
    expect(late).toEqual([])
  })
})
