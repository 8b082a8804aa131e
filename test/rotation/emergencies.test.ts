import { beforeEach, describe, expect, it } from 'vitest'
import { momentOf } from '../../lib/core/clock.ts'
import { RotatorError } from '../../lib/core/errors.ts'
import type { CallOptions } from '../../lib/rotation/ports.ts'
import { run } from '../../lib/rotation/run.ts'
import {
  DAY,
  groupConfig,
  MINUTE,
  request,
  rotationConfig,
  type ModelProcess,
} from '../support/model-cloud.ts'
import { Story } from '../support/story.ts'

const RECONCILE = { action: 'reconcile' } as const

let story: Story

beforeEach(async () => {
  story = new Story()
  await story.go()
  await story.clock.advance(DAY)
})

/** A process, and which of its calls of Live are urgent, each once. */
function watched(): { process: ModelProcess; urgent: Set<string> } {
  const process = story.cloud.process()
  const urgent = new Set<string>()
  const note = (call: string, options: CallOptions = {}): void => {
    urgent.add(`${call} ${options.urgent === true ? 'urgent' : 'in its turn'}`)
  }
  process.around = (ports) => ({
    ...ports,
    live: {
      ...ports.live,
      set: (domain, key, options) => {
        note('set', options)
        return ports.live.set(domain, key, options)
      },
      query: (domain, options) => {
        note('query', options)
        return ports.live.query(domain, options)
      },
    },
  })
  return { process, urgent }
}

const URGENT = new Set(['set urgent', 'query urgent'])

describe("the emergency's rate", () => {
  it('applies to an emergency', async () => {
    const { process, urgent } = watched()
    expect((await story.go({ emergency: true, id: 'leak' }, process)).outcome).toBe('rotated')
    expect(urgent).toEqual(URGENT)
  })

  it('applies to the reconcile that finishes one', async () => {
    await story.go({ emergency: true, id: 'leak' }, story.cloud.process({ killAt: 4 }))
    expect(story.states()[0]).toBe('pending')
    const { process, urgent } = watched()
    expect((await story.go(RECONCILE, process)).outcome).toBe('reconciled')
    expect(urgent).toEqual(URGENT)
  })

  it('applies to the reads after a displaced rotation was outlived', async () => {
    await story.go({ id: 'displaced' }, story.cloud.process({ killAt: 6 }))
    expect(story.states()[0]).toBe('pending')
    story.group = {
      ...story.group,
      probes: ['https://hooks.example.com/'],
      propagation: { ...story.group.propagation, probesCoverAllInstances: true },
    }
    const { process, urgent } = watched()
    expect((await story.go({ emergency: true, id: 'leak' }, process)).outcome).toBe('rotated')
    expect(urgent).toEqual(URGENT)
  })

  it('applies to its repeat, for a domain that was not reached', async () => {
    story.cloud.broken.set('live2.example.com', { set: new RotatorError('unavailable', 'no answer') })
    expect((await story.go({ emergency: true, id: 'leak' })).outcome).toBe('incomplete')
    expect(story.states()[0]).toBe('current')
    story.cloud.broken.clear()
    const { process, urgent } = watched()
    expect(await story.go({ emergency: true, id: 'leak' }, process)).toMatchObject({ domains: { set: 1 } })
    expect(urgent).toEqual(URGENT)
  })

  it('applies to no other run', async () => {
    const { process, urgent } = watched()
    expect((await story.go({}, process)).outcome).toBe('rotated')
    expect(urgent).toEqual(new Set(['set in its turn', 'query in its turn']))
  })
})

describe('an emergency that two start at once', () => {
  it('makes one fresh key, and both continue with it', async () => {
    const before = story.keyset.keys.length
    const leak = { emergency: true, id: 'leak' }
    const both = await story.clock.run(Promise.all([story.begin(leak), story.begin(leak)]))
    expect(both[0].kid).toBe(both[1].kid)
    expect(story.keyset.keys).toHaveLength(before + 1)
    expect(story.kidsOnDomains()).toEqual([both[0].kid])
  })
})

