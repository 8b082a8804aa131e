import { beforeEach, describe, expect, it } from 'vitest'
import type { GroupConfig } from '../../lib/config/types.ts'
import { RotatorError } from '../../lib/core/errors.ts'
import type { KeyEntry } from '../../lib/keyset/keyset.ts'
import { DAY, HOUR, MINUTE, type ModelCloud, type ModelProcess } from '../support/model-cloud.ts'
import { Story } from '../support/story.ts'

const unavailable = new RotatorError('unavailable', 'no answer', { retryable: true })
const RECONCILE = { action: 'reconcile' } as const
const INTERRUPT = { emergency: true, onRunningStreams: 'interrupt', id: 'leak' } as const
const MAIN_STREAMS = [1, 2, 3].map((n) => `live${n}.example.com/main`)

let story: Story

/** Rotated a day ago, and every stream pushed since: the key that is returned is the one to leak. */
async function begin(group: Partial<GroupConfig> = {}): Promise<KeyEntry> {
  story = new Story(group)
  story.cloud.pushAfterSet = false
  await story.go()
  story.pushAll()
  await story.clock.advance(DAY)
  return story.newest('current')
}

const signingWith = ({ kid }: KeyEntry): string[] =>
  [...story.cloud.streams.values()]
    .filter(({ key }) => key?.kid === kid)
    .map(({ domain, name }) => `${domain}/${name}`)

describe('a leaked key under interrupt', () => {
  let leaked: KeyEntry
  beforeEach(async () => {
    leaked = await begin()
  })

  it('goes only after the streams of a domain that was repaired later are cut too', async () => {
    story.cloud.broken.set('live2.example.com', { set: unavailable })
    expect((await story.go(INTERRUPT)).outcome).toBe('incomplete')
    expect(story.stateOf(leaked.kid)).toBe('compromised')
    await story.clock.advance(10 * MINUTE)
    story.cloud.push('live2.example.com', 'late')
    expect(signingWith(leaked)).toEqual(['live2.example.com/main', 'live2.example.com/late'])
    await story.clock.advance(10 * MINUTE)

    story.cloud.broken.clear()
    expect((await story.go(RECONCILE)).outcome).toBe('reconciled')
    expect(story.cuts()).toEqual(expect.arrayContaining(['live2.example.com/main', 'live2.example.com/late']))
    expect(signingWith(leaked)).toEqual([])
    expect(story.states()).toEqual(['current'])
    expect(story.cloud.refusals).toEqual([])
  })

  it('stays while a domain cannot be read, and its streams are not cut in vain', async () => {
    const short = story.cloud.process()
    // Enough for the publication, not for the interrupt.
    short.waitUntil = story.clock.now() + 100_000
    expect((await story.go(INTERRUPT, short)).outcome).toBe('waiting')
    await story.clock.advance(5 * MINUTE)
    story.cloud.broken.set('live2.example.com', { query: unavailable })
    expect(await story.go(RECONCILE)).toMatchObject({
      outcome: 'incomplete',
      error: { message: expect.stringContaining('live2.example.com') as string },
    })
    expect(story.stateOf(leaked.kid)).toBe('compromised')
    expect(signingWith(leaked)).toEqual(['live2.example.com/main'])
    expect(story.cuts()).not.toContain('live2.example.com/main')

    story.cloud.broken.clear()
    expect((await story.go(RECONCILE)).outcome).toBe('reconciled')
    expect(story.cuts().sort()).toEqual(MAIN_STREAMS)
    expect(story.cloud.refusals).toEqual([])
  })

  it('does not extend a run: the next one cuts what is left', async () => {
    story.cloud.broken.set('live2.example.com', { streams: unavailable })
    const process = story.cloud.process()
    process.deadline = process.waitUntil = story.clock.now() + 135_000
    expect((await story.go(INTERRUPT, process)).outcome).toBe('waiting')
    expect(story.clock.now()).toBeLessThanOrEqual(process.deadline)
    story.cloud.broken.clear()
    expect((await story.go(RECONCILE)).outcome).toBe('reconciled')
    expect(story.cuts().sort()).toEqual(MAIN_STREAMS)
  })
})

