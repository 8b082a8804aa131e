import { describe, expect, it } from 'vitest'
import { readKeyset, serializeKeyset } from '../../lib/keyset/document.ts'
import { pendingKey } from '../../lib/keyset/keyset.ts'
import { publish } from '../../lib/rotation/steps/publish.ts'
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

it('a receiver that accepts after 5 s lets a rotation continue within 2 s, if that relies on it', async () => {
  const took = await timeOf(withReceiver(5_000, true))
  expect(took).toBeGreaterThanOrEqual(5_000)
  expect(took).toBeLessThan(7_500)
})

describe('a receiver that refuses the new key', () => {
  it('is waited for until it accepts, but not much longer', async () => {
    const story = withReceiver(40 * MINUTE)
    const took = await timeOf(story)
    expect(story.states()[0]).toBe('current')
    expect(took).toBeGreaterThanOrEqual(40 * MINUTE)
    expect(took).toBeLessThan(40 * MINUTE + 20_000)
  })

  it('is given up after propagation.max, and is asked at most a few times a minute', async () => {
    const story = withReceiver(DAY)
    const process = story.cloud.process()
    const took = await timeOf(story, process)
    expect(story.states()[0]).toBe('pending')
    expect(took).toBeGreaterThanOrEqual(HOUR)
    expect(took).toBeLessThan(HOUR + MINUTE)
    expect(process.calls['probe']).toBeGreaterThan(120)
    expect(process.calls['probe']).toBeLessThan(300)
  })

  it('keeps the rotation publishing, whatever the time', async () => {
    expect(await withReceiver(DAY).go()).toMatchObject({ outcome: 'incomplete', phase: 'publishing' })
  })

  it('is not asked again before the documents have expired, if its answer could not shorten that', async () => {
    const story = withReceiver(30_000)
    const process = story.cloud.process()
    expect(await timeOf(story, process)).toBeGreaterThanOrEqual(TTL_AND_MARGIN)
    expect(story.states()[0]).toBe('current')
    expect(process.calls['probe']).toBe(2)
  })

  it('is asked again and again if it can: the wait ends when it accepts', async () => {
    const story = withReceiver(30_000, true)
    const took = await timeOf(story)
    expect(took).toBeGreaterThanOrEqual(30_000)
    expect(took).toBeLessThan(50_000)
  })
})

