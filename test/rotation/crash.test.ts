import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RotationRequest } from '../../lib/config/types.ts'
import { Key } from '../../lib/keyset/key.ts'
import { currentKey, pendingKey, targetKey } from '../../lib/keyset/keyset.ts'
import { groupConfig, HOUR, MINUTE } from '../support/model-cloud.ts'
import { Story } from '../support/story.ts'

function begin(): Story {
  const story = new Story({ probes: ['https://hooks.example.com/'] })
  story.cloud.pushAfterSet = false
  return story
}

/** Kids that were ever pending or current: an unfinished rotation must not burn its key. */
function kidsOf({ cloud }: Story): string[] {
  const kids = cloud.documents.map(({ keyset }) => targetKey(keyset)?.kid)
  return [...new Set(kids.filter((kid) => kid !== undefined))]
}

/** What happens before, what is killed, and what finishes it. */
interface Scenario {
  readonly before: (story: Story) => Promise<void>
  readonly killed: Partial<RotationRequest>
  readonly refusalsAllowed?: boolean
}

const rotated = async (story: Story): Promise<void> => {
  await story.go({})
  await story.clock.advance(2 * HOUR)
  story.pushAll()
}

const scenarios: Record<string, Scenario> = {
  'the first rotation': { before: () => Promise.resolve(), killed: { id: 'a' } },
  'a later rotation': { before: rotated, killed: { id: 'a' } },
  'an emergency, quarantine': { before: rotated, killed: { emergency: true, id: 'a' } },
  'an emergency, interrupt': {
    before: rotated,
    killed: { emergency: true, id: 'a', onRunningStreams: 'interrupt' },
  },
  'an emergency, reject': {
    before: rotated,
    killed: { emergency: true, id: 'a', onRunningStreams: 'reject' },
    refusalsAllowed: true,
  },
  'a rollback': {
    before: async (story) => {
      await rotated(story)
      await story.go({ force: true })
    },
    killed: { action: 'rollback', id: 'a' },
  },
  'a rollback of a rotation under way': {
    before: async (story) => {
      await rotated(story)
      await story.go({ force: true }, story.cloud.process({ killAt: 12 }))
    },
    killed: { action: 'rollback', id: 'a' },
  },
  'an emergency in the middle of a rotation': {
    before: async (story) => {
      await rotated(story)
      await story.go({ force: true }, story.cloud.process({ killAt: 12 }))
    },
    killed: { emergency: true, id: 'a' },
  },
  'a reconcile that repairs and retires': {
    before: async (story) => {
      await rotated(story)
      story.cloud.domains.set('live2.example.com', { enabled: true, key: Key.generate() })
    },
    killed: { action: 'reconcile' },
  },
}

describe.each(Object.entries(scenarios))(
  '%s, killed at every call',
  (_, { before, killed, refusalsAllowed }) => {
    const finish = {
      'by a plain reconcile': { action: 'reconcile' },
      'by the same request again': killed,
    } as const

    it.each(Object.entries(finish))('is resumed %s and ends with the same key', async (__, next) => {
      const whole = begin()
      await before(whole)
      const uncut = whole.cloud.process()
      await whole.go(killed, uncut)

      for (let killAt = 1; killAt <= uncut.steps; killAt++) {
        for (const killAfterEffect of [false, true]) {
          const story = begin()
          await before(story)
          const known = kidsOf(story).length
          const process = story.cloud.process({ killAt, killAfterEffect })
          await story.go(killed, process)
          expect(process.killed, `killed at ${killAt}`).toBe(true)
          const staged = kidsOf(story).slice(known)

          await story.clock.advance(MINUTE)
          const report = await story.go(next)
          expect(['rotated', 'reconciled', 'notDue'], `after a kill at ${killAt}`).toContain(report.outcome)
          await story.go({ action: 'reconcile' })

          const { keyset } = story.cloud
          expect(keyset && pendingKey(keyset)).toBeUndefined()
          const current = keyset && currentKey(keyset)?.kid
          if (staged.length > 0) expect(kidsOf(story).slice(known)).toEqual(staged)
          if (current) for (const { key } of story.cloud.domains.values()) expect(key?.kid).toBe(current)
          if (!refusalsAllowed) expect(story.cloud.refusals, `after a kill at ${killAt}`).toEqual([])
          const cuts = story.cuts()
          expect(new Set(cuts).size, `a stream was cut twice after a kill at ${killAt}`).toBe(cuts.length)
        }
      }
    })
  },
)

