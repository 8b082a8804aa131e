import { beforeEach, describe, expect, it } from 'vitest'
import { RotatorError } from '../../lib/core/errors.ts'
import { Key } from '../../lib/keyset/key.ts'
import type { KeyEntry, KeyState } from '../../lib/keyset/keyset.ts'
import { Observation } from '../../lib/rotation/state/observation.ts'
import { isBeingPublished } from '../../lib/rotation/steps/apply.ts'
import { contested } from '../../lib/rotation/steps/outlive-displaced-run.ts'
import { HOUR, MINUTE } from '../support/model-cloud.ts'
import { Story } from '../support/story.ts'

const [ONE, TWO, THREE] = ['live1.example.com', 'live2.example.com', 'live3.example.com'] as const
const unavailable = new RotatorError('unavailable', 'no answer', { retryable: true })

let story: Story

beforeEach(async () => {
  story = new Story()
  await story.go()
  await story.clock.advance(2 * HOUR)
})

describe('a read-back', () => {
  /** The queries of the domain after its set fail, from the `from`th on, or show the key of before. */
  async function rotate(
    answer: 'fails' | 'lags',
  ): Promise<{ reads: number; outcome: string; code: unknown }> {
    const process = story.cloud.process()
    const before = story.newest('current').key
    let [isSet, reads] = [false, 0]
    process.around = (ports) => ({
      ...ports,
      live: {
        ...ports.live,
        set: async (domain, ...rest) => {
          await ports.live.set(domain, ...rest)
          isSet ||= domain === ONE
        },
        query: async (domain, options) => {
          if (domain !== ONE || !isSet) return ports.live.query(domain, options)
          reads++
          if (answer === 'fails') throw unavailable
          return { domain, enabled: true, key: before }
        },
      },
    })
    const { outcome, domains } = await story.go({}, process)
    const errors = process.log.filter(({ event }) => event === 'domainFailed')
    expect(errors).toHaveLength(1)
    return { reads, outcome, code: domains.failed[0]?.code }
  }

  it('that fails makes the domain fail: the call was already retried', async () => {
    expect(await rotate('fails')).toEqual({ reads: 1, outcome: 'incomplete', code: 'unavailable' })
  })

  it('is made six times, with pauses between, and none after the last', async () => {
    const started = story.clock.now()
    expect(await rotate('lags')).toEqual({ reads: 6, outcome: 'incomplete', code: 'notConfirmed' })
    const publication = MINUTE + 10_000
    const pauses = 250 + 500 + 1_000 + 2_000 + 4_000
    expect(story.clock.now() - started - publication - pauses).toBeLessThan(200)
  })
})

describe('while a pending key is published', () => {
  it('domains belong on the current one until receivers know the new one', async () => {
    const short = story.cloud.process()
    short.waitUntil = story.clock.now()
    expect(await story.go({}, short)).toMatchObject({ outcome: 'waiting' })
    const run = await story.context()
    const pending = story.newest('pending')
    const known = run.publishedAt(pending, story.keyset)
    await story.clock.advance(known - story.clock.now() - 1)
    expect(isBeingPublished(run, story.keyset)).toBe(true)
    await story.clock.advance(1)
    expect(isBeingPublished(run, story.keyset)).toBe(false)
  })

  it('a document without a pending key counts as published', async () => {
    expect(isBeingPublished(await story.context(), story.keyset)).toBe(false)
  })

  it('only a domain on a found key is repaired: one that drifted waits for the new key', async () => {
    const { kid } = story.newest('current')
    story.cloud.domains.set(ONE, { enabled: true, key: Key.generate() })
    story.cloud.domains.set(TWO, { enabled: false, key: story.newest('previous').key })
    const before = story.cloud.effects.length
    expect(await story.go()).toMatchObject({ outcome: 'rotated' })
    const pending = story.newest('current').kid
    expect(story.cloud.effects.slice(before).filter((effect) => effect.startsWith('set'))).toEqual([
      `set ${ONE} ${kid}`,
      ...[ONE, TWO, THREE].map((domain) => `set ${domain} ${pending}`),
    ])
  })
})

