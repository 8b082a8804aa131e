import { beforeEach, describe, expect, it } from 'vitest'
import type { RotationRequest } from '../../lib/config/types.ts'
import { RotatorError } from '../../lib/core/errors.ts'
import { Key } from '../../lib/keyset/key.ts'
import { DAY, MINUTE } from '../support/model-cloud.ts'
import { Story } from '../support/story.ts'

const unavailable = new RotatorError('unavailable', 'no answer', { retryable: true })

let story: Story

beforeEach(() => {
  story = new Story()
})

describe('the first save of an emergency', () => {
  it('does not wait for a slow discovery', async () => {
    story.group = { ...story.group, domains: [], discover: { suffix: '.example.com', exclude: [] } }
    await story.go()
    await story.clock.advance(DAY)
    const process = story.cloud.process()
    process.frozenBefore.set('discover', story.clock.sleep(2 * MINUTE))
    const started = story.clock.now()
    const report = await story.go({ emergency: true, id: 'leak' }, process)
    expect(report.outcome).toBe('rotated')
    expect(cutOffAt() - started).toBeLessThan(2_000)
  })

  it('is reported with the time that it took, from the very start of the run', async () => {
    await story.go()
    await story.clock.advance(DAY)
    const process = story.cloud.process()
    process.around = async (ports) => {
      await story.clock.sleep(4_000)
      return ports
    }
    process.frozenBefore.set('save', story.clock.sleep(30_000))
    const started = story.clock.now()
    const { cutOff } = await story.go({ emergency: true, id: 'leak' }, process)
    expect(cutOff?.savedMs).toBe(cutOffAt() - started)
    expect(cutOff?.savedMs).toBeGreaterThanOrEqual(30_000)
  })

  it('keeps the mode if there was no document before and the run is killed right after it', async () => {
    story.cloud.pushAfterSet = false
    const killed = story.cloud.process({ killAt: 2, killAfterEffect: true })
    await story.go({ emergency: true, onRunningStreams: 'interrupt', id: 'leak' }, killed)
    expect(story.states()).toEqual(['pending'])
    expect(await story.go({ action: 'reconcile' })).toMatchObject({ outcome: 'reconciled' })
    expect(story.cuts().sort()).toEqual([1, 2, 3].map((n) => `live${n}.example.com/main`))
    expect(story.states()).toEqual(['current'])
  })

  /** When the document that first held a compromised key was stored. */
  function cutOffAt(): number {
    const first = story.cloud.documents.find(({ keyset }) =>
      keyset.keys.some(({ state }) => state === 'compromised'),
    )
    return first?.savedAt ?? NaN
  }
})

describe('an emergency', () => {
  beforeEach(async () => {
    await story.go()
    await story.clock.advance(DAY)
  })

  it('is not promoted while a domain that answers is not confirmed on its key', async () => {
    const process = story.cloud.process()
    const strange = Key.generate()
    process.around = ({ live, ...ports }) => ({
      ...ports,
      live: {
        ...live,
        query: async (domain, options) => {
          const reading = await live.query(domain, options)
          return domain === 'live2.example.com' ? { ...reading, key: strange } : reading
        },
      },
    })
    expect(await story.go({ emergency: true, id: 'leak' }, process)).toMatchObject({
      outcome: 'incomplete',
      domains: { confirmed: 2, failed: [{ domain: 'live2.example.com', code: 'notConfirmed' }] },
    })
    expect(story.states()[0]).toBe('pending')
  })

  it('is not promoted if no domain could be set', async () => {
    for (const domain of story.group.domains) story.cloud.broken.set(domain, { set: unavailable })
    expect(await story.go({ emergency: true, onRunningStreams: 'reject', id: 'leak' })).toMatchObject({
      outcome: 'incomplete',
      domains: { confirmed: 0 },
    })
    expect(story.states()).toEqual(['pending', 'compromised', 'compromised', 'compromised', 'compromised'])
    expect(story.cloud.refusals).toEqual([])
  })

  it('is not promoted if KMS fails in the middle of the domains: the fence is unknown', async () => {
    const process = story.cloud.process()
    let fails = false
    process.setEveryMs = 12_000
    process.around = (ports) => {
      const load: typeof ports.keysets.load = () =>
        fails ? Promise.reject(unavailable) : ports.keysets.load()
      return { ...ports, keysets: { ...ports.keysets, load } }
    }
    const end = story.begin({ emergency: true, onRunningStreams: 'reject', id: 'leak' }, process)
    await story.clock.advance(75_000)
    fails = true
    const report = await story.clock.run(end)
    expect(report).toMatchObject({
      outcome: 'failed',
      error: { code: 'unavailable' },
      domains: { set: 1, failed: [] },
    })
    expect(story.states()).toEqual(['pending', 'compromised', 'compromised', 'compromised', 'compromised'])
    expect(story.cloud.refusals).toEqual([])
  })

  it('continues without found keys that do not fit into the document, and says so', async () => {
    const domains = Array.from({ length: 150 }, (_, index) => `live${index + 1}.example.com`)
    story = new Story({ domains })
    story.cloud.pushAfterSet = false
    story.cloud.streams.clear()
    const shared = Key.generate()
    for (const state of story.cloud.domains.values()) state.key = shared
    await story.go()
    // As long as any that Live returns.
    for (const state of story.cloud.domains.values()) state.key = Key.of(Key.generate().reveal().repeat(8))
    const report = await story.go({ emergency: true, id: 'leak' })
    expect(report).toMatchObject({ outcome: 'rotated', domains: { confirmed: 150 } })
    expect(report.warnings.join()).toMatch(/150 keys found on domains do not fit into the keyset/)
    expect(story.kidsOnDomains()).toEqual([report.kid])
    expect(story.states()).toEqual(['current', 'compromised', 'compromised'])
  })
})

