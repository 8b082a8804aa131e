import { beforeEach, describe, expect, it } from 'vitest'
import type { RotationRequest } from '../../lib/config/types.ts'
import { Key } from '../../lib/keyset/key.ts'
import { DAY, HOUR, MINUTE } from '../support/model-cloud.ts'
import { Story } from '../support/story.ts'

const RECONCILE = { action: 'reconcile' } as const

let story: Story

beforeEach(() => {
  story = new Story({
    probes: ['https://hooks.example.com/'],
    // A rotation is over in a moment, so that the clocks' skew is all that lies between its times.
    propagation: { marginMs: 10_000, maxMs: HOUR, probesCoverAllInstances: true },
  })
  story.cloud.pushAfterSet = false
})

describe("with Live's clock and the rotator's half a minute apart", () => {
  it('a stream that was pushed right before the switch, and is listed as after it, keeps its key', async () => {
    await story.go()
    await story.clock.advance(DAY)
    story.cloud.liveIsBehindMs = -30_000
    story.pushAll()
    const old = story.newest('current').kid
    await story.go()
    await story.clock.advance(HOUR)
    expect(await story.go(RECONCILE)).toMatchObject({ outcome: 'reconciled' })
    expect(story.stateOf(old)).toBe('previous')
    expect(story.cloud.refusals).toEqual([])
  })

  it('a stream that was pushed right after the switch, and is listed as before it, keeps its key', async () => {
    story.cloud.liveIsBehindMs = 30_000
    await story.go()
    story.pushAll()
    const { kid } = story.newest('current')
    await story.clock.advance(DAY)
    await story.go()
    await story.clock.advance(HOUR)
    expect(await story.go(RECONCILE)).toMatchObject({ outcome: 'reconciled' })
    expect(story.stateOf(kid)).toBe('previous')
    expect(story.cloud.refusals).toEqual([])
  })

  it.each([30_000, -30_000])(
    'a stream is cut that was pushed right before the switch (%i ms)',
    async (behind) => {
      await story.go()
      await story.clock.advance(DAY)
      story.cloud.liveIsBehindMs = behind
      story.pushAll()
      expect(await story.go({ emergency: true, onRunningStreams: 'interrupt' })).toMatchObject({
        outcome: 'rotated',
        cutOff: { interrupted: 3 },
      })
      expect(story.states()).toEqual(['current'])
    },
  )
})

it('a push is listed by its whole second: one right after a switch is not older than the key', async () => {
  story.group = { ...story.group, overlap: { ...story.group.overlap, clockSkewMs: 0 } }
  await story.clock.advance(300)
  await story.go()
  story.pushAll()
  const { kid, stagedAt } = story.newest('current')
  const listed = [...story.cloud.streams.values()].map(({ publishedAt }) => publishedAt)
  expect(Math.max(...listed)).toBeLessThan(Date.parse(stagedAt ?? ''))
  await story.clock.advance(DAY)
  await story.go()
  await story.clock.advance(HOUR)
  await story.go(RECONCILE)
  expect(story.stateOf(kid)).toBe('previous')
  expect(story.cloud.refusals).toEqual([])
})

describe('an old key that nothing signs with', () => {
  it('stays for overlap.min after the last domain has left it, then goes', async () => {
    await story.go()
    await story.clock.advance(5 * MINUTE)
    story.pushAll()
    const clearedAt = Date.parse(story.newest('previous').clearedAt ?? '')
    story.cloud.latencyMs = 0
    await story.clock.advance(clearedAt + 10 * MINUTE - story.clock.now() - 1)
    await story.go(RECONCILE)
    expect(story.states()).toContain('previous')
    await story.clock.advance(1)
    await story.go(RECONCILE)
    expect(story.states()).toEqual(['current'])
  })
})

describe('overlap.max', () => {
  it('ends a key that streams sign with only after it has passed, and names them', async () => {
    await story.go()
    await story.clock.advance(MINUTE)
    const { kid, clearedAt } = story.newest('previous')
    story.cloud.latencyMs = 0
    await story.clock.advance(Date.parse(clearedAt ?? '') + 30 * DAY - story.clock.now() - 1)
    expect(await story.go(RECONCILE)).toMatchObject({ warnings: [] })
    expect(story.stateOf(kid)).toBe('previous')
    await story.clock.advance(1)
    const { warnings, causes } = await story.go(RECONCILE)
    expect(story.stateOf(kid)).toBeUndefined()
    expect(warnings.join()).toMatch(
      new RegExp(`key ${kid} was dropped by overlap.max.*live\\d.example.com/app/main`),
    )
    expect(causes).toContainEqual({ code: 'overlapMax', subject: kid })
  })
})

