import { beforeEach, describe, expect, it } from 'vitest'
import { RotatorError } from '../../lib/core/errors.ts'
import { Key } from '../../lib/keyset/key.ts'
import { newKeyset, type KeyEntry, type Keyset } from '../../lib/keyset/keyset.ts'
import type { OnlineStream } from '../../lib/rotation/ports.ts'
import { Observation } from '../../lib/rotation/state/observation.ts'
import { Cuts } from '../../lib/rotation/steps/cuts.ts'
import { DAY, MINUTE, type ModelProcess } from '../support/model-cloud.ts'
import { Story } from '../support/story.ts'

const ONE = 'live1.example.com'
const TWO = 'live2.example.com'
const SWITCHED = Date.UTC(2026, 10, 24, 8)
const SKEW = MINUTE
const at = (ms: number): string => new Date(SWITCHED + ms).toISOString()

describe('which streams sign with a leaked key', () => {
  const entry = (fields: Partial<KeyEntry>): KeyEntry => {
    const key = Key.generate()
    return { kid: key.kid, key, state: 'compromised', extra: {}, ...fields }
  }
  const leaked = entry({ onRunningStreams: 'interrupt', stagedAt: at(-DAY), clearedAt: at(0) })
  const fresh = entry({ state: 'current', stagedAt: at(-MINUTE), appliedAt: at(0) })
  const stream = (domain: string, ms: number): OnlineStream => ({
    domain,
    publishDomain: domain.replace('live', 'push'),
    app: 'app',
    stream: 'main',
    publishedAt: SWITCHED + ms,
  })

  async function cutsOf(
    current: KeyEntry,
    old: readonly KeyEntry[],
    aheadMs = 0,
    on = current,
  ): Promise<Cuts> {
    const story = new Story()
    story.cloud.aheadMs = aheadMs
    const run = await story.context()
    const names = [ONE, TWO]
    const observed = Observation.of({ names, discovered: new Set(), unlisted: [], complete: true }, 0)
    const reading = (domain: string, { key }: KeyEntry) =>
      [domain, { reading: { domain, enabled: true, key }, readAt: SWITCHED }] as const
    run.look(observed.with(new Map([reading(ONE, current), reading(TWO, on)])))
    const keyset: Keyset = { ...newKeyset('default', 'abc'), keys: [current, ...old] }
    return new Cuts(run, keyset, current)
  }

  it('follows from the lists one second after the last push that could get it', async () => {
    expect((await cutsOf(fresh, [leaked])).listFrom).toBe(SWITCHED + SKEW + 1_000)
    const later = { ...leaked, clearedAt: at(5 * MINUTE) }
    expect((await cutsOf(fresh, [leaked, later])).listFrom).toBe(SWITCHED + 5 * MINUTE + SKEW + 1_000)
    const never = { ...leaked, clearedAt: null }
    expect((await cutsOf(fresh, [leaked, never])).listFrom).toBe(SWITCHED + SKEW + 1_000)
  })

  it('is known later on a clock that is behind, but not on one that is ahead', async () => {
    expect((await cutsOf(fresh, [leaked], -3_000)).listFrom).toBe(SWITCHED + SKEW + 1_000 + 4_000)
    expect((await cutsOf(fresh, [leaked], 3_000)).listFrom).toBe(SWITCHED + SKEW + 1_000)
  })

  it('includes every one that was pushed until the switch, under any leaked key', async () => {
    const older = entry({ onRunningStreams: 'interrupt', stagedAt: at(-3 * DAY), clearedAt: at(-2 * DAY) })
    const cuts = await cutsOf(fresh, [leaked, older])
    expect(cuts.isStillSigning(stream(ONE, SKEW))).toBe(true)
    expect(cuts.isStillSigning(stream(ONE, SKEW + 1))).toBe(false)
    expect(cuts.isStillSigning(stream(ONE, -2.5 * DAY))).toBe(true)
    expect(cuts.isStillSigning(stream(ONE, -4 * DAY))).toBe(false)
  })

  it('includes every one of a domain that is on it, whenever it was pushed', async () => {
    const cuts = await cutsOf(fresh, [leaked], 0, leaked)
    expect(cuts.isStillSigning(stream(TWO, DAY))).toBe(true)
    expect(cuts.mayCut(stream(TWO, DAY))).toBe(false)
    expect(cuts.mayCut(stream(ONE, DAY))).toBe(true)
  })

  it('includes those of a late domain until it arrived, or as long as that is unknown', async () => {
    const arrived = { ...fresh, late: [TWO], arrivedAt: { [TWO]: at(MINUTE) } }
    const cuts = await cutsOf(arrived, [leaked])
    expect(cuts.isStillSigning(stream(TWO, MINUTE + SKEW))).toBe(true)
    expect(cuts.isStillSigning(stream(TWO, MINUTE + SKEW + 1))).toBe(false)
    expect(cuts.isStillSigning(stream(ONE, SKEW + 1))).toBe(false)
    for (const unknown of [
      { ...fresh, late: [TWO] },
      { ...fresh, late: [TWO], arrivedAt: { [ONE]: at(0) } },
    ]) {
      const open = await cutsOf(unknown, [{ ...leaked, clearedAt: null }])
      expect(open.isStillSigning(stream(TWO, DAY))).toBe(true)
    }
  })
})