describe('a process that is frozen just before it cuts', () => {
  it('cuts no stream that has come back meanwhile, and the others after reading again', async () => {
    await begin()
    const frozen = story.cloud.process()
    const thaw = frozen.freezeBefore('turn')
    const ended = story.begin(INTERRUPT, frozen)
    await story.clock.advance(5 * MINUTE)
    expect(story.cuts()).toEqual([])
    story.cloud.push('live1.example.com')
    story.cloud.push('live2.example.com')
    frozen.frozenBefore.clear()
    thaw()
    expect(await story.clock.run(ended)).toMatchObject({ outcome: 'rotated' })
    expect(story.cuts()).toEqual(['live3.example.com/main'])
    expect(story.states()).toEqual(['current'])
  })

  it('cuts nothing if another run has continued', async () => {
    await begin()
    const frozen = story.cloud.process()
    const thaw = frozen.freezeBefore('turn')
    const ended = story.begin(INTERRUPT, frozen)
    await story.clock.advance(5 * MINUTE)
    await story.go({ emergency: true, force: true, id: 'another' })
    const cuts = story.cuts()
    frozen.frozenBefore.clear()
    thaw()
    expect(await story.clock.run(ended)).toMatchObject({ outcome: 'incomplete', error: { code: 'fenced' } })
    expect(story.cuts()).toEqual(cuts)
  })
})

describe('a stream is cut once', () => {
  it('that several streaming domains show', async () => {
    await begin()
    story.cloud.ingestOf = () => 'push.example.com'
    expect(await story.go(INTERRUPT)).toMatchObject({ outcome: 'rotated', cutOff: { interrupted: 1 } })
    expect(story.cuts()).toHaveLength(1)
    expect(story.states()).toEqual(['current'])
  })

  it(
    'by an emergency that displaced a rotation and switches at once thanks to probes, killed at any call',
    { tags: 'slow' },
    async () => {
      const displacing = async (options: Parameters<ModelCloud['process']>[0]): Promise<ModelProcess> => {
        await begin({
          probes: ['https://hooks.example.com/'],
          propagation: { marginMs: 10_000, maxMs: HOUR, probesCoverAllInstances: true },
        })
        await story.go({ force: true }, story.cloud.process({ killAt: 6 }))
        expect(story.states()[0]).toBe('pending')
        const process = story.cloud.process(options)
        await story.go(INTERRUPT, process)
        return process
      }
      const { steps } = await displacing({})
      expect(story.cuts().sort()).toEqual(MAIN_STREAMS)
      for (let killAt = 1; killAt <= steps; killAt++) {
        await displacing({ killAt, killAfterEffect: true })
        expect((await story.go(INTERRUPT)).outcome).toBe('rotated')
        expect(story.cuts().sort(), `killed at ${killAt}`).toEqual(MAIN_STREAMS)
      }
    },
  )

  it("with Live's clock 5 s behind", async () => {
    await begin()
    story.cloud.liveIsBehindMs = 5_000
    expect(await story.go(INTERRUPT)).toMatchObject({ outcome: 'rotated', cutOff: { interrupted: 3 } })
    expect(story.cuts().sort()).toEqual(MAIN_STREAMS)
  })
})

describe('a domain that is switched after the others', () => {
  it('has its streams cut then, without cutting the others again', async () => {
    await begin()
    story.cloud.broken.set('live2.example.com', { set: unavailable })
    await story.go(INTERRUPT)
    expect(story.cuts().sort()).toEqual(['live1.example.com/main', 'live3.example.com/main'])
    await story.clock.advance(20 * MINUTE)
    story.cloud.broken.clear()
    await story.go(RECONCILE)
    expect(story.cuts().sort()).toEqual(MAIN_STREAMS)
  })
})

it('streams of many domains are cut concurrently: latency does not set the pace', async () => {
  await begin({ domains: Array.from({ length: 40 }, (_, index) => `live${index}.example.com`) })
  story.cloud.latencyMs = 200
  const times: number[] = []
  const process = story.cloud.process()
  process.around = (ports) => ({
    ...ports,
    live: {
      ...ports.live,
      interrupt: (stream, options) => {
        times.push(story.clock.now())
        return ports.live.interrupt(stream, options)
      },
    },
  })
  expect(await story.go(INTERRUPT, process)).toMatchObject({
    outcome: 'rotated',
    cutOff: { interrupted: 40 },
  })
  expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeLessThan(10_000)
})
