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
    expect(await story.go(back)).toMatchObject({ outcome: 'notDue', did: 'nothing', kid: second })
    expect(story.keyset.revision).toBe(revision)
    expect(await story.go({ ...back, id: 'further back' })).not.toMatchObject({ kid: second })
    expect(story.stateOf(first ?? null)).toBeDefined()
  })

  it('that is under way is continued by another one', async () => {
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
  it('is due as soon as the current key is as old as rotation.minAge', async () => {
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
  it('keeps the fresh key of one that came less than rotation.minAge before, but no longer', async () => {
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

describe('the id of a request', () => {
  const trusted = (story: Story): string[] =>
    story.keyset.keys.filter(({ state }) => state !== 'compromised').map(({ kid }) => kid)

  it('does not hold an emergency back if a rotation has used it', async () => {
    const story = new Story()
    await story.go({ id: 'x' })
    const before = story.keyset.keys.map(({ kid }) => kid)
    const report = await story.go({ emergency: true, id: 'x' })
    expect(report).toMatchObject({ outcome: 'rotated', did: 'staged', warnings: [] })
    expect(trusted(story)).toEqual([report.kid])
    for (const kid of before) expect(story.stateOf(kid)).toBe('compromised')
  })

  it('does not give an emergency the key of a pending rotation: that one is leaked too', async () => {
    const story = new Story()
    await story.go()
    await story.clock.advance(DAY)
    const short = story.cloud.process()
    short.waitUntil = story.clock.now()
    const rotation = await story.go({ id: 'x' }, short)
    expect(rotation).toMatchObject({ outcome: 'waiting', did: 'staged' })
    const report = await story.go({ emergency: true, id: 'x' })
    expect(report.did).toBe('staged')
    expect(report.kid).not.toBe(rotation.kid)
    expect(trusted(story)).toEqual([report.kid])
  })

  it('does not hold a rotation or an emergency back if a rollback has used it', async () => {
    const story = new Story()
    await rotatedThreeTimes(story)
    await story.go({ action: 'rollback', id: 'x' })
    await story.clock.advance(DAY)
    expect(await story.go({ id: 'x' })).toMatchObject({ outcome: 'rotated', did: 'staged' })
    expect(await story.go({ emergency: true, id: 'x' })).toMatchObject({ outcome: 'rotated', did: 'staged' })
  })

  it.each([
    ['a rotation', {}, 'rotation'],
    ['an emergency', { emergency: true }, 'emergency'],
    ['a rollback', { action: 'rollback' }, 'rollback'],
  ] as const)(
    'of %s that comes again after it is done does nothing, and says so first',
    async (_, wanted, request) => {
      const story = new Story()
      await rotatedThreeTimes(story)
      const at = expect.any(String) as string
      await story.go({ ...wanted, id: 'x' })
      await story.clock.advance(DAY)
      await story.go({ id: 'another' })
      const { revision } = story.keyset
      story.cloud.currentIsBehind = 'keyset-00000001'
      for (const force of request === 'rollback' ? [false] : [false, true]) {
        const report = await story.go({ ...wanted, id: 'x', force })
        expect(report).toMatchObject({ outcome: 'notDue', did: 'nothing', domains: { set: 0 } })
        expect(report.findings?.[0]).toEqual({ kind: 'requestServed', request, at })
        expect(report.warnings[0]).toMatch(/was served at 2026-.*nothing was done now/)
      }
      expect(story.keyset.revision).toBe(revision)
    },
  )

  it.each([
    ['a person', {}, 'warn'],
    ['a timer', { fromTimer: true }, 'info'],
  ] as const)(
    'that %s repeats is in the log, as a warning only if somebody expects more',
    async (_, from, level) => {
      const story = new Story()
      await story.go({ id: 'x', ...from })
      const process = story.cloud.process()
      expect((await story.go({ id: 'x', ...from }, process)).findings).toHaveLength(1)
      expect(process.log.filter(({ event }) => event === 'warning')).toMatchObject([
        { level, finding: { kind: 'requestServed' } },
      ])
    },
  )

  it.each(['reject', 'quarantine'] as const)(
    'of an emergency is remembered after its key has leaked and is gone (%s)',
    async (onRunningStreams) => {
      const story = new Story()
      story.cloud.pushAfterSet = false
      await story.go()
      const first = await story.go({ emergency: true, id: 'x', onRunningStreams })
      await story.clock.advance(DAY)
      await story.go({ emergency: true, id: 'y', onRunningStreams })
      await story.clock.advance(DAY)
      story.pushAll()
      await story.clock.advance(DAY)
      await story.go({ action: 'reconcile' })
      expect(story.stateOf(first.kid)).toBeUndefined()
      const report = await story.go({ emergency: true, id: 'x', onRunningStreams })
      expect(report).toMatchObject({ outcome: 'notDue', did: 'nothing' })
    },
  )

  it("that only resumed another one's key never starts another", async () => {
    const story = new Story()
    await story.go()
    await story.clock.advance(DAY)
    const short = story.cloud.process()
    short.waitUntil = story.clock.now()
    const staged = await story.go({ id: 'one' }, short)
    const resumed = await story.go({ id: 'two' })
    expect(resumed).toMatchObject({ outcome: 'rotated', did: 'resumed', kid: staged.kid })
    await story.clock.advance(DAY)
    for (const id of ['one', 'two']) {
      expect(await story.go({ id, force: true })).toMatchObject({ outcome: 'notDue', kid: staged.kid })
    }
  })

  it('is remembered for a week, even after its key has retired, but not for ever', async () => {
    const story = new Story()
    story.cloud.pushAfterSet = false
    await story.go({ id: 'x' })
    await story.clock.advance(DAY)
    story.pushAll()
    await story.go({ id: 'y' })
    await story.clock.advance(2 * MINUTE)
    story.pushAll()
    await story.clock.advance(DAY)
    await story.go({ action: 'reconcile' })
    expect(story.states()).toEqual(['current'])
    await story.clock.advance(5 * DAY - MINUTE)
    expect(await story.go({ id: 'x' })).toMatchObject({ outcome: 'notDue', did: 'nothing' })
    await story.clock.advance(7 * DAY)
    await story.go({ id: 'z' })
    expect(await story.go({ id: 'x', force: true })).toMatchObject({ outcome: 'rotated', did: 'staged' })
  })

  it('takes little room, however many there are', { tags: 'slow' }, async () => {
    const story = new Story()
    story.cloud.pushAfterSet = false
    for (let index = 0; index < 60; index++) await story.go({ id: `ticket ${index}`, force: true })
    expect(JSON.stringify(story.keyset.extra['served']).length).toBeLessThan(3_000)
    expect(await story.go({ id: 'ticket 20', force: true })).toMatchObject({ outcome: 'notDue' })
  })
})

describe('an emergency that took no trust away', () => {
  it('says so first: one that is repeated', async () => {
    const story = new Story()
    await story.go()
    const first = await story.go({ emergency: true, id: 'x' })
    story.cloud.currentIsBehind = 'keyset-00000001'
    const again = await story.go({ emergency: true, id: 'x' })
    expect(again).toMatchObject({ outcome: 'rotated', did: 'nothing', kid: first.kid })
    expect(again.findings?.[0]).toMatchObject({ kind: 'emergencyContinued', kid: first.kid })
    expect(again.warnings[0]).toMatch(/^this emergency took no trust away now: .*--force with a new id/)
  })

  it('says so first: one that comes soon after another', async () => {
    const story = new Story()
    await story.go()
    const first = await story.go({ emergency: true, id: 'x' })
    const second = await story.go({ emergency: true, id: 'y' })
    expect(second).toMatchObject({ kid: first.kid, did: 'nothing' })
    expect(second.warnings[0]).toMatch(/^this emergency took no trust away: key .* is kept/)
  })

  it('says so first: one that names keys that are already distrusted', async () => {
    const story = new Story()
    await story.go()
    const leaked = [story.newest('current').kid]
    await story.go({ emergency: true, id: 'x', leaked })
    await story.clock.advance(DAY)
    const again = await story.go({ emergency: true, id: 'y', leaked })
    expect(again).toMatchObject({ did: 'staged' })
    expect(again.findings?.[0]).toEqual({ kind: 'distrustedBefore', kids: leaked })
  })
})

describe('what a run did', () => {
  it('is in the report', async () => {
    const story = new Story()
    expect((await story.go({ action: 'status' })).did).toBe('nothing')
    expect((await story.go()).did).toBe('staged')
    expect((await story.go()).did).toBe('nothing')
    story.cloud.domains.set('live1.example.com', { enabled: false, key: null })
    expect((await story.go({ action: 'reconcile' })).did).toBe('repaired')
    expect((await story.go({ action: 'reconcile' })).did).toBe('nothing')
  })
})

describe('the phase', () => {
  it('is idle if the current key is the only one, and draining while there is an old one', async () => {
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
