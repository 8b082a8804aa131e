import { beforeEach, describe, expect, it } from 'vitest'
import { RotatorError } from '../../lib/core/errors.ts'
import { Key } from '../../lib/keyset/key.ts'
import { DAY } from '../support/model-cloud.ts'
import { Story } from '../support/story.ts'

const RECONCILE = { action: 'reconcile' } as const

let story: Story

beforeEach(async () => {
  story = new Story()
  await story.go()
  await story.clock.advance(DAY)
})

describe('a domain that is new', () => {
  it('gets the current key with its own warning: nobody has changed it by hand', async () => {
    story.cloud.domains.set('live3.example.com', { enabled: false, key: null })
    const report = await story.go(RECONCILE)
    expect(report.warnings).toEqual([
      expect.stringMatching(/live3\.example\.com: had no key yet; set to the current key/),
    ])
    expect(report.causes).toBeUndefined()
  })

  it('is distinguished from one that was changed by hand', async () => {
    story.cloud.domains.set('live3.example.com', { enabled: false, key: null })
    story.setByHand('live2.example.com', story.newest('previous'))
    const report = await story.go(RECONCILE)
    expect(report.warnings).toEqual([
      expect.stringMatching(/^live3\.example\.com: had no key yet/),
      expect.stringMatching(/^live2\.example\.com: not on the current key/),
    ])
    expect(report.causes).toEqual([{ code: 'driftRepaired', subject: 'live2.example.com' }])
  })
})

describe('a read-back', () => {
  it.each([
    [7_000, 'rotated'],
    [20_000, 'incomplete'],
  ])('is repeated while Live still shows the old key, %i ms after a set: %s', async (lagMs, outcome) => {
    const process = story.cloud.process()
    process.around = (ports) => {
      const setAt = new Map<string, number>()
      const old = new Map([...story.cloud.domains].map(([domain, state]) => [domain, { ...state }]))
      return {
        ...ports,
        live: {
          ...ports.live,
          set: async (domain, key, options) => {
            await ports.live.set(domain, key, options)
            setAt.set(domain, story.clock.now())
          },
          query: async (domain, options) => {
            const reading = await ports.live.query(domain, options)
            const shown = story.clock.now() - (setAt.get(domain) ?? 0) >= lagMs ? reading : old.get(domain)
            return { ...reading, ...shown }
          },
        },
      }
    }
    expect(await story.go({}, process)).toMatchObject({ outcome })
  })
})

it('a reconcile that retires nothing does not say that it retired a key', async () => {
  const process = story.cloud.process()
  await story.go(RECONCILE, process)
  expect(process.log.filter(({ event }) => event === 'retired')).toEqual([])
})

it('domains that hold a run back are counted and named, each with what is wrong', async () => {
  story.cloud.broken.set('live2.example.com', { set: new RotatorError('denied', 'no permission') })
  const report = await story.go()
  expect(report.error?.message).toMatch(/1 of 3 domains failed: live2\.example\.com \(denied\)/)
})

describe('a domain that could be read only after the others', () => {
  it('is not set in that run, even if all domains are read again: its key may be unknown', async () => {
    await story.go({ id: 'displaced' }, story.cloud.process({ killAt: 6 }))
    expect(story.states()[0]).toBe('pending')
    story.group = {
      ...story.group,
      probes: ['https://hooks.example.com/'],
      propagation: { ...story.group.propagation, probesCoverAllInstances: true },
    }
    const strange = Key.generate()
    const process = story.cloud.process()
    let reads = 0
    process.around = (ports) => ({
      ...ports,
      live: {
        ...ports.live,
        query: (domain, options) =>
          domain === 'live2.example.com' && ++reads === 1
            ? Promise.reject(new RotatorError('unavailable', 'no answer'))
            : ports.live.query(domain, options),
      },
    })
    story.cloud.domains.set('live2.example.com', { enabled: true, key: strange })
    expect(await story.go({ action: 'rollback', id: 'back' }, process)).toMatchObject({
      outcome: 'incomplete',
      domains: { confirmed: 2, failed: [{ domain: 'live2.example.com', code: 'unavailable' }] },
    })
    expect(story.cloud.domains.get('live2.example.com')?.key?.kid).toBe(strange.kid)
    expect(await story.go(RECONCILE)).toMatchObject({ outcome: 'reconciled' })
    expect(story.newest('compromised')).toMatchObject({ kid: strange.kid, found: true })
  })
})
