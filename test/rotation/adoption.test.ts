import { describe, expect, it } from 'vitest'
import { Key } from '../../lib/keyset/key.ts'
import { DAY } from '../support/model-cloud.ts'
import { Story } from '../support/story.ts'

const RECONCILE = { action: 'reconcile' } as const

/** Domains with a key each, as long as any that Live returns. */
function withLongKeys(count: number): Story {
  const story = new Story({
    domains: Array.from({ length: count }, (_, index) => `live${index}.example.com`),
  })
  for (const state of story.cloud.domains.values()) state.key = Key.of(Key.generate().reveal().repeat(8))
  return story
}

describe('more keys on the domains than a keyset has room for', () => {
  it.each([{}, RECONCILE])(
    'stop the group before any effect, and the error says what to do: %o',
    async (wanted) => {
      const story = withLongKeys(150)
      expect(await story.go(wanted)).toMatchObject({
        outcome: 'failed',
        error: { code: 'keysetFull', message: expect.stringContaining('split the group') as string },
        domains: { set: 0 },
      })
      expect(story.cloud.effects).toEqual([])
    },
  )
})

describe('a key that nobody knew', () => {
  it('is taken in once for all domains that are on it, and counts as in use', async () => {
    const story = new Story()
    const shared = Key.generate()
    for (const state of story.cloud.domains.values()) state.key = shared
    await story.go(RECONCILE)
    expect(story.keyset.keys).toMatchObject([{ kid: shared.kid, state: 'previous', clearedAt: null }])
  })

  it('is told of by status, with the domains that are on it', async () => {
    const story = new Story()
    await story.go()
    await story.clock.advance(DAY)
    const before = story.cloud.effects.length
    const strange = Key.generate()
    for (const domain of ['live1.example.com', 'live3.example.com']) story.setByHand(domain, { key: strange })
    const { warnings } = await story.go({ action: 'status' })
    expect(warnings).toEqual([
      `key ${strange.kid}, found on live1.example.com, live3.example.com, is not in the keyset`,
      expect.stringMatching(/^live1\.example\.com, live3\.example\.com: not on the current key.*reconcile/),
    ])
    expect(story.cloud.effects).toHaveLength(before)
  })

  it('found while an emergency is under way is treated by the mode that the emergency chose', async () => {
    const story = new Story()
    story.cloud.pushAfterSet = false
    await story.go()
    await story.clock.advance(DAY)
    const leak = { emergency: true, onRunningStreams: 'interrupt', id: 'leak' } as const
    await story.go(leak, story.cloud.process({ killAt: 2, killAfterEffect: true }))
    expect(story.states()[0]).toBe('pending')
    const strange = Key.generate()
    story.setByHand('live1.example.com', { key: strange })
    const short = story.cloud.process()
    short.waitUntil = story.clock.now()
    await story.go(RECONCILE, short)
    const taken = story.keyset.keys.find(({ kid }) => kid === strange.kid)
    expect(taken).toMatchObject({ state: 'compromised', onRunningStreams: 'interrupt', clearedAt: null })
  })
})

describe('the keyset', () => {
  it('of another group is never written: each group needs a secret of its own', async () => {
    const story = new Story()
    await story.go()
    await story.clock.advance(DAY)
    const before = story.cloud.effects.length
    story.group = { ...story.group, name: 'other' }
    for (const wanted of [{}, RECONCILE, { emergency: true }]) {
      expect(await story.go(wanted)).toMatchObject({
        outcome: 'failed',
        error: { code: 'keyset', message: expect.stringMatching(/group default, not of other/) as string },
      })
    }
    expect(story.cloud.effects).toHaveLength(before)
  })

  it('that is not there yet is told apart from one that could not be read', async () => {
    const story = new Story()
    expect(await story.go({ action: 'status' })).toMatchObject({
      revision: null,
      keyset: 'absent',
      kid: null,
    })
    await story.go()
    expect((await story.go({ action: 'status' })).keyset).toBeUndefined()
  })
})
