import { beforeEach, describe, expect, it } from 'vitest'
import { RotatorError } from '../../lib/core/errors.ts'
import type { KeyEntry } from '../../lib/keyset/keyset.ts'
import { currentKey } from '../../lib/keyset/keyset.ts'
import { Cuts } from '../../lib/rotation/steps/cuts.ts'
import { interruptStreams } from '../../lib/rotation/steps/interrupt.ts'
import { DAY, MINUTE } from '../support/model-cloud.ts'
import { Story } from '../support/story.ts'

const unavailable = new RotatorError('unavailable', 'no answer', { retryable: true })
const RECONCILE = { action: 'reconcile' } as const
const INTERRUPT = { emergency: true, onRunningStreams: 'interrupt', id: 'leak' } as const
const MAIN_STREAMS = [1, 2, 3].map((n) => `live${n}.example.com/main`)

let story: Story
let leaked: KeyEntry

// Rotated a day ago, and every stream pushed since.
beforeEach(async () => {
  story = new Story()
  story.cloud.pushAfterSet = false
  await story.go()
  story.pushAll()
  await story.clock.advance(DAY)
  leaked = story.newest('current')
})

/** All domains are on the fresh key, and no time was left to cut a stream. */
async function switched(confirmed = 3): Promise<void> {
  const short = story.cloud.process()
  short.waitUntil = story.clock.now() + 100_000
  expect(await story.go(INTERRUPT, short)).toMatchObject({ outcome: 'waiting', domains: { confirmed } })
  expect(story.cuts()).toEqual([])
  await story.clock.advance(5 * MINUTE)
}

describe('what is cut', () => {
  it('does not include streams pushed after the switch', async () => {
    await switched()
    for (const domain of story.group.domains) story.cloud.push(domain, 'later')
    expect(await story.go(RECONCILE)).toMatchObject({ outcome: 'reconciled' })
    expect(story.cuts().sort()).toEqual(MAIN_STREAMS)
  })

  it('is cut at once if no wait is needed, even by a run without time for waits', async () => {
    await switched()
    const hasty = story.cloud.process()
    hasty.waitUntil = story.clock.now() - 1
    expect(await story.go(RECONCILE, hasty)).toMatchObject({ outcome: 'reconciled' })
    expect(story.cuts().sort()).toEqual(MAIN_STREAMS)
  })

  it('includes every stream of a domain, even if there are many', async () => {
    for (let stream = 0; stream < 23; stream++) story.cloud.push('live1.example.com', `stream${stream}`)
    await story.clock.advance(MINUTE)
    expect(await story.go(INTERRUPT)).toMatchObject({ outcome: 'rotated', cutOff: { interrupted: 26 } })
    expect(new Set(story.cuts()).size).toBe(26)
    expect(story.states()).toEqual(['current'])
  })

  it('follows a second list if the first one of a domain failed', async () => {
    const process = story.cloud.process()
    let lists = 0
    process.around = (ports) => ({
      ...ports,
      live: {
        ...ports.live,
        // The first list tells that there is something to cut, the second one is for cutting it.
        streams: (domain, options) =>
          domain === 'live2.example.com' && ++lists === 2
            ? Promise.reject(unavailable)
            : ports.live.streams(domain, options),
      },
    })
    expect(await story.go(INTERRUPT, process)).toMatchObject({ outcome: 'rotated' })
    expect(lists).toBeGreaterThan(2)
    expect(story.cuts().sort()).toEqual(MAIN_STREAMS)
  })

  it('becomes nothing if another emergency has chosen otherwise meanwhile', async () => {
    await switched()
    const frozen = story.cloud.process()
    const thaw = frozen.freezeBefore('streams')
    const late = story.begin(RECONCILE, frozen)
    await story.clock.advance(MINUTE)
    const second = { ...INTERRUPT, onRunningStreams: 'quarantine', id: 'second', force: true } as const
    expect(await story.go(second)).toMatchObject({ outcome: 'rotated' })
    thaw()
    expect(await story.clock.run(late)).toMatchObject({ outcome: 'incomplete', error: { code: 'fenced' } })
    expect(story.cuts()).toEqual([])
    expect(story.stateOf(leaked.kid)).toBe('compromised')
  })
})

