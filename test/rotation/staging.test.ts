import { beforeEach, describe, expect, it } from 'vitest'
import { RotatorError } from '../../lib/core/errors.ts'
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

  it('with how far this clock is ahead, if it is too far: streams on it are listed as older', async () => {
    story.cloud.aheadMs = -10 * MINUTE
    expect(stageOptions(await story.context({ id: 'monthly' }))).toStrictEqual({
      ttlMs: MINUTE,
      request: 'monthly',
      clockAheadMs: 10 * MINUTE,
    })
  })
})

it('a key whose save the store attributes to another run is continued with', async () => {
  const process = story.cloud.process()
  const before = story.keyset.keys.length
  let isFirst = true
  process.around = ({ keysets, ...ports }) => ({
    ...ports,
    keysets: {
      ...keysets,
      save: async (...args) => {
        const saved = await keysets.save(...args)
        if (!isFirst) return saved
        isFirst = false
        throw new RotatorError('conflict', 'taken', { retryable: true })
      },
    },
  })
  expect(await story.go({}, process)).toMatchObject({ outcome: 'rotated' })
  expect(story.keyset.keys).toHaveLength(before + 1)
})

describe('an emergency soon after another', () => {
  it('under another id does not count as served: it staged no key and saved nothing', async () => {
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

  it('is reported once in an ordinary run', async () => {
    const process = story.cloud.process()
    const { findings = [] } = await story.go({ action: 'reconcile' }, process)
    expect(findings.filter(({ kind }) => kind === 'keyFound')).toHaveLength(1)
    expect(process.log).toContainEqual(expect.objectContaining({ event: 'saved', change: 'imported' }))
  })

  it('counts as leaked in an emergency, which does not ask who set it', async () => {
    const { findings = [] } = await story.go({ emergency: true, id: 'leak' })
    expect(findings.filter(({ kind }) => kind === 'keyFound')).toEqual([])
  })
})