describe.each([5 * MINUTE, -5 * MINUTE])("with the cloud's clock %i ms ahead", (ahead) => {
  const apart = (ms: number): void => {
    story.cloud.aheadMs = ms
    story.cloud.liveIsBehindMs = -ms
  }
  /** Our clock was the wrong one, so that by the right one those pushes were at another time. */
  const mended = (): void => {
    apart(0)
    for (const [name, stream] of story.cloud.streams)
      story.cloud.streams.set(name, { ...stream, publishedAt: stream.publishedAt - ahead })
  }
  const disagree = { kind: 'clocksDisagree', aheadMs: ahead, skewMs: MINUTE }

  it('nothing is retired by time, and everybody is told; once it is fixed, everything continues', async () => {
    await story.go()
    await story.clock.advance(DAY)
    const old = story.newest('current').kid
    apart(ahead)
    story.pushAll()
    expect(await story.go()).toMatchObject({ outcome: 'rotated', findings: [disagree] })
    for (const domain of story.cloud.domains.keys()) story.cloud.stop(domain)
    // Not by overlap.max either.
    await story.clock.advance(40 * DAY)
    for (const action of ['reconcile', 'status'] as const) {
      const report = await story.go({ action })
      expect(report.findings).toEqual([disagree])
      expect(report.causes).toEqual(
        action === 'status' ? undefined : [{ code: 'clocksDisagree', subject: null }],
      )
      expect(report.warnings.join()).toMatch(
        ahead > 0 ? /is 300 s ahead of the clock/ : /is 300 s behind the clock/,
      )
    }
    expect(story.stateOf(old)).toBe('previous')

    mended()
    await story.go(RECONCILE)
    await story.clock.advance(HOUR)
    story.pushAll()
    expect(await story.go(RECONCILE)).toMatchObject({ outcome: 'reconciled', warnings: [] })
    expect(story.stateOf(old)).toBeUndefined()
    expect(story.cloud.refusals).toEqual([])
  })

  it('no stream is cut and no leaked key is revoked; once it is fixed, everything continues', async () => {
    await story.go()
    await story.clock.advance(DAY)
    apart(ahead)
    story.pushAll()
    const leaked = story.newest('current').kid
    story.cloud.mayBeRefused.add(leaked)
    const emergency = { emergency: true, onRunningStreams: 'interrupt' } as const
    expect(await story.go(emergency)).toMatchObject({
      outcome: 'incomplete',
      findings: [disagree],
      causes: [{ code: 'streamsLeft', urgent: true }, { code: 'clocksDisagree' }],
    })
    expect(story.cuts()).toEqual([])
    expect(story.stateOf(leaked)).toBe('compromised')

    mended()
    expect(await story.go(RECONCILE)).toMatchObject({ outcome: 'reconciled' })
    expect(story.cuts()).toHaveLength(3)
    expect(story.stateOf(leaked)).toBeUndefined()
  })
})

describe('a key that is staged while the clock runs five minutes ahead', () => {
  async function stagedAhead(wanted: Partial<RotationRequest>): Promise<string> {
    await story.go()
    await story.clock.advance(DAY)
    for (const entry of story.keyset.keys) story.cloud.mayBeRefused.add(entry.kid)
    story.cloud.aheadMs = -5 * MINUTE
    story.cloud.liveIsBehindMs = 5 * MINUTE
    await story.go(wanted)
    await story.clock.advance(2 * MINUTE)
    story.pushAll()
    // Somebody sets the clock right; the model's cannot go back, so that five minutes have passed meanwhile.
    story.cloud.aheadMs = 0
    story.cloud.liveIsBehindMs = 0
    await story.clock.advance(DAY)
    return story.newest('current').kid
  }

  it.each([
    ['a rotation', {}],
    ['an emergency', { emergency: true }],
  ] as const)('by %s outlives the streams of its first minutes', async (_, wanted) => {
    const kid = await stagedAhead(wanted)
    await story.go()
    await story.clock.advance(HOUR)
    expect(await story.go(RECONCILE)).toMatchObject({ outcome: 'reconciled', warnings: [] })
    expect(story.stateOf(kid)).toBe('previous')
    expect(story.cloud.refusals).toEqual([])
    story.pushAll()
    await story.go(RECONCILE)
    expect(story.stateOf(kid)).toBeUndefined()
  })

  it('outlives them after a rollback too, which is not an emergency', async () => {
    const kid = await stagedAhead({ emergency: true })
    await story.go()
    await story.clock.advance(DAY)
    const back = await story.go({ action: 'rollback' })
    expect(back).toMatchObject({ outcome: 'rotated', kid })
    expect(back.causes).toBeUndefined()
    await story.clock.advance(DAY)
    await story.go()
    await story.clock.advance(HOUR)
    await story.go(RECONCILE)
    expect(story.stateOf(kid)).toBe('previous')
    expect(story.cloud.refusals).toEqual([])
  })

  it('has its streams cut when it leaks', async () => {
    const kid = await stagedAhead({})
    story.cloud.mayBeRefused.add(kid)
    await story.go({ emergency: true, leaked: [kid], onRunningStreams: 'interrupt' })
    expect(story.cuts()).toHaveLength(3)
    expect(story.stateOf(kid)).toBeUndefined()
  })
})