it.each([[[1, 2]], [[2, 1]], [[1, 2, 3]], [[1, 2, 1]], [[3, 1, 2, 3]]])(
  'runs in a row that each cannot read another domain (%j) cut every stream once',
  async (unread) => {
    const { broken } = story.cloud
    for (const n of unread) {
      broken.set(`live${n}.example.com`, { query: unavailable })
      expect(await story.go(INTERRUPT)).toMatchObject({ outcome: 'incomplete' })
      broken.clear()
      await story.clock.advance(10 * MINUTE)
    }
    expect(await story.go(RECONCILE)).toMatchObject({ outcome: 'reconciled' })
    expect(story.cuts().sort()).toEqual(MAIN_STREAMS)
    expect(story.states()).toEqual(['current'])
    expect(story.cloud.refusals).toEqual([])
  },
)

describe('a leaked key', () => {
  it('stays while a domain that may be on it cannot be read, even without streams there', async () => {
    await switched()
    story.setByHand('live1.example.com', leaked)
    story.cloud.stop('live1.example.com')
    story.cloud.broken.set('live1.example.com', { query: unavailable })
    expect(await story.go(RECONCILE)).toMatchObject({ outcome: 'incomplete' })
    expect(story.stateOf(leaked.kid)).toBe('compromised')

    story.cloud.push('live1.example.com')
    story.cloud.broken.clear()
    expect(await story.go(RECONCILE)).toMatchObject({ outcome: 'reconciled' })
    expect(story.states()).toEqual(['current'])
    expect(story.cloud.refusals).toEqual([])
  })

  it('stays while a domain that is on it cannot be set, even without streams there', async () => {
    await switched()
    story.setByHand('live1.example.com', leaked)
    story.cloud.stop('live1.example.com')
    story.cloud.broken.set('live1.example.com', { set: new RotatorError('denied', 'no') })
    expect(await story.go(RECONCILE)).toMatchObject({ outcome: 'incomplete' })
    expect(story.cuts().sort()).toEqual(MAIN_STREAMS.slice(1))
    expect(story.stateOf(leaked.kid)).toBe('compromised')
    story.cloud.push('live1.example.com')
    expect(story.cloud.refusals).toEqual([])
  })

  it('stays while the streams of a domain cannot be listed, with one warning', async () => {
    story.cloud.broken.set('live2.example.com', { streams: unavailable })
    const report = await story.go(INTERRUPT)
    expect(report).toMatchObject({
      outcome: 'incomplete',
      cutOff: { interrupted: 2 },
      error: {
        message: expect.stringMatching(/streams of live2\.example\.com could not be listed/) as string,
      },
      causes: [{ code: 'streamsLeft', urgent: true }],
    })
    expect(report.warnings.filter((text) => text.includes('could not be listed'))).toHaveLength(1)
    expect(story.stateOf(leaked.kid)).toBe('compromised')
  })
})