describe('the wait for receivers', () => {
  it('is not shortened if there are no probes', async () => {
    const story = new Story({
      propagation: { marginMs: 10_000, maxMs: HOUR, probesCoverAllInstances: true },
    })
    expect(await timeOf(story)).toBeGreaterThanOrEqual(TTL_AND_MARGIN)
    expect(story.cloud.refusals).toEqual([])
  })

  it('is all of a rotation except for the calls: nothing is waited for afterwards', async () => {
    const story = new Story()
    const process = story.cloud.process()
    process.waitUntil = story.clock.now() + TTL_AND_MARGIN + 1_000
    expect(await story.go({}, process)).toMatchObject({ outcome: 'rotated' })
  })

  it('counts from stagedAt if the document says no more', async () => {
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

  it('counts from stagedAt if it is unknown when the document was stored', async () => {
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

describe('one publication', () => {
  const TWO = 'https://hooks.example.com/two'

  /** A run that finds a key staged at this moment, and the seconds after that at which it asks each receiver. */
  async function staged(group: ConstructorParameters<typeof Story>[0], emergency = false) {
    const story = new Story(group)
    const short = story.cloud.process()
    short.waitUntil = story.clock.now() - 1
    const { probeAnswer } = story.cloud
    story.cloud.probeAnswer = () => REFUSED
    await story.go(emergency ? { emergency } : {}, short)
    story.cloud.probeAnswer = probeAnswer
    const pending = story.newest('pending')
    const at = Date.parse(pending.stagedAt ?? '')
    const asked: number[] = []
    const process = story.cloud.process()
    const run = async (waitUntil = Infinity) => {
      process.waitUntil = waitUntil
      const context = await story.context({}, process)
      return story.clock.run(publish(context, story.keyset, pending))
    }
    return { story, process, at, asked, pending, run }
  }

  const REFUSED = { accepted: false, detail: 'it answered 401' }
  const known = MINUTE + 10_000

  it('asks once a second if an answer would end it, then less and less often, and gives up in time', async () => {
    const propagation = { marginMs: 10_000, maxMs: 2 * MINUTE, probesCoverAllInstances: true }
    const { story, run, at, asked } = await staged({ probes: [URL], propagation })
    story.cloud.probeAnswer = () => {
      asked.push(Math.floor((story.clock.now() - at) / 1_000))
      return REFUSED
    }
    expect(await run()).toEqual({
      kind: 'receiversRefuse',
      receivers: [{ url: URL, detail: 'it answered 401' }],
    })
    expect(asked.slice(0, 60)).toEqual(Array.from({ length: 60 }, (_, second) => second))
    expect(asked.slice(-6)).toEqual([73, 77, 85, 100, 115, 120])
    expect(story.clock.now() - at).toBe(2 * MINUTE + 5)
  })

  it('is done when receivers know the key, and says until when it waits', async () => {
    const { process, story, run, at, pending } = await staged({})
    expect(await run()).toEqual({ kind: 'done' })
    const until = story.clock.now()
    expect(until - at).toBeLessThan(known + 20)
    expect(process.log).toEqual([
      {
        group: 'default',
        level: 'info',
        event: 'waiting',
        kid: pending.kid,
        phase: 'publishing',
        until: new Date(until).toISOString(),
      },
    ])
  })

  it('may wait to the last millisecond of its time, but not longer', async () => {
    const first = await staged({})
    const { run, story } = await staged({})
    await first.run()
    const ends = first.story.clock.now()
    expect(await run(ends - 1)).toEqual({ kind: 'waiting', until: ends })
    expect(story.clock.now()).toBeLessThan(ends)
    expect(await run(ends)).toEqual({ kind: 'done' })
  })

  it('continues in an emergency if receivers refuse, and names them', async () => {
    const { story, run, process } = await staged({ probes: [URL] }, true)
    story.cloud.probeAnswer = () => REFUSED
    expect(await run()).toEqual({ kind: 'done' })
    expect(process.log).toContainEqual({
      group: 'default',
      level: 'warn',
      event: 'warning',
      finding: { kind: 'receiverRefuses', url: URL, detail: 'it answered 401' },
    })
  })

  it('names the receivers that lack evidence, and no other', async () => {
    const instances = new Map([
      [URL, 1],
      [TWO, 2],
    ])
    const { story, run, process } = await staged({ probes: [URL, TWO], instances })
    const evidence = { instance: 'a'.repeat(12), lineage: 'abc', revision: 1 }
    story.cloud.probeAnswer = (url) =>
      url === URL ? { accepted: true, detail: 'it answered 204', evidence } : REFUSED
    await run()
    expect(process.log).toContainEqual({
      group: 'default',
      level: 'warn',
      event: 'warning',
      finding: {
        kind: 'evidenceLacking',
        receivers: [{ url: TWO, expected: 2, seen: 0, why: 'tooFew', detail: 'it answered 401' }],
      },
    })
  })

  it('names a receiver that it had no time to ask', async () => {
    const { run, process } = await staged({ probes: [URL], instances: new Map([[URL, 1]]) })
    await run(0)
    expect(process.log).toMatchObject([
      { finding: { receivers: [{ url: URL, expected: 1, seen: 0, why: 'tooFew', detail: '' }] } },
      {},
    ])
  })

  it.each([
    [5_000, 0],
    [5_001, 1],
  ])('for a document that was stored %i ms late, warns %i times', async (lateMs, times) => {
    const { story, run, process, at } = await staged({})
    const last = story.cloud.documents.at(-1)
    if (!last) throw new Error('nothing is stored')
    story.cloud.documents[story.cloud.documents.length - 1] = { ...last, savedAt: at + lateMs }
    await run()
    expect(process.log.filter(({ event }) => event === 'warning')).toHaveLength(times)
  })

  it('counts its limit from the staging, however late the document was changed again', async () => {
    const { story, run, at } = await staged({
      probes: [URL],
      propagation: { marginMs: 10_000, maxMs: HOUR, probesCoverAllInstances: false },
    })
    const last = story.cloud.documents.at(-1)
    if (!last) throw new Error('nothing is stored')
    const keyset = { ...last.keyset, updatedAt: new Date(at + 30 * MINUTE).toISOString() }
    story.cloud.documents[story.cloud.documents.length - 1] = {
      ...last,
      keyset,
      text: serializeKeyset(keyset),
    }
    story.cloud.probeAnswer = () => REFUSED
    await run()
    expect(story.clock.now() - at).toBeLessThan(HOUR + 1_000)
  })
})
