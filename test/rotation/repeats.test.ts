import { describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE } from '../support/model-cloud.ts'
import { Story } from '../support/story.ts'

/** Three rotations, a day apart: the kids of their keys, the oldest first. */
async function rotatedThreeTimes(story: Story): Promise<(string | null)[]> {
  const kids: (string | null)[] = []
  for (const id of ['one', 'two', 'three']) {
    kids.push((await story.go({ id })).kid)
    await story.clock.advance(DAY)
  }
  return kids
}

describe('a rollback', () => {
  it('goes back one key, however often its request is repeated', async () => {
    const story = new Story()
    const [first, second] = await rotatedThreeTimes(story)
    const back = { action: 'rollback', id: 'back' } as const
    expect(await story.go(back)).toMatchObject({ outcome: 'rotated', kid: second })
    const { revision } = story.keyset
    expect(await story.go(back)).toMatchObject({ outcome: 'rotated', kid: second, domains: { set: 0 } })
    expect(story.keyset.revision).toBe(revision)
    expect(await story.go({ ...back, id: 'further back' })).not.toMatchObject({ kid: second })
    expect(story.stateOf(first ?? null)).toBeDefined()
  })

  it('that is under way is gone on with by another one', async () => {
    const story = new Story()
    const [, second] = await rotatedThreeTimes(story)
    const short = story.cloud.process()
    short.waitUntil = story.clock.now()
    expect(await story.go({ action: 'rollback', id: 'back' }, short)).toMatchObject({ outcome: 'waiting' })
    expect(await story.go({ action: 'rollback', id: 'again' })).toMatchObject({
      outcome: 'rotated',
      kid: second,
    })
  })
})

describe('a rotation', () => {
  it('is due from the moment when the current key is as old as rotation.minAge', async () => {
    const story = new Story()
    story.cloud.latencyMs = 0
    await story.go()
    const due = Date.parse(story.newest('current').appliedAt ?? '') + HOUR
    await story.clock.advance(due - story.clock.now() - 1)
    expect((await story.go()).outcome).toBe('notDue')
    await story.clock.advance(due - story.clock.now())
    expect((await story.go()).outcome).toBe('rotated')
  })
})

describe('an emergency', () => {
  it('keeps the fresh key of one that came less than rotation.minAge before, and no longer', async () => {
    const story = new Story()
    story.cloud.latencyMs = 0
    await story.go()
    await story.clock.advance(DAY)
    const one = await story.go({ emergency: true, id: 'one' })
    const staged = Date.parse(story.newest('current').stagedAt ?? '')
    await story.clock.advance(staged + HOUR - story.clock.now() - 1)
    expect(await story.go({ emergency: true, id: 'two' })).toMatchObject({ kid: one.kid })
    await story.clock.advance(staged + HOUR - story.clock.now())
    expect((await story.go({ emergency: true, id: 'three' })).kid).not.toBe(one.kid)
    expect(story.stateOf(one.kid)).toBe('compromised')
  })
})

describe('the phase', () => {
  it('is idle once the current key is the only one, and draining while there is an old one', async () => {
    const story = new Story()
    story.cloud.pushAfterSet = false
    expect(await story.go({ action: 'status' })).toMatchObject({ phase: 'idle' })
    expect(await story.go()).toMatchObject({ phase: 'draining' })
    await story.clock.advance(DAY)
    story.pushAll()
    expect(await story.go({ action: 'reconcile' })).toMatchObject({ phase: 'idle' })
    expect(await story.go({ emergency: true })).toMatchObject({ phase: 'draining' })
    expect(story.states()).toEqual(['current', 'compromised'])
    const short = story.cloud.process()
    short.waitUntil = story.clock.now()
    await story.clock.advance(DAY)
    expect(await story.go({}, short)).toMatchObject({ outcome: 'waiting', phase: 'publishing' })
    await story.clock.advance(2 * MINUTE)
    expect(await story.go({ action: 'status' })).toMatchObject({ phase: 'applying' })
  })
})