describe('the step that cuts streams', () => {
  it('is done at once if no leaked key needs it', async () => {
    const process = story.cloud.process()
    const run = await story.context({}, process)
    expect(await story.clock.run(interruptStreams(run))).toEqual({ kind: 'done' })
    expect(process.calls).toEqual({ load: 1 })
  })

  it('is done if another run has revoked the keys while this one saved: it lists no streams', async () => {
    const one = 'live1.example.com'
    story.cloud.broken.set(one, { set: unavailable })
    expect(await story.go(INTERRUPT)).toMatchObject({ outcome: 'incomplete' })
    expect(story.newest('compromised').clearedAt).toBeNull()
    story.setByHand(one, story.newest('current'))
    await story.clock.advance(10 * MINUTE)
    const frozen = story.cloud.process()
    const thaw = frozen.freezeBefore('save')
    const late = story.begin(RECONCILE, frozen)
    await story.clock.advance(MINUTE)
    expect(await story.go(RECONCILE)).toMatchObject({ outcome: 'reconciled' })
    expect(story.states()).toEqual(['current'])
    thaw()
    expect(await story.clock.run(late)).toMatchObject({ outcome: 'reconciled' })
    expect(frozen.log).toContainEqual(expect.objectContaining({ event: 'conflict' }))
    expect(frozen.calls['streams']).toBeUndefined()
  })

  it('says that it waits if there is time, to the last millisecond, and nothing if it need not', async () => {
    await switched()
    const { keyset } = story
    const current = currentKey(keyset)
    if (!current) throw new Error('there is no current key')
    const { listFrom } = new Cuts(await story.context(), keyset, current)
    story.clock.setWall(listFrom - 2_000 - story.clock.now())
    const process = story.cloud.process()
    process.waitUntil = listFrom - 1
    expect(await story.go(RECONCILE, process)).toMatchObject({
      outcome: 'waiting',
      waitingUntil: new Date(listFrom).toISOString(),
    })
    const patient = story.cloud.process()
    patient.waitUntil = listFrom
    expect(await story.go(RECONCILE, patient)).toMatchObject({ outcome: 'reconciled' })
    const waits = patient.log.filter(({ event }) => event === 'waiting')
    expect(waits).toMatchObject([{ phase: 'draining', until: new Date(listFrom).toISOString() }])
  })

  it('says nothing about a wait that is over', async () => {
    await switched()
    const process = story.cloud.process()
    await story.go(RECONCILE, process)
    expect(process.log.filter(({ event }) => event === 'waiting')).toEqual([])
  })

  it('gives up after five rounds with growing pauses if cuts fail, and says which streams are left', async () => {
    await switched()
    const process = story.cloud.process()
    let cuts = 0
    process.around = ({ live, ...ports }) => ({
      ...ports,
      live: {
        ...live,
        interrupt: () => {
          cuts++
          return Promise.reject(unavailable)
        },
      },
    })
    const started = story.clock.now()
    const report = await story.go(RECONCILE, process)
    expect(report).toMatchObject({ outcome: 'incomplete', causes: [{ code: 'streamsLeft' }] })
    expect(cuts).toBe(3 * 5)
    expect(Math.round((story.clock.now() - started) / 1_000)).toBe(5 + 10 + 15 + 20 + 25)
    const rounds = process.log.filter(({ event }) => event === 'interrupting')
    expect(rounds).toMatchObject(Array.from({ length: 5 }, () => ({ total: 3 })))
    expect(story.stateOf(leaked.kid)).toBe('compromised')
  })

  it('gives up at once if cuts are denied, and says so', async () => {
    await switched()
    const process = story.cloud.process()
    process.around = ({ live, ...ports }) => ({
      ...ports,
      live: { ...live, interrupt: () => Promise.reject(new RotatorError('denied', 'no')) },
    })
    const started = story.clock.now()
    expect(await story.go(RECONCILE, process)).toMatchObject({ outcome: 'incomplete' })
    expect(story.clock.now() - started).toBeLessThan(6_000)
  })

  it('lists again if a list failed, even with nothing else to cut', async () => {
    story = new Story({ domains: ['live1.example.com'] })
    story.cloud.pushAfterSet = false
    await story.go()
    story.pushAll()
    await story.clock.advance(DAY)
    await switched(1)
    const process = story.cloud.process()
    let lists = 0
    process.around = ({ live, ...ports }) => ({
      ...ports,
      live: {
        ...live,
        streams: (domain, options) =>
          ++lists === 1 ? Promise.reject(unavailable) : live.streams(domain, options),
      },
    })
    expect(await story.go(RECONCILE, process)).toMatchObject({ outcome: 'reconciled' })
    expect(story.cuts()).toEqual(['live1.example.com/main'])
    const rounds = process.log.filter(({ event }) => event === 'interrupting')
    expect(rounds).toMatchObject([{ total: 1 }])
  })

  it('cuts where it may, despite a domain that is still on the leaked key, and counts only those', async () => {
    await switched()
    const one = 'live1.example.com'
    story.setByHand(one, leaked)
    story.cloud.broken.set(one, { set: new RotatorError('denied', 'no') })
    const process = story.cloud.process()
    await story.go(RECONCILE, process)
    const rounds = process.log.filter(({ event }) => event === 'interrupting')
    expect(rounds).toMatchObject([{ total: 2 }])
    expect(story.cuts().sort()).toEqual(MAIN_STREAMS.slice(1))
    expect(story.stateOf(leaked.kid)).toBe('compromised')
  })
})
