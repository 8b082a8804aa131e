import { beforeEach, describe, expect, it } from 'vitest'
import { RotatorError } from '../../lib/core/errors.ts'
import { Key } from '../../lib/keyset/key.ts'
import type { KeyEntry, OnRunningStreams } from '../../lib/keyset/keyset.ts'
import { DAY, HOUR, MINUTE } from '../support/model-cloud.ts'
import { Story } from '../support/story.ts'

const unavailable = new RotatorError('unavailable', 'no answer', { retryable: true })
const RECONCILE = { action: 'reconcile' } as const

let story: Story

beforeEach(() => {
  story = new Story()
  // A stream that is pushed within clockSkew of the switch could be on either key, and would keep both.
  story.cloud.pushAfterSet = false
})

/** Rotated, and every stream pushed under the new key: the key that is returned could go any moment. */
async function rotatedAndPushedAgain(): Promise<KeyEntry> {
  await story.go()
  await story.clock.advance(2 * MINUTE)
  story.pushAll()
  return story.newest('previous')
}

describe('a key that somebody puts back on a domain', () => {
  it('stays after the domain is repaired, for the streams that were pushed under it meanwhile', async () => {
    const old = await rotatedAndPushedAgain()
    await story.clock.advance(6 * MINUTE)
    story.setByHand('live1.example.com', old)
    await story.clock.advance(6 * MINUTE)

    const repaired = await story.go(RECONCILE)
    expect(repaired.warnings.join()).toContain('live1.example.com')
    expect(story.stateOf(old.kid)).toBe('previous')
    await story.clock.advance(30 * MINUTE)
    await story.go(RECONCILE)
    expect(story.stateOf(old.kid)).toBe('previous')
    expect(story.cloud.refusals).toEqual([])

    story.pushAll()
    await story.go(RECONCILE)
    expect(story.states()).toEqual(['current'])
  })

  it('stays if the run that repairs is killed, at any call', { tags: 'slow' }, async () => {
    const drifted = async (): Promise<KeyEntry> => {
      story = new Story()
      story.cloud.pushAfterSet = false
      const old = await rotatedAndPushedAgain()
      story.setByHand('live1.example.com', old)
      await story.clock.advance(2 * MINUTE)
      return old
    }
    await drifted()
    const whole = story.cloud.process()
    await story.go(RECONCILE, whole)

    for (let killAt = 1; killAt <= whole.steps; killAt++) {
      for (const killAfterEffect of [false, true]) {
        const old = await drifted()
        await story.go(RECONCILE, story.cloud.process({ killAt, killAfterEffect }))
        await story.clock.advance(12 * MINUTE)
        expect(await story.go(RECONCILE)).toMatchObject({ outcome: 'reconciled' })
        expect(story.stateOf(old.kid), `killed at ${killAt}`).toBe('previous')
        expect(story.cloud.refusals, `killed at ${killAt}`).toEqual([])
      }
    }
  })
})

describe('a domain that could not be read', () => {
  it('may be on any old key, so none is retired', async () => {
    const old = await rotatedAndPushedAgain()
    await comesBackUnread(old)
    expect(story.stateOf(old.kid)).toBe('previous')
    expect(story.cloud.refusals).toEqual([])
  })

  it.each<OnRunningStreams>(['quarantine', 'interrupt'])(
    'may be on a leaked key, so none is revoked under %s',
    async (onRunningStreams) => {
      const leaked = await leakedAndSwitched(onRunningStreams)
      await comesBackUnread(leaked)
      expect(story.stateOf(leaked.kid)).toBe('compromised')
      expect(story.cloud.refusals).toEqual([])
    },
  )

  it('does not keep a key longer than overlap.max, and the warning names the domain', async () => {
    const old = await rotatedAndPushedAgain()
    story.cloud.broken.set('live1.example.com', { query: unavailable })
    await story.clock.advance(29 * DAY)
    await story.go(RECONCILE)
    expect(story.stateOf(old.kid)).toBe('previous')
    await story.clock.advance(2 * DAY)
    const { warnings } = await story.go(RECONCILE)
    expect(story.stateOf(old.kid)).toBeUndefined()
    expect(warnings.filter((text) => text.includes('overlap.max'))).toEqual(
      expect.arrayContaining([expect.stringMatching(new RegExp(`${old.kid}.*live1\\.example\\.com`))]),
    )
  })

  /** Somebody puts the key back on a domain, which then cannot be read. */
  async function comesBackUnread(key: KeyEntry): Promise<void> {
    await story.clock.advance(6 * MINUTE)
    story.setByHand('live1.example.com', key)
    await story.clock.advance(6 * MINUTE)
    story.cloud.broken.set('live1.example.com', { query: unavailable })
    expect(await story.go(RECONCILE)).toMatchObject({ outcome: 'incomplete' })
  }

  /** Leaked, and every stream pushed under the fresh key; under `interrupt` the time for cutting has not come yet. */
  async function leakedAndSwitched(onRunningStreams: OnRunningStreams): Promise<KeyEntry> {
    await story.go()
    await story.clock.advance(DAY)
    const leaked = story.newest('current')
    story.pushAll()
    const process = story.cloud.process()
    process.waitUntil = story.clock.now() + 100_000
    await story.go({ emergency: true, onRunningStreams, id: 'leak' }, process)
    await story.clock.advance(2 * MINUTE)
    story.pushAll()
    return leaked
  }
})

