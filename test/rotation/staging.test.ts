import { beforeEach, describe, expect, it } from 'vitest'
import { Key } from '../../lib/keyset/key.ts'
import { stageOptions } from '../../lib/rotation/steps/stage.ts'
import { HOUR, MINUTE } from '../support/model-cloud.ts'
import { Story } from '../support/story.ts'

let story: Story

beforeEach(async () => {
  story = new Story()
  await story.go()
  await story.clock.advance(2 * HOUR)
})

describe('a key is staged', () => {
  it.each([
    ['agree', 0],
    ['agree within the skew', -MINUTE / 2],
    ['disagree, and the cloud is ahead', 10 * MINUTE],
  ])('with nothing about clocks that %s', async (_, aheadMs) => {
    story.cloud.aheadMs = aheadMs
    expect(stageOptions(await story.context())).toStrictEqual({ ttlMs: MINUTE })
  })

  it('with how far this clock is ahead, where it is too far: streams on it are listed as older', async () => {
    story.cloud.aheadMs = -10 * MINUTE
    expect(stageOptions(await story.context({ id: 'monthly' }))).toStrictEqual({
      ttlMs: MINUTE,
      request: 'monthly',
      clockAheadMs: 10 * MINUTE,
    })
  })
})

describe('an emergency soon after another', () => {
  it('under another id counts as served by nothing: it staged no key and saved nothing', async () => {
    await story.go({ emergency: true, id: 'one' })
    const { revision } = story.keyset
    await story.go({ emergency: true, id: 'two' })
    expect(story.keyset.revision).toBe(revision)
    await story.clock.advance(2 * HOUR)
    const before = story.newest('current').kid
    expect((await story.go({ emergency: true, id: 'two' })).kid).not.toBe(before)
  })
})

describe('a key that something else has set', () => {
  const domain = 'live1.example.com'
  beforeEach(() => {
    story.cloud.domains.set(domain, { enabled: true, key: Key.generate() })
  })

  it('is told of once in an ordinary run', async () => {
    const { findings = [] } = await story.go()
    expect(findings.filter(({ kind }) => kind === 'keyFound')).toHaveLength(1)
  })

  it('is one of the leaked in an emergency, which does not ask who set it', async () => {
    const { findings = [] } = await story.go({ emergency: true, id: 'leak' })
    expect(findings.filter(({ kind }) => kind === 'keyFound')).toEqual([])
  })
})
