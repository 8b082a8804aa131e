import { describe, expect, it } from 'vitest'
import { RotatorError } from '../../lib/core/errors.ts'
import { InvalidKeyset } from '../../lib/keyset/invalid.ts'
import type { GroupContext } from '../../lib/rotation/state/context.ts'
import { Story } from '../support/story.ts'

function contextOf(story: Story, deadline = Infinity): Promise<GroupContext> {
  return story.unread({ ...story.cloud.process().environment(), deadline })
}

describe('a run', () => {
  it('is over when it or its time has ended', async () => {
    const story = new Story()
    const ended = await contextOf(story)
    expect([ended.isOver(), ended.timeIsOver()]).toEqual([false, false])
    ended.end()
    expect([ended.isOver(), ended.timeIsOver()]).toEqual([true, false])
    const short = await contextOf(story, story.clock.now() + 5)
    await story.clock.advance(5)
    expect(short.timeIsOver()).toBe(false)
    await story.clock.advance(1)
    expect([short.timeIsOver(), short.isOver()]).toEqual([true, true])
  })

  it('reports a failed alarm only where it is awaited', async () => {
    const run = await contextOf(new Story())
    await expect(run.alarm).resolves.toBeUndefined()
    const fault = new Error('a fault')
    run.sound(Promise.reject(fault))
    await expect(run.alarm).rejects.toBe(fault)
  })

  it('knows no other group unless it is told about them', async () => {
    await expect((await contextOf(new Story())).trustedElsewhere()).resolves.toEqual(new Set())
  })
})

describe('an invalid document', () => {
  /** The next run finds it so, until it saves. */
  async function next(
    wanted: Parameters<Story['go']>[0],
  ): Promise<{ outcome: string; warnings: readonly string[] }> {
    const story = new Story()
    await story.go()
    await story.clock.advance(86_400_000)
    const process = story.cloud.process()
    let isBroken = true
    process.around = (ports) => ({
      ...ports,
      keysets: {
        ...ports.keysets,
        load: () =>
          isBroken ? Promise.reject(new InvalidKeyset('keys must be an array')) : ports.keysets.load(),
        save: (keyset, base) => {
          isBroken = false
          return ports.keysets.save(keyset, base)
        },
      },
    })
    const { outcome } = await story.go(wanted, process)
    const warnings = process.log.flatMap((event) => (event.event === 'warning' ? [event.finding.kind] : []))
    return { outcome, warnings }
  }

  it('ends a rotation, which then changes nothing', async () => {
    expect(await next({})).toEqual({ outcome: 'failed', warnings: [] })
  })

  it('does not end an emergency, which continues from the newest valid one with a warning', async () => {
    const { outcome, warnings } = await next({ emergency: true, id: 'leak' })
    expect(outcome).not.toBe('failed')
    expect(warnings).toContain('keysetRestored')
  })
})

it('an error that does not come from a call is a fault, never a reason to recover', async () => {
  const story = new Story()
  const process = story.cloud.process()
  const denied = new RotatorError('denied', 'no')
  process.around = (ports) => ({
    ...ports,
    keysets: { ...ports.keysets, load: () => Promise.reject(denied) },
  })
  expect(await story.go({ emergency: true }, process)).toMatchObject({
    outcome: 'failed',
    error: { code: 'denied' },
  })
})