describe('two runs at once', { tags: 'slow' }, () => {
  const requests: Partial<RotationRequest>[] = [
    { id: 'a' },
    { force: true, id: 'b' },
    { emergency: true, id: 'c' },
    { action: 'rollback', id: 'd' },
    { action: 'reconcile' },
  ]

  it('never refuse a callback, never break the document, and end with all domains on one key', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...requests),
        fc.constantFrom(...requests),
        fc.integer({ min: 0, max: 120_000 }),
        fc.array(
          fc.oneof(
            { weight: 5, arbitrary: fc.integer({ min: 1, max: 300 }) },
            fc.integer({ min: 1, max: 9_999 }),
          ),
          {
            minLength: 20,
            maxLength: 80,
          },
        ),
        async (first, second, delay, latencies) => {
          const story = begin()
          await rotated(story)
          story.cloud.pushAfterSet = true
          let call = 0
          story.cloud.latency = () => latencies[call++ % latencies.length] ?? 1
          const later = story.clock.sleep(delay).then(() => story.begin(second))
          await story.clock.run(Promise.all([story.begin(first), later]))
          story.cloud.latency = () => 5
          await story.clock.advance(MINUTE)
          await story.go({ action: 'reconcile' })
          const { keyset } = story.cloud
          const target = keyset && targetKey(keyset)?.kid
          expect(keyset && pendingKey(keyset)).toBeUndefined()
          expect(story.kidsOnDomains()).toEqual([target])
          expect(story.cloud.refusals).toEqual([])
        },
      ),
      { numRuns: 150 },
    )
  })
})

describe('any history', { tags: 'slow' }, () => {
  type Step = (story: Story) => Promise<unknown>
  const domain = fc.constantFrom(...groupConfig().domains)
  const step = fc.oneof(
    fc
      .constantFrom<Partial<RotationRequest>>(
        {},
        { force: true },
        { action: 'reconcile' },
        { action: 'rollback' },
        { emergency: true },
        { emergency: true, force: true, onRunningStreams: 'interrupt' },
      )
      .chain((wanted) =>
        fc.option(fc.integer({ min: 1, max: 25 }), { nil: undefined }).map(
          (killAt): Step =>
            (story) =>
              story.go(wanted, story.cloud.process(killAt === undefined ? {} : { killAt })),
        ),
      ),
    fc.tuple(domain, fc.constantFrom('main', 'other')).map(([name, stream]): Step => async (story) => {
      story.cloud.push(name, stream)
    }),
    domain.map(
      (name): Step =>
        (story) =>
          Promise.resolve(story.cloud.domains.set(name, { enabled: true, key: Key.generate() })),
    ),
    fc.constantFrom(MINUTE, 11 * MINUTE, HOUR, 24 * HOUR).map(
      (time): Step =>
        (story) =>
          story.clock.advance(time),
    ),
  )

  it('keeps every key that a stream signs with, and settles', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
        const story = begin()
        for (const next of steps) {
          await next(story)
          // A stream pushed under a key set by hand is unknown to everybody until the next observation.
          await story.go({ action: 'reconcile' })
        }
        expect(story.cloud.refusals.filter((refusal) => !couldNotBeKnown(story, refusal))).toEqual([])
        expect((await story.go({ action: 'reconcile' })).outcome).toBe('reconciled')
      }),
      { numRuns: 150 },
    )
  })

  /**
   * Whether the refusal is of a key that was set by hand, by a receiver that holds a document from before anybody could
   * observe it.
   */
  function couldNotBeKnown(story: Story, refusal: string): boolean {
    const [, kid, held] = /signs with ([0-9a-f]{12}), unknown to revision (\d+)/.exec(refusal) ?? []
    const first = story.cloud.documents.find(({ keyset }) =>
      keyset.keys.some((entry) => entry.kid === kid),
    )?.keyset
    const imported = first?.keys.find((entry) => entry.kid === kid)?.stagedAt === undefined
    return imported && Number(held) < (first?.revision ?? Infinity)
  }
})
