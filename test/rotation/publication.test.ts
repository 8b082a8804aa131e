import { describe, expect, it } from 'vitest'
import { readKeyset, serializeKeyset } from '../../lib/keyset/document.ts'
import { pendingKey } from '../../lib/keyset/keyset.ts'
import { DAY, HOUR, MINUTE } from '../support/model-cloud.ts'
import { Story } from '../support/story.ts'

const URL = 'https://hooks.example.com/'
const TTL_AND_MARGIN = MINUTE + 10_000

/** A group with one receiver that accepts the key `afterMs` from now on. */
function withReceiver(afterMs: number, probesCoverAllInstances = false): Story {
  const story = new Story({
    probes: [URL],
    propagation: { marginMs: 10_000, maxMs: HOUR, probesCoverAllInstances },
  })
  const from = story.clock.now() + afterMs
  story.cloud.probeAnswer = () => ({ accepted: story.clock.now() >= from, detail: 'it answered 401' })
  return story
}

/** How long the next run takes. */
async function timeOf(story: Story, process = story.cloud.process()): Promise<number> {
  const started = story.clock.now()
  await story.go({}, process)
  return story.clock.now() - started
}

it('a receiver that accepts after 5 s lets a rotation go on that may go by it, within 2 s', async () => {
  const took = await timeOf(withReceiver(5_000, true))
  expect(took).toBeGreaterThanOrEqual(5_000)
  expect(took).toBeLessThan(7_500)
})

describe('a receiver that refuses the new key', () => {
  it('is waited for until it accepts, and not much longer', async () => {
    const story = withReceiver(40 * MINUTE)
    const took = await timeOf(story)
    expect(story.states()[0]).toBe('current')
    expect(took).toBeGreaterThanOrEqual(40 * MINUTE)
    expect(took).toBeLessThan(40 * MINUTE + 20_000)
  })

  it('is given up after propagation.max, and was asked no more than a few times a minute', async () => {
    const story = withReceiver(DAY)
    const process = story.cloud.process()
    const took = await timeOf(story, process)
    expect(story.states()[0]).toBe('pending')
    expect(took).toBeGreaterThanOrEqual(HOUR)
    expect(took).toBeLessThan(HOUR + MINUTE)
    expect(process.calls['probe']).toBeGreaterThan(120)
    expect(process.calls['probe']).toBeLessThan(300)
  })

  it('keeps the rotation in its publication, whatever the time', async () => {
    expect(await withReceiver(DAY).go()).toMatchObject({ outcome: 'incomplete', phase: 'publishing' })
  })

  it('is not asked again before the documents have run out, where its answer could not shorten that', async () => {
    const story = withReceiver(30_000)
    const process = story.cloud.process()
    expect(await timeOf(story, process)).toBeGreaterThanOrEqual(TTL_AND_MARGIN)
    expect(story.states()[0]).toBe('current')
    expect(process.calls['probe']).toBe(2)
  })

  it('is asked again and again where it can: the wait ends when it accepts', async () => {
    const story = withReceiver(30_000, true)
    const took = await timeOf(story)
    expect(took).toBeGreaterThanOrEqual(30_000)
    expect(took).toBeLessThan(50_000)
  })
})

describe('the wait for receivers', () => {
  it('is not shortened by probes that there are none of', async () => {
    const story = new Story({
      propagation: { marginMs: 10_000, maxMs: HOUR, probesCoverAllInstances: true },
    })
    expect(await timeOf(story)).toBeGreaterThanOrEqual(TTL_AND_MARGIN)
    expect(story.cloud.refusals).toEqual([])
  })

  it('is the whole of a rotation, but for the calls: nothing is waited for afterwards', async () => {
    const story = new Story()
    const process = story.cloud.process()
    process.waitUntil = story.clock.now() + TTL_AND_MARGIN + 1_000
    expect(await story.go({}, process)).toMatchObject({ outcome: 'rotated' })
  })

  it('counts from stagedAt where the document does not say more', async () => {
    const story = new Story()
    const short = story.cloud.process()
    short.waitUntil = story.clock.now()
    await story.go({}, short)
    const last = story.cloud.documents.at(-1)
    if (!last) throw new Error('nothing is stored')
    const keys = last.keyset.keys.map(({ knownFrom: _, ...entry }) => entry)
    const text = serializeKeyset({ ...last.keyset, keys })
    story.cloud.documents[story.cloud.documents.length - 1] = { ...last, text, keyset: readKeyset(text) }
    const staged = Date.parse(pendingKey(story.keyset)?.stagedAt ?? '')
    await story.clock.advance(20_000)
    expect(await story.go({ action: 'reconcile' })).toMatchObject({ outcome: 'reconciled' })
    const applied = story.newest('current').appliedAt ?? ''
    expect(Date.parse(applied) - staged).toBeGreaterThanOrEqual(TTL_AND_MARGIN)
    expect(story.cloud.refusals).toEqual([])
  })

  it('counts from stagedAt where nobody can tell when the document was stored', async () => {
    const story = new Story()
    const short = story.cloud.process()
    short.waitUntil = story.clock.now()
    const { waitingUntil } = await story.go({}, short)
    const process = story.cloud.process()
    process.around = (ports) => ({
      ...ports,
      keysets: {
        ...ports.keysets,
        load: async () => {
          const { storedAt: _, ...loaded } = await ports.keysets.load()
          return loaded
        },
      },
    })
    process.waitUntil = Date.parse(waitingUntil ?? '') + 1_000
    expect(await story.go({ action: 'reconcile' }, process)).toMatchObject({ outcome: 'reconciled' })
    expect(story.cloud.refusals).toEqual([])
  })
})