describe('an emergency whose key one domain does not show', () => {
  it('is not promoted, whatever is wrong with the other domains', async () => {
    const process = story.cloud.process()
    process.around = (ports) => ({
      ...ports,
      live: {
        ...ports.live,
        set: (domain, key, options) =>
          domain === 'live3.example.com' ? Promise.resolve() : ports.live.set(domain, key, options),
      },
    })
    story.cloud.broken.set('live2.example.com', { set: new RotatorError('unavailable', 'no answer') })
    expect(await story.go({ emergency: true, id: 'leak' }, process)).toMatchObject({
      outcome: 'incomplete',
      domains: { confirmed: 1, failed: [{ code: 'unavailable' }, { code: 'notConfirmed' }] },
    })
    expect(story.states()[0]).toBe('pending')
  })
})

describe('an emergency that names leaked keys', () => {
  it('leaves a group without a keyset alone, and says so', async () => {
    const leaked = story.newest('current').kid
    const other = groupConfig({ name: 'other', secret: 'other', domains: ['live9.example.com'] })
    const process = story.cloud.process()
    const environment = process.environment()
    const report = await story.clock.run(
      run(request({ emergency: true, id: 'leak', leaked: [leaked] }), rotationConfig(story.group, other), {
        ...environment,
        open: async (group) => {
          const ports = await environment.open(group)
          if (group.name !== 'other') return ports
          const nothing = { keyset: null, loadedAt: momentOf(story.clock), currentIsBehind: null }
          return { ...ports, keysets: { ...ports.keysets, load: () => Promise.resolve(nothing) } }
        },
      }),
    )
    expect(report.groups).toMatchObject([
      { group: 'default', outcome: 'rotated', warnings: [] },
      { group: 'other', outcome: 'notDue', warnings: [expect.stringContaining('nothing was done')] },
    ])
    expect(story.stateOf(leaked)).toBe('compromised')
  })
})

it('an emergency waits neither for the keyset nor for the domains of another group', async () => {
  const leaked = story.newest('current').kid
  const discover = { suffix: '.example.org', exclude: [] }
  const other = groupConfig({ name: 'other', secret: 'other', domains: [], discover })
  const environment = story.cloud.process().environment()
  const hangs = (): Promise<never> =>
    story.clock.sleep(5 * MINUTE).then(() => {
      throw new RotatorError('unavailable', 'no answer', { retryable: true })
    })
  const started = story.clock.now()
  const ended = run(
    request({ emergency: true, id: 'leak', leaked: [leaked] }),
    rotationConfig(story.group, other),
    {
      ...environment,
      open: async (group) => {
        const ports = await environment.open(group)
        if (group.name !== 'other') return ports
        return {
          ...ports,
          keysets: { ...ports.keysets, load: hangs },
          live: { ...ports.live, discover: hangs },
        }
      },
    },
  )
  await story.clock.advance(1_000)
  expect(story.newest('compromised').compromisedAt).toBeDefined()
  const report = await story.clock.run(ended)
  expect(report.groups).toMatchObject([{ outcome: 'rotated' }, { outcome: 'failed' }])
  const { appliedAt = '' } = story.newest('current')
  // The publication of the fresh key takes a minute and ten seconds.
  expect(Date.parse(appliedAt) - started).toBeLessThan(80_000)
})

describe('the report of an emergency', () => {
  it('says how long it took until the last domain was on the fresh key, and the sets alone', async () => {
    story.cloud.latencyMs = 100
    const started = story.clock.now()
    const { cutOff, applyMs } = await story.go({ emergency: true, id: 'leak' })
    const domainsMs = cutOff?.domainsMs ?? 0
    expect(domainsMs).toBeGreaterThan(MINUTE)
    expect(domainsMs).toBeLessThanOrEqual(story.clock.now() - started)
    // A set and its read-back, side by side for all domains.
    expect(applyMs).toBe(200)
  })
})