describe('an emergency that displaced a rotation', () => {
  async function displace(deadline = Infinity): Promise<{ report: object; took: number; queries: number }> {
    await story.go({}, story.cloud.process({ killAt: 6 }))
    expect(story.states()[0]).toBe('pending')
    // The receivers have been told: what it waits for is the run that it displaced.
    story.group = {
      ...story.group,
      probes: ['https://hooks.example.com/'],
      propagation: { ...story.group.propagation, probesCoverAllInstances: true },
    }
    const process = story.cloud.process()
    const started = story.clock.now()
    process.deadline = started + deadline
    const report = await story.go({ emergency: true, onRunningStreams: 'reject', id: 'leak' }, process)
    return { report, took: story.clock.now() - started, queries: process.calls['query'] ?? 0 }
  }

  it("reads all domains again after the rotation's last possible set", async () => {
    const { report, took, queries } = await displace()
    expect(report).toMatchObject({ outcome: 'rotated', domains: { set: 3, confirmed: 3 } })
    expect(took).toBeGreaterThan(25_000)
    expect(took).toBeLessThan(26_000)
    // Before the sets, after each, and once more.
    expect(queries).toBe(9)
  })

  it('leaves that to the next run if its time ends first', async () => {
    const { report, took } = await displace(20_000)
    expect(report).toMatchObject({ outcome: 'waiting', domains: { set: 3 } })
    expect(took).toBeLessThan(1_000)
    expect(story.states()[0]).toBe('pending')
  })

  it('does not read domains again that it read after that', async () => {
    const before = story.clock.now()
    await displace(20_000)
    await story.clock.advance(before + 10 * MINUTE - story.clock.now())
    const next = story.cloud.process()
    expect(await story.go({ action: 'reconcile' }, next)).toMatchObject({ outcome: 'reconciled' })
    expect(next.calls['query']).toBe(3)
  })
})

describe('domains that a displaced run may still be setting', () => {
  const entry = (state: KeyState, appliedAt?: string, fields: Partial<KeyEntry> = {}): KeyEntry => {
    const key = Key.generate()
    return {
      kid: key.kid,
      key,
      state,
      ...(appliedAt !== undefined && { appliedAt }),
      extra: {},
      ...fields,
    }
  }
  const older = entry('compromised', '2026-11-01T00:00:00Z')
  const replaced = entry('compromised', '2026-11-02T00:00:00Z')
  const imported = entry('compromised')
  const on = (domain: string, { key }: KeyEntry) =>
    [domain, { reading: { domain, enabled: true, key }, readAt: 1 }] as const
  const domains = { names: [ONE, TWO, THREE], discovered: new Set<string>(), unlisted: [], complete: true }
  const first = Observation.of(domains, 0).with(
    new Map([on(ONE, replaced), on(TWO, older), on(THREE, imported)]),
  )
  const of = (target: KeyEntry, ...others: KeyEntry[]): readonly string[] =>
    contested({ ...story.keyset, keys: [target, ...others] }, target, first)

  it('are all, if a pending key was displaced', () => {
    expect(of(entry('pending', undefined, { displaced: true }), replaced)).toEqual([ONE, TWO, THREE])
  })

  it('are none, if a rotation displaced nothing', () => {
    expect(of(entry('pending'), replaced)).toEqual([])
  })

  it('are those that a repair sets to the key that the emergency replaced, the last applied one', () => {
    const fresh = entry('pending', '2026-11-03T00:00:00Z', { emergency: true })
    for (const others of [
      [replaced, older, imported],
      [imported, older, replaced],
      [older, replaced, imported],
    ]) {
      expect(of(fresh, ...others)).toEqual([TWO, THREE])
    }
  })

  it('are none, if no key was ever applied', () => {
    expect(of(entry('pending', undefined, { emergency: true }), imported)).toEqual([])
  })
})
