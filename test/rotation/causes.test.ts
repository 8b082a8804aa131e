import { beforeEach, describe, expect, it } from 'vitest'
import { RotatorError } from '../../lib/core/errors.ts'
import { DAY, HOUR, type ModelProcess } from '../support/model-cloud.ts'
import { Story } from '../support/story.ts'

const RECONCILE = { action: 'reconcile' } as const
const denied = new RotatorError('denied', 'no permission')

let story: Story

beforeEach(async () => {
  story = new Story()
  story.cloud.pushAfterSet = false
  await story.go()
  await story.clock.advance(DAY)
})

describe('a domain that holds a run back', () => {
  it('is urgent while an emergency is unfinished there, whichever run meets it', async () => {
    story.cloud.broken.set('live2.example.com', { set: denied })
    const urgent = [{ code: 'domainFailed', subject: 'live2.example.com', urgent: true }]
    expect((await story.go({ emergency: true, id: 'leak' })).causes).toEqual(urgent)
    expect((await story.go(RECONCILE)).causes).toEqual(urgent)
  })

  it('is urgent while the fresh key is on no domain yet', async () => {
    for (const domain of story.group.domains) story.cloud.broken.set(domain, { set: denied })
    await story.go({ emergency: true, id: 'leak' })
    story.cloud.broken.set('live1.example.com', { query: denied })
    const { causes } = await story.go(RECONCILE)
    expect(causes).toHaveLength(3)
    for (const cause of causes ?? []) expect(cause).toMatchObject({ code: 'domainFailed', urgent: true })
  })

  it('is not urgent in an ordinary run', async () => {
    story.cloud.broken.set('live2.example.com', { set: denied })
    expect((await story.go()).causes).toEqual([{ code: 'domainFailed', subject: 'live2.example.com' }])
  })

  it('is not urgent any more once no domain is on a leaked key', async () => {
    await story.go({ emergency: true, id: 'leak' })
    await story.clock.advance(HOUR)
    story.cloud.broken.set('live2.example.com', { query: denied })
    expect(story.states()).toContain('compromised')
    expect((await story.go(RECONCILE)).causes).toEqual([
      { code: 'domainFailed', subject: 'live2.example.com' },
    ])
  })

  it('is not a cause in a run that only looks', async () => {
    story.cloud.broken.set('live2.example.com', { query: denied })
    expect((await story.go({ action: 'status' })).causes).toBeUndefined()
    expect((await story.go({ dryRun: true })).causes).toBeUndefined()
  })
})

describe('an emergency that is done', () => {
  it('is a cause in the run that finished it and in later ones, until another key is current', async () => {
    const { kid, causes } = await story.go({ emergency: true, id: 'leak' })
    const done = [{ code: 'emergencyDone', subject: kid }]
    expect(causes).toEqual(done)
    expect((await story.go(RECONCILE)).causes).toEqual(done)
    await story.clock.advance(DAY)
    expect((await story.go({ id: 'monthly' })).causes).toBeUndefined()
    await story.clock.advance(DAY)
    const back = await story.go({ action: 'rollback', id: 'back' })
    expect(back).toMatchObject({ outcome: 'rotated', kid })
    expect(back.causes).toBeUndefined()
  })

  it('is not a cause while streams are still to be cut', async () => {
    const leak = { emergency: true, onRunningStreams: 'interrupt', id: 'leak' } as const
    story.cloud.broken.set('live2.example.com', { streams: denied })
    expect((await story.go(leak)).causes).toEqual([{ code: 'streamsLeft', subject: null, urgent: true }])
    story.cloud.broken.clear()
    const { kid, causes } = await story.go(RECONCILE)
    expect(causes).toEqual([{ code: 'emergencyDone', subject: kid }])
  })
})

it('a run that an error stopped has its code as a cause, unless it only looked', async () => {
  const failing = (): ModelProcess => {
    const process = story.cloud.process()
    process.around = (ports) => ({
      ...ports,
      keysets: { ...ports.keysets, load: () => Promise.reject(denied) },
    })
    return process
  }
  const failed = { outcome: 'failed', keyset: 'unread', error: { code: 'denied' } }
  expect(await story.go(RECONCILE, failing())).toMatchObject({
    ...failed,
    causes: [{ code: 'failed', subject: 'denied' }],
  })
  for (const looks of [{ action: 'status' }, { dryRun: true }] as const) {
    const report = await story.go(looks, failing())
    expect(report).toMatchObject(failed)
    expect(report.causes).toBeUndefined()
  }
})