describe('the keys that are named as leaked', () => {
  beforeEach(async () => {
    await story.go()
    await story.clock.advance(DAY)
  })

  const emergency = (id: string, ...leaked: string[]): Partial<RotationRequest> => ({
    emergency: true,
    group: 'default',
    id,
    leaked,
  })

  it.each(['with none that is right', 'beside one that is right'])(
    'must be keys of the document: a typo is refused before any effect, %s',
    async (beside) => {
      const known = beside === 'beside one that is right' ? [story.newest('current').kid] : []
      const before = story.cloud.effects.length
      await expect(story.go(emergency('leak', ...known, '0123456789ab'))).rejects.toMatchObject({
        code: 'usage',
        message: expect.stringContaining('0123456789ab') as string,
      })
      expect(story.cloud.effects).toHaveLength(before)
    },
  )

  it('are distrusted by a second emergency too, which keeps the fresh key of the first', async () => {
    const [current, first, second] = story.keyset.keys.map(({ kid }) => kid) as [string, string, string]
    const one = await story.go(emergency('one', first))
    await story.clock.advance(10 * MINUTE)
    const two = await story.go(emergency('two', second, current))
    expect(two).toMatchObject({ outcome: 'rotated', kid: one.kid })
    expect(two.warnings.join()).toContain(`key ${one.kid ?? ''} of the previous emergency is kept`)
    expect([first, second, current].map((kid) => story.stateOf(kid))).toEqual(Array(3).fill('compromised'))
    expect(story.states().filter((state) => state === 'previous')).toHaveLength(1)
    expect(story.cloud.refusals).toEqual([])
  })

  it('may include the fresh key: it stays, and a warning says how to get another', async () => {
    const one = await story.go(emergency('one'))
    await story.clock.advance(10 * MINUTE)
    const fresh = one.kid ?? ''
    const two = await story.go(emergency('two', fresh))
    expect(two.warnings.join()).toMatch(
      new RegExp(`key ${fresh} is named as leaked and is still trusted.*--force`),
    )
    expect(story.stateOf(fresh)).toBe('current')
    const forced = await story.go({ ...emergency('three', fresh), force: true })
    expect(forced.kid).not.toBe(fresh)
    expect(story.stateOf(fresh)).toBe('compromised')
  })
})

describe('a rollback to the key of an emergency', () => {
  /** Another key is current, and that of an emergency is the one to go back to. */
  async function emergencyThenRotation(): Promise<string> {
    await story.go()
    await story.clock.advance(DAY)
    const { kid } = await story.go({ emergency: true, id: 'first leak' })
    await story.clock.advance(DAY)
    await story.go({ id: 'monthly' })
    await story.clock.advance(DAY)
    return kid ?? ''
  }

  it('is no longer an emergency: if the key leaks, it is distrusted', async () => {
    const kid = await emergencyThenRotation()
    expect((await story.go({ action: 'rollback', id: 'back' })).kid).toBe(kid)
    await story.clock.advance(10 * MINUTE)
    const leak = await story.go({ emergency: true, id: 'second leak' })
    expect(leak.outcome).toBe('rotated')
    expect(leak.kid).not.toBe(kid)
    expect(story.stateOf(kid)).toBe('compromised')
  })

  it('is no longer an emergency: a domain that fails holds promotion back', async () => {
    const kid = await emergencyThenRotation()
    story.cloud.broken.set('live2.example.com', { set: new RotatorError('unavailable', 'no answer') })
    expect(await story.go({ action: 'rollback', id: 'back' })).toMatchObject({ outcome: 'incomplete', kid })
    expect(story.stateOf(kid)).toBe('pending')
  })
})

describe('what an emergency says about the keys', () => {
  const kindsOf = async (wanted: Partial<RotationRequest>): Promise<string[]> => {
    const process = story.cloud.process()
    await story.go({ emergency: true, group: 'default', ...wanted }, process)
    return process.log.flatMap((event) => (event.event === 'warning' ? [event.finding.kind] : []))
  }

  it('is nothing for the first one in a group, which has no keys yet', async () => {
    expect(await kindsOf({ id: 'leak' })).toEqual([])
  })

  it('is that it continues if it is repeated, unless another key lost its trust', async () => {
    await story.go()
    await story.clock.advance(DAY)
    const [first, second] = story.keyset.keys.map(({ kid }) => kid) as [string, string]
    expect(await kindsOf({ id: 'leak', leaked: [first] })).toEqual([])
    expect(await kindsOf({ id: 'leak', leaked: [first, second] })).toEqual([])
    expect(story.stateOf(second)).toBe('compromised')
    expect(await kindsOf({ id: 'leak', leaked: [first, second] })).toEqual(['emergencyContinued'])
  })

  it("is that the other's key is kept, for the slower of two that start at once", async () => {
    await story.go()
    await story.clock.advance(DAY)
    const [one, two] = [story.cloud.process(), story.cloud.process()]
    const both = [
      story.begin({ emergency: true, id: 'one' }, one),
      story.begin({ emergency: true, id: 'two' }, two),
    ]
    await story.clock.run(Promise.all(both))
    const kinds = [one, two].map(({ log }) =>
      log.flatMap((event) => (event.event === 'warning' ? [event.finding.kind] : [])),
    )
    expect(kinds.filter((of) => of.includes('freshKeyKept'))).toHaveLength(1)
  })
})