describe('what a run read before another one saved', () => {
  it('proves nothing about a key that the other one added', async () => {
    await story.go()
    await story.clock.advance(2 * MINUTE)
    story.pushAll()
    await story.clock.advance(12 * MINUTE)
    // It has read the domains and is about to let the adopted keys go.
    const slow = story.cloud.process()
    const thaw = slow.freezeBefore('save')
    const late = story.begin(RECONCILE, slow)
    await story.clock.advance(2_000)

    // Another key comes to some of the domains, and is given up by a rollback.
    const killed = story.cloud.process({ killAt: 8, killAfterEffect: true })
    await story.go({ force: true, id: 'killed' }, killed)
    const given = story.newest('pending')
    expect(story.kidsOnDomains()).toContain(given.kid)
    await story.clock.advance(5 * MINUTE)
    for (const [domain, { key }] of story.cloud.domains) if (key?.kid === given.kid) story.cloud.push(domain)
    const rollback = story.begin({ action: 'rollback', id: 'back' })
    await story.clock.advance(5_000)

    thaw()
    await story.clock.run(late)
    expect(story.keyset.keys.find(({ kid }) => kid === given.kid)?.clearedAt).toBeNull()
    expect((await story.clock.run(rollback)).outcome).toBe('rotated')
    await story.clock.advance(30 * MINUTE)
    await story.go(RECONCILE)
    expect(story.stateOf(given.kid)).toBe('previous')
    expect(story.cloud.refusals).toEqual([])
  })
})

describe('an imported key', () => {
  it('is older than any document, however often it is rolled back to', async () => {
    const shared = Key.generate()
    for (const domain of story.cloud.domains.keys()) story.setByHand(domain, { key: shared })
    // Nothing has been promoted when it is rolled back to for the first time.
    story.cloud.broken.set('live1.example.com', { set: new RotatorError('denied', 'not allowed') })
    expect(await story.go()).toMatchObject({ outcome: 'incomplete' })
    story.cloud.broken.clear()
    for (const id of ['first', 'second']) {
      await story.clock.advance(DAY)
      expect(await story.go({ action: 'rollback', id: `${id} back` })).toMatchObject({ kid: shared.kid })
      await story.clock.advance(DAY)
      await story.go({ id })
    }
    await story.clock.advance(HOUR)
    await story.go(RECONCILE)
    expect(story.stateOf(shared.kid)).toBe('previous')
    expect(story.cloud.refusals).toEqual([])
  })
})

describe('discovery', () => {
  it('that fails makes a reconcile incomplete, and the report says so', async () => {
    story.group = { ...story.group, discover: { suffix: '.example.com', exclude: [] } }
    await story.go()
    story.cloud.discoveryError = unavailable
    expect(await story.go(RECONCILE)).toMatchObject({
      outcome: 'incomplete',
      error: { message: expect.stringContaining('could not be read to the end') as string },
      causes: [{ code: 'discoveryFailed' }],
    })
  })

  it('found a domain that cannot be set: it is named, not treated as gone', async () => {
    story.group = { ...story.group, domains: [], discover: { suffix: '.example.com', exclude: [] } }
    story.cloud.broken.set('live2.example.com', {
      set: new RotatorError('notFound', 'domain live2.example.com has no snapshot notify configuration'),
    })
    expect(await story.go()).toMatchObject({
      outcome: 'incomplete',
      domains: { total: 3, confirmed: 2, failed: [{ domain: 'live2.example.com', code: 'notFound' }] },
      warnings: [],
    })
    expect(story.states()[0]).toBe('pending')
  })
})
