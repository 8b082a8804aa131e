import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { RotationRequest } from '../../lib/config/types.ts'
import { RotatorError } from '../../lib/core/errors.ts'
import { currentKey, pendingKey } from '../../lib/keyset/keyset.ts'
import { groupConfig, HOUR, MINUTE } from '../support/model-cloud.ts'
import { Story } from '../support/story.ts'

/** Something that happens to a group; the name is for whoever reads a counterexample. */
interface Step {
  readonly name: string
  readonly happens: (story: Story) => unknown
}

const domain = fc.constantFrom(...groupConfig().domains)
const stream = fc.constantFrom('main', 'newest', 'other')
const minutes = (most: number): fc.Arbitrary<number> => fc.integer({ min: 0, max: most * MINUTE })
const unavailable = new RotatorError('unavailable', 'no answer', { retryable: true })

const wanted = fc.constantFrom<Partial<RotationRequest>>(
  {},
  { force: true },
  { action: 'reconcile' },
  { action: 'reconcile' },
  { action: 'rollback' },
  { emergency: true },
  { emergency: true, force: true },
)

/** How far the clock of a run's machine is ahead. */
const ahead = fc.constantFrom(0, 0, 0, 5_000, 59_000, -5_000, -59_000, 5 * MINUTE, -5 * MINUTE)

const killed = fc
  .record({
    wanted,
    killAt: fc.option(fc.integer({ min: 1, max: 25 }), { nil: Infinity }),
    ahead,
    isHasty: fc.boolean(),
  })
  .map((run): Step => ({
    name: `run ${JSON.stringify(run)}`,
    happens: (story) => {
      const process = story.cloud.process({ killAt: run.killAt, killAfterEffect: run.killAt % 2 === 0 })
      process.clockAheadMs = run.ahead
      if (run.isHasty) process.waitUntil = process.clock.now() + 15_000
      return story.go(run.wanted, process)
    },
  }))

/** Calls take that long, one after the other and again from the first. */
const latencies = fc.array(fc.oneof(fc.integer({ min: 1, max: 9_000 }), fc.integer({ min: 1, max: 50 })), {
  minLength: 5,
  maxLength: 40,
})

/** Runs that begin while others are under way; the first one is frozen for a while before a call. */
const atOnce = fc
  .record({
    first: wanted,
    others: fc.array(fc.record({ wanted, after: minutes(4), ahead }), { minLength: 1, maxLength: 2 }),
    latencies,
    frozenBefore: fc.constantFrom('set', 'query', 'streams', 'load', 'save'),
    frozenFor: fc.oneof(fc.constant(0), minutes(25)),
  })
  .map((runs): Step => ({
    name: `at once ${JSON.stringify(runs)}`,
    happens: async (story) => {
      const { clock, cloud } = story
      let call = 0
      cloud.latency = () => runs.latencies[call++ % runs.latencies.length] ?? 1
      const frozen = cloud.process()
      frozen.frozenBefore.set(runs.frozenBefore, clock.sleep(runs.frozenFor))
      const others = runs.others.map(async (other) => {
        await clock.sleep(other.after)
        const process = cloud.process()
        process.clockAheadMs = other.ahead
        return story.begin(other.wanted, process)
      })
      await clock.run(Promise.all([story.begin(runs.first, frozen), ...others]))
      cloud.latency = () => 5
    },
  }))

const streams = [
  fc.tuple(domain, stream).map(([on, name]): Step => ({
    name: `push ${on}/${name}`,
    happens: ({ cloud }) => cloud.push(on, name),
  })),
  fc.tuple(domain, stream).map(([on, name]): Step => ({
    name: `stop ${on}/${name}`,
    happens: ({ cloud }) => cloud.stop(on, name),
  })),
]

const pushAll = fc.constant<Step>({
  name: 'push every stream again',
  happens: ({ cloud }) => {
    for (const { domain, name } of [...cloud.streams.values()]) cloud.push(domain, name)
  },
})

const byHand = [
  fc.tuple(domain, fc.nat()).map(([on, index]): Step => ({
    name: `set ${on} by hand to key ${index}`,
    happens: (story) => {
      const { keys } = story.keyset
      // A key that never was on all domains may be one that not every receiver knows yet.
      const known = keys.filter(
        ({ stagedAt, appliedAt }) => stagedAt === undefined || appliedAt !== undefined,
      )
      const entry = known[index % known.length]
      const before = keys.find(({ kid }) => kid === story.cloud.domains.get(on)?.key?.kid)
      // Nobody can know of a key that was put on a domain and taken off before a run has looked.
      const isSeen = before !== undefined && typeof before.clearedAt !== 'string'
      if (entry && isSeen) story.setByHand(on, entry)
    },
  })),
  fc.constantFrom(MINUTE, 10 * MINUTE).map((ttlMs): Step => ({
    name: `configure ttl ${ttlMs}`,
    happens: (story) => (story.group = { ...story.group, ttlMs }),
  })),
  domain.map((tolerated): Step => ({
    name: `tolerate ${tolerated}`,
    happens: (story) => (story.group = { ...story.group, apply: { tolerate: [tolerated] } }),
  })),
]

const faults = fc.tuple(domain, fc.constantFrom('query', 'set', 'streams')).map(([on, call]): Step => ({
  name: `fail ${call} of ${on}`,
  happens: ({ cloud }) => cloud.broken.set(on, { [call]: unavailable }),
}))
const mend = fc.constant<Step>({ name: 'mend', happens: ({ cloud }) => cloud.broken.clear() })

const time = fc.constantFrom(MINUTE, 3 * MINUTE, 11 * MINUTE, HOUR).map((ms): Step => ({
  name: `advance ${ms}`,
  happens: ({ clock }) => clock.advance(ms),
}))

const step = fc.oneof(
  { weight: 4, arbitrary: killed },
  { weight: 4, arbitrary: atOnce },
  { weight: 3, arbitrary: fc.oneof(...streams) },
  { weight: 3, arbitrary: pushAll },
  { weight: 4, arbitrary: fc.oneof(...byHand) },
  { weight: 3, arbitrary: faults },
  { weight: 2, arbitrary: mend },
  { weight: 4, arbitrary: time },
)

it(
  'no history of runs, faults and manual changes makes a receiver refuse a genuine callback, and all settle',
  { tags: 'slow' },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.array(step, { minLength: 3, maxLength: 16 }),
        async (pushAfterSet, steps) => {
          const story = new Story()
          const { clock, cloud } = story
          cloud.pushAfterSet = pushAfterSet
          await story.go()
          for (const { happens } of steps) {
            await happens(story)
            expect(cloud.refusals).toEqual([])
          }
          cloud.broken.clear()
          await clock.advance(MINUTE)
          await story.go({ action: 'reconcile' })
          await story.go({ action: 'reconcile' })
          expect(cloud.refusals).toEqual([])
          expect(pendingKey(story.keyset)).toBeUndefined()
          expect(story.kidsOnDomains()).toEqual([currentKey(story.keyset)?.kid])
        },
      ),
      { numRuns: 300 },
    )
  },
)
