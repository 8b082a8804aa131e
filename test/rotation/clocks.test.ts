import { beforeEach, describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE } from '../support/model-cloud.ts'
import { Story } from '../support/story.ts'

const RECONCILE = { action: 'reconcile' } as const

let story: Story

beforeEach(() => {
  story = new Story({
    probes: ['https://hooks.example.com/'],
    // A rotation is over in a moment, so that the clocks' skew is all that lies between its times.
    propagation: { marginMs: 10_000, maxMs: HOUR, probesCoverAllInstances: true },
  })
  story.cloud.pushAfterSet = false
})

describe("where Live's clock and the rotator's are half a minute apart", () => {
  it('a stream that was pushed right before the switch, and is listed as after it, keeps its key', async () => {
    await story.go()
    await story.clock.advance(DAY)
    story.cloud.liveIsBehindMs = -30_000
    story.pushAll()
    const old = story.newest('current').kid
    await story.go()
    await story.clock.advance(HOUR)
    expect(await story.go(RECONCILE)).toMatchObject({ outcome: 'reconciled' })
    expect(story.stateOf(old)).toBe('previous')
    expect(story.cloud.refusals).toEqual([])
  })

  it('a stream that was pushed right after the switch, and is listed as before it, keeps its key', async () => {
    story.cloud.liveIsBehindMs = 30_000
    await story.go()
    story.pushAll()
    const { kid } = story.newest('current')
    await story.clock.advance(DAY)
    await story.go()
    await story.clock.advance(HOUR)
    expect(await story.go(RECONCILE)).toMatchObject({ outcome: 'reconciled' })
    expect(story.stateOf(kid)).toBe('previous')
    expect(story.cloud.refusals).toEqual([])
  })

  it.each([30_000, -30_000])(
    'a stream is cut that was pushed right before the switch (%i ms)',
    async (behind) => {
      await story.go()
      await story.clock.advance(DAY)
      story.cloud.liveIsBehindMs = behind
      story.pushAll()
      expect(await story.go({ emergency: true, onRunningStreams: 'interrupt' })).toMatchObject({
        outcome: 'rotated',
        cutOff: { interrupted: 3 },
      })
      expect(story.states()).toEqual(['current'])
    },
  )
})

it('a push is listed by its whole second: one right after a switch is not older than the key', async () => {
  story.group = { ...story.group, overlap: { ...story.group.overlap, clockSkewMs: 0 } }
  await story.clock.advance(300)
  await story.go()
  story.pushAll()
  const { kid, stagedAt } = story.newest('current')
  const listed = [...story.cloud.streams.values()].map(({ publishedAt }) => publishedAt)
  expect(Math.max(...listed)).toBeLessThan(Date.parse(stagedAt ?? ''))
  await story.clock.advance(DAY)
  await story.go()
  await story.clock.advance(HOUR)
  await story.go(RECONCILE)
  expect(story.stateOf(kid)).toBe('previous')
  expect(story.cloud.refusals).toEqual([])
})

describe('an old key that nothing signs with', () => {
  it('stays for overlap.min after the last domain has left it, and goes then', async () => {
    await story.go()
    await story.clock.advance(5 * MINUTE)
    story.pushAll()
    const clearedAt = Date.parse(story.newest('previous').clearedAt ?? '')
    story.cloud.latencyMs = 0
    await story.clock.advance(clearedAt + 10 * MINUTE - story.clock.now() - 1)
    await story.go(RECONCILE)
    expect(story.states()).toContain('previous')
    await story.clock.advance(1)
    await story.go(RECONCILE)
    expect(story.states()).toEqual(['current'])
  })
})

describe('overlap.max', () => {
  it('ends a key that streams sign with only when it has passed, and names them', async () => {
    await story.go()
    await story.clock.advance(MINUTE)
    const { kid, clearedAt } = story.newest('previous')
    story.cloud.latencyMs = 0
    await story.clock.advance(Date.parse(clearedAt ?? '') + 30 * DAY - story.clock.now() - 1)
    expect(await story.go(RECONCILE)).toMatchObject({ warnings: [] })
    expect(story.stateOf(kid)).toBe('previous')
    await story.clock.advance(1)
    const { warnings, causes } = await story.go(RECONCILE)
    expect(story.stateOf(kid)).toBeUndefined()
    expect(warnings.join()).toMatch(
      new RegExp(`key ${kid} was dropped by overlap.max.*live\\d.example.com/app/main`),
    )
    expect(causes).toContainEqual({ code: 'overlapMax', subject: kid })
  })
})
