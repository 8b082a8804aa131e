import { expect, it } from 'vitest'
import { RotatorError } from '../../lib/core/errors.ts'
import type { ModelProcess } from '../support/model-cloud.ts'
import { Story } from '../support/story.ts'

/** A process to which KMS's list shows what was saved as `isListed` says; counts how often it was asked, and when. */
function listing(
  story: Story,
  isListed: (asked: number) => Promise<boolean>,
): { process: ModelProcess; asked: number[] } {
  const process = story.cloud.process()
  const asked: number[] = []
  process.around = (ports) => ({
    ...ports,
    keysets: {
      ...ports.keysets,
      isListed: () => {
        asked.push(story.clock.now())
        return isListed(asked.length)
      },
    },
  })
  return { process, asked }
}

it('a run waits until the list shows what it saved, asking once a second', async () => {
  const story = new Story()
  const { process, asked } = listing(story, (count) => Promise.resolve(count === 4))
  expect((await story.go({}, process)).outcome).toBe('rotated')
  expect(asked.map((at) => at - (asked[0] ?? 0))).toEqual([0, 1_000, 2_000, 3_000])
  expect(story.clock.now()).toBe(asked.at(-1))
})

it('a run waits at most a minute, and does not fail after it', async () => {
  const story = new Story()
  const { process, asked } = listing(story, () => Promise.resolve(false))
  expect((await story.go({}, process)).outcome).toBe('rotated')
  expect(asked).toHaveLength(61)
  expect(story.clock.now() - (asked[0] ?? 0)).toBe(60_000)
})

it('a run that cannot ask has still done its work', async () => {
  const story = new Story()
  const denied = new RotatorError('denied', 'no')
  const { process, asked } = listing(story, () => Promise.reject(denied))
  expect((await story.go({}, process)).outcome).toBe('rotated')
  expect(asked).toHaveLength(1)
})

it('a fault is reported', async () => {
  const story = new Story()
  const { process } = listing(story, () => Promise.reject(new TypeError('a fault')))
  expect(await story.go({}, process)).toMatchObject({ outcome: 'failed' })
})

it('a run whose time is short, or that saved nothing, does not ask', async () => {
  const story = new Story()
  const short = listing(story, () => Promise.resolve(false))
  short.process.waitUntil = story.clock.now() + 3_600_000
  await story.go({}, short.process)
  expect(short.asked).toEqual([])
  const idle = listing(story, () => Promise.resolve(false))
  expect((await story.go({}, idle.process)).outcome).toBe('notDue')
  expect(idle.asked).toEqual([])
})
