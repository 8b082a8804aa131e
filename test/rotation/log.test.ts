import { beforeEach, expect, it } from 'vitest'
import type { RotationRequest } from '../../lib/config/types.ts'
import { RotatorError } from '../../lib/core/errors.ts'
import type { LogEvent } from '../../lib/rotation/report/events.ts'
import { DAY, HOUR } from '../support/model-cloud.ts'
import { Story } from '../support/story.ts'

// What a run tells while it works, event by event, with everything that belongs to each.

const ONE = 'live1.example.com'

let story: Story

beforeEach(() => {
  story = new Story({ domains: [ONE] })
  story.cloud.pushAfterSet = false
})

/** The log of one run, without the group, which every event names. */
async function logOf(request: Partial<RotationRequest>): Promise<LogEvent[]> {
  const process = story.cloud.process()
  await story.go(request, process)
  return process.log.map(({ group, ...event }) => {
    expect(group).toBe('default')
    return event
  })
}

const until = expect.stringMatching(/^2026-/) as string

it('a rotation', async () => {
  const log = await logOf({ reason: 'monthly' })
  const { kid } = story.newest('current')
  expect(log).toEqual([
    { level: 'info', event: 'started', action: 'rotate', reason: 'monthly' },
    { level: 'info', event: 'observing', total: 1 },
    { level: 'debug', event: 'observed', domain: ONE },
    { level: 'info', event: 'saved', revision: 1, change: 'staged' },
    { level: 'info', event: 'staged', kid },
    { level: 'info', event: 'waiting', kid, phase: 'publishing', until },
    { level: 'info', event: 'applying', kid, total: 1 },
    { level: 'debug', event: 'set', domain: ONE, kid },
    { level: 'debug', event: 'confirmed', domain: ONE, kid, attempt: 1 },
    { level: 'info', event: 'saved', revision: 2, change: 'promoted' },
    { level: 'info', event: 'promoted', kid },
  ])
})

it('a reconcile that retires a key', async () => {
  await story.go()
  const old = story.newest('previous')
  await story.clock.advance(HOUR)
  story.pushAll()
  await story.clock.advance(DAY)
  expect(await logOf({ action: 'reconcile' })).toEqual([
    { level: 'info', event: 'started', action: 'reconcile' },
    { level: 'info', event: 'observing', total: 1 },
    { level: 'debug', event: 'observed', domain: ONE },
    { level: 'info', event: 'saved', revision: 3, change: 'retired' },
    { level: 'info', event: 'retired', kids: [old.kid] },
  ])
})

it('an emergency that cuts streams', async () => {
  await story.go()
  await story.clock.advance(HOUR)
  story.pushAll()
  await story.clock.advance(DAY)
  const log = await logOf({ emergency: true, onRunningStreams: 'interrupt', id: 'leak' })
  const { kid } = story.newest('current')
  expect(log).toEqual([
    { level: 'info', event: 'started', action: 'rotate' },
    { level: 'info', event: 'saved', revision: 3, change: 'cutOff' },
    { level: 'info', event: 'staged', kid },
    { level: 'info', event: 'observing', total: 1 },
    { level: 'debug', event: 'observed', domain: ONE },
    { level: 'info', event: 'waiting', kid, phase: 'publishing', until },
    { level: 'info', event: 'applying', kid, total: 1 },
    { level: 'debug', event: 'set', domain: ONE, kid },
    { level: 'debug', event: 'confirmed', domain: ONE, kid, attempt: 1 },
    { level: 'info', event: 'saved', revision: 4, change: 'promoted' },
    { level: 'info', event: 'promoted', kid },
    { level: 'info', event: 'waiting', phase: 'draining', until },
    { level: 'info', event: 'interrupting', total: 1 },
    { level: 'info', event: 'interrupted', domain: ONE, stream: `${ONE}/app/main` },
    { level: 'info', event: 'saved', revision: 5, change: 'revoked' },
  ])
})

it('a rollback, and one without a key to go back to', async () => {
  await story.go()
  const back = story.newest('current')
  await story.go({ force: true })
  const log = await logOf({ action: 'rollback' })
  expect(log.filter(({ event }) => event === 'saved' || event === 'staged')).toEqual([
    { level: 'info', event: 'saved', revision: 5, change: 'rolledBack' },
    { level: 'info', event: 'staged', kid: back.kid },
    { level: 'info', event: 'saved', revision: 6, change: 'promoted' },
  ])
  story = new Story({ domains: [ONE] })
  expect((await logOf({ action: 'rollback' })).at(-1)).toMatchObject({
    level: 'error',
    event: 'groupFailed',
    code: 'noRollback',
  })
})

it('a status, with a list of streams that cannot be read', async () => {
  story.cloud.broken.set(ONE, { streams: new RotatorError('denied', 'no') })
  expect(await logOf({ action: 'status' })).toEqual([
    { level: 'info', event: 'started', action: 'status' },
    { level: 'info', event: 'observing', total: 1 },
    { level: 'debug', event: 'observed', domain: ONE },
    { level: 'info', event: 'inspecting', total: 1 },
    { level: 'warn', event: 'unlisted', domain: ONE, code: 'denied', message: 'no' },
    {
      level: 'warn',
      event: 'warning',
      finding: { kind: 'streamsNotListed', domains: [ONE], problem: { code: 'denied', message: 'no' } },
    },
    { level: 'debug', event: 'inspected', domain: ONE },
  ])
})