describe('a run that cuts', () => {
  const INTERRUPT = { emergency: true, onRunningStreams: 'interrupt', id: 'leak' } as const
  const RECONCILE = { action: 'reconcile' } as const
  let story: Story
  let process: ModelProcess

  /** All domains are on the fresh key, and no stream is cut yet. */
  async function switched(streams = 1, domains = [ONE]): Promise<void> {
    story = new Story({ domains })
    story.cloud.pushAfterSet = false
    await story.go()
    story.cloud.streams.clear()
    for (const domain of domains) for (let n = 0; n < streams; n++) story.cloud.push(domain, `stream${n}`)
    await story.clock.advance(DAY)
    const short = story.cloud.process()
    short.waitUntil = story.clock.now() + 100_000
    expect(await story.go(INTERRUPT, short)).toMatchObject({ outcome: 'waiting' })
    await story.clock.advance(5 * MINUTE)
    process = story.cloud.process()
  }

  /** What happens in the place of each cut. */
  function cutsDo(cut: (stream: OnlineStream, cuts: () => Promise<void>) => Promise<void>): void {
    process.around = ({ live, ...ports }) => ({
      ...ports,
      live: {
        ...live,
        interrupt: (stream, options) => cut(stream, () => live.interrupt(stream, options)),
      },
    })
  }

  const told = (): unknown[] =>
    process.log.flatMap((event) => (event.event === 'warning' ? [event.finding.kind] : []))
  const unavailable = new RotatorError('unavailable', 'no answer', { retryable: true })

  beforeEach(() => switched())

  it('believes the list, not the answer: a stream that is still there is left', async () => {
    cutsDo(() => Promise.resolve())
    expect(await story.go(RECONCILE, process)).toMatchObject({
      outcome: 'incomplete',
      causes: [{ code: 'streamsLeft' }],
    })
  })

  it.each([
    ['is over', (domain: string) => story.cloud.stop(domain, 'stream0')],
    ['has come back', (domain: string) => story.cloud.push(domain, 'stream0')],
  ])('does not report a failed cut if the stream %s', async (_, happens) => {
    cutsDo(({ domain }) => {
      happens(domain)
      return Promise.reject(unavailable)
    })
    expect(await story.go(RECONCILE, process)).toMatchObject({ outcome: 'reconciled' })
    expect(told()).toEqual([])
  })

  it('reports a failed cut while the stream is there', async () => {
    cutsDo(() => Promise.reject(unavailable))
    await story.go(RECONCILE, process)
    expect(told()).toContain('streamsNotCut')
  })

  it('does not report cuts that it had no time for', async () => {
    cutsDo(() => Promise.reject(new RotatorError('deadline', 'the time of the run is over')))
    await story.go(RECONCILE, process)
    expect(told()).toEqual([])
    expect(process.log.filter(({ event }) => event === 'notInterrupted')).toEqual([])
  })

  it.each([
    [[ONE], 5],
    [[ONE, TWO], 4],
    [[ONE, TWO, 'live3.example.com'], 3],
  ])('cuts at most five at a time, shared among the domains: %j', async (domains, most) => {
    await switched(7, domains)
    let [running, highest] = [0, 0]
    cutsDo(async (_, cut) => {
      highest = Math.max(highest, ++running)
      await cut()
      running--
    })
    expect(await story.go(RECONCILE, process)).toMatchObject({ outcome: 'reconciled' })
    expect(story.cuts()).toHaveLength(7 * domains.length)
    expect(highest).toBe(most)
  })

  it('lists once for all cuts of a moment', async () => {
    await switched(5)
    await story.go(RECONCILE, process)
    // Before the cuts, for them, and after them; then to see that they are gone.
    expect(process.calls['streams']).toBeLessThanOrEqual(4)
  })

  it('starts no domain once its time is over', async () => {
    const domains = Array.from({ length: 12 }, (_, n) => `live${n}.example.com`)
    await switched(1, domains)
    process.deadline = story.clock.now() + 20_000
    let begun = 0
    cutsDo(async (_, cut) => {
      begun++
      await story.clock.sleep(15_000)
      await cut()
    })
    await story.go(RECONCILE, process)
    expect(begun).toBe(10)
  })
})
