import { expect, it } from 'vitest'
import { RotatorError } from '../../lib/core/errors.ts'
import { run } from '../../lib/rotation/run.ts'
import { groupConfig, request, rotationConfig } from '../support/model-cloud.ts'
import { Story } from '../support/story.ts'

it('a request for a group that there is not is refused, with the names of those that there are', async () => {
  const config = rotationConfig(groupConfig(), groupConfig({ name: 'events' }))
  const { cloud } = new Story()
  await expect(run(request({ group: 'event' }), config, cloud.process().environment())).rejects.toMatchObject(
    {
      code: 'usage',
      message: 'there is no group "event"; the configuration has default, events',
    },
  )
})

it('a group whose account cannot be reached fails by itself, with nothing done', async () => {
  const story = new Story()
  const process = story.cloud.process()
  process.around = () => Promise.reject(new RotatorError('denied', 'no role'))
  const ask = (action: 'rotate' | 'status'): Promise<unknown> =>
    story.clock.run(run(request({ action }), rotationConfig(story.group), process.environment()))
  const failed = {
    group: 'default',
    outcome: 'failed',
    did: 'nothing',
    phase: 'idle',
    revision: null,
    keyset: 'unread',
    domains: { total: 3, set: 0, unchanged: 0, confirmed: 0, failed: [] },
    keys: [],
    warnings: [],
    error: { code: 'denied', message: 'no role' },
  }
  expect(await ask('rotate')).toMatchObject({
    ok: false,
    groups: [{ ...failed, causes: expect.anything() as unknown }],
  })
  const looked = (await ask('status')) as { groups: object[] }
  expect(looked).toMatchObject({ ok: false, groups: [failed] })
  expect(looked.groups[0]).not.toHaveProperty('causes')
})

it('a report is ok unless a group failed or is incomplete', async () => {
  const story = new Story()
  const process = story.cloud.process()
  const go = (): Promise<{ ok: boolean }> =>
    story.clock.run(run(request({ reason: 'monthly' }), rotationConfig(story.group), process.environment()))
  story.cloud.broken.set('live1.example.com', { query: new RotatorError('denied', 'no') })
  expect((await go()).ok).toBe(false)
  story.cloud.broken.clear()
  expect((await go()).ok).toBe(true)
  expect(process.log).toContainEqual(expect.objectContaining({ event: 'started', reason: 'monthly' }))
})

it('a leaked key that no group knows is a typo, and the message lists those that there are', async () => {
  const story = new Story()
  await expect(story.go({ emergency: true, leaked: ['000000000000'] })).rejects.toThrow(
    'there is no key 000000000000, so it cannot have leaked; the keys are none.',
  )
  await story.go()
  const kids = story.keyset.keys.map(({ kid }) => kid).join(', ')
  await expect(story.go({ emergency: true, leaked: ['000000000000'] })).rejects.toThrow(
    `the keys are ${kids}.`,
  )
})