describe.each([
  ['a rotation', { id: 'a' }],
  ['an emergency', { emergency: true, id: 'a' }],
  ['a rollback', { action: 'rollback', id: 'a' }],
] as const)('%s that another machine resumes', (_, wanted) => {
  it.each([10_000, 30_000, 59_000, 5 * MINUTE, DAY, -30_000, -5 * MINUTE])(
    'sets no domain before receivers know the key, on a clock %i ms ahead',
    async (ahead) => {
      story = new Story()
      await story.go()
      await story.clock.advance(DAY)
      await story.go({ force: true })
      await story.clock.advance(DAY)
      story.pushAll()
      const hasty = story.cloud.process()
      hasty.waitUntil = 0
      expect(await story.go(wanted, hasty)).toMatchObject({ outcome: 'waiting' })
      await story.clock.advance(1_000)
      const resuming = story.cloud.process()
      resuming.clockAheadMs = ahead
      expect((await story.go(wanted, resuming)).outcome).toBe('rotated')
      expect(story.cloud.refusals).toEqual([])
    },
  )
})

describe('receivers that hold a document for longer than a machine thinks', () => {
  const onMachine = async (
    ahead: number,
    wanted: Partial<RotationRequest>,
    waitUntil = Infinity,
  ): Promise<void> => {
    const process = story.cloud.process()
    process.clockAheadMs = ahead
    process.waitUntil = waitUntil
    await story.go(wanted, process)
  }

  beforeEach(async () => {
    story = new Story()
    await story.go()
    await story.clock.advance(DAY)
    story.pushAll()
  })

  it.each([-20_000, -5 * MINUTE])(
    'are waited for if the key was staged on a machine %i ms ahead whose next save hid how late it was',
    async (ahead) => {
      // A key that the emergency finds on a domain is a save of its own, after the one that staged the fresh key.
      story.cloud.domains.set('live1.example.com', { enabled: true, key: Key.generate() })
      await onMachine(ahead, { emergency: true, id: 'leak' }, 0)
      expect(story.newest('pending').stagedAt).not.toBe(story.keyset.updatedAt)
      await story.go(RECONCILE)
      expect(story.states()[0]).toBe('current')
      expect(story.cloud.refusals).toEqual([])
    },
  )

  it.each([-20_000, -59_000, -5 * MINUTE])(
    'are waited for if ttl was lowered on a machine %i ms ahead',
    async (ahead) => {
      story.group = { ...story.group, ttlMs: 1_000 }
      story.setByHand('live1.example.com', story.newest('previous'))
      await onMachine(ahead, RECONCILE)
      expect(story.keyset.ttl).toBe(1_000)
      expect((await story.go({ force: true })).outcome).toBe('rotated')
      expect(story.cloud.refusals).toEqual([])
    },
  )

  it.each([20_000, 59_000, 5 * MINUTE])(
    'are waited for by the staging machine, %i ms ahead, if ttl was lowered on another',
    async (ahead) => {
      story.group = { ...story.group, ttlMs: 1_000 }
      story.setByHand('live1.example.com', story.newest('previous'))
      await story.go(RECONCILE)
      expect(story.keyset.ttl).toBe(1_000)
      await onMachine(ahead, { force: true })
      expect(story.cloud.refusals).toEqual([])
    },
  )
})

it.each([5 * MINUTE, DAY])(
  'a wall clock set ahead by %i ms shortens no wait for receivers',
  async (ahead) => {
    const url = 'https://hooks.example.com/'
    story = new Story({ probes: [url], instances: new Map([[url, 2]]) })
    // The other instance is never reached, so that there is no evidence.
    const instance = 'a1b2c3d4e5f6'
    story.cloud.probeAnswer = () => {
      const { lineage, revision } = story.keyset
      return { accepted: true, detail: 'it answered 204', evidence: { instance, lineage, revision } }
    }
    await story.go()
    await story.clock.advance(DAY)
    const process = story.cloud.process()
    const rotation = story.begin({}, process)
    await story.clock.advance(5_000)
    process.clockAheadMs = ahead
    expect(await story.clock.run(rotation)).toMatchObject({ outcome: 'rotated' })
    expect(story.cloud.refusals).toEqual([])
  },
)

it.each([0, 1_000, 30_000, 58_000, -30_000])(
  'no stream is cut twice by runs that are killed in between, with Live %i ms behind',
  async (behind) => {
    for (let killAt = 12; killAt <= 24; killAt++) {
      story = new Story({ domains: ['live1.example.com', 'live2.example.com'] })
      story.cloud.pushAfterSet = false
      await story.go()
      await story.clock.advance(DAY)
      story.cloud.liveIsBehindMs = behind
      story.cloud.aheadMs = -behind
      story.pushAll()
      const killed = story.cloud.process({ killAt, killAfterEffect: true })
      await story.go({ emergency: true, onRunningStreams: 'interrupt', id: 'leak' }, killed)
      await story.clock.advance(MINUTE)
      expect(await story.go(RECONCILE)).toMatchObject({ outcome: 'reconciled' })
      expect(story.cuts().sort()).toEqual(['live1.example.com/main', 'live2.example.com/main'])
    }
  },
)

it('a gap within clockSkew does not count', async () => {
  await story.go()
  for (const ahead of [58_000, -58_000]) {
    story.cloud.aheadMs = ahead
    expect((await story.go(RECONCILE)).warnings).toEqual([])
  }
})
