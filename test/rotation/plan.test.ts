import { describe, expect, it } from 'vitest'
import type { GroupConfig, RotationRequest } from '../../lib/config/types.ts'
import { Key } from '../../lib/keyset/key.ts'
import { newKeyset, type KeyEntry, type Keyset, type KeyState } from '../../lib/keyset/keyset.ts'
import { decide } from '../../lib/rotation/decide.ts'
import { planOf, type PlanFacts } from '../../lib/rotation/plan.ts'
import type { OnlineStream } from '../../lib/rotation/ports.ts'
import type { Plan } from '../../lib/rotation/report/report.ts'
import { Observation } from '../../lib/rotation/state/observation.ts'
import { groupConfig, HOUR, MINUTE, request, rotationConfig } from '../support/model-cloud.ts'

const NOW = Date.UTC(2026, 10, 24, 8)
const at = (ms: number): string => new Date(NOW + ms).toISOString()
const domains = ['live1.example.com', 'live2.example.com', 'live3.example.com']

const entry = (state: KeyState, fields: Partial<KeyEntry> = {}): KeyEntry => {
  const key = fields.key ?? Key.generate()
  return { kid: key.kid, key, state, extra: {}, ...fields }
}
const keyset = (keys: readonly KeyEntry[], fields: Partial<Keyset> = {}): Keyset => ({
  ...newKeyset('default', 'abc'),
  revision: 7,
  ttl: MINUTE,
  updatedAt: at(-5_000),
  keys,
  ...fields,
})

const current = entry('current', { stagedAt: at(-3 * HOUR), appliedAt: at(-2 * HOUR) })
const young = { ...current, appliedAt: at(-HOUR + 1) }
const previous = entry('previous', {
  stagedAt: at(-9 * HOUR),
  appliedAt: at(-8 * HOUR),
  clearedAt: at(-2 * HOUR),
})
const pending = entry('pending', { stagedAt: at(-5_000), knownFrom: at(30_000) })

/** All domains are on `key`, as far as they could be read. */
function seenOn(
  key: Key | null,
  streams: readonly OnlineStream[] = [],
  unlisted: readonly string[] = [],
): Observation {
  const seen = Observation.of({ names: domains, discovered: new Set(), unlisted: [], complete: true }, 0)
  const states = domains
    .slice(0, 2)
    .map(
      (
        domain,
      ): [string, { reading: { domain: string; enabled: boolean; key: Key | null }; readAt: number }] => [
        domain,
        { reading: { domain, enabled: key !== null, key }, readAt: NOW },
      ],
    )
  return seen.with(new Map(states)).withSurvey({ streams, unlisted })
}

const stream = (domain: string, publishedAt: number): OnlineStream => ({
  domain,
  publishDomain: domain,
  app: 'live',
  stream: `${publishedAt}`,
  publishedAt,
})

function plan(
  facts: Partial<PlanFacts> & { wanted?: Partial<RotationRequest>; of?: Partial<GroupConfig> } = {},
): Plan {
  const { wanted = {}, of = {}, ...rest } = facts
  return planOf({
    group: groupConfig(of),
    request: request(wanted),
    throttle: { ...rotationConfig().throttle, set: 2, query: 1, emergency: 4 },
    keyset: keyset([current, previous]),
    storedAt: undefined,
    seen: seenOn(current.key),
    now: NOW,
    ...rest,
  })
}
const kinds = ({ tasks = [] }: Plan): string[] => tasks.map(({ kind }) => kind)

describe('the plan of a rotation', () => {
  it('counts the domains that can be read, the calls, and the time of each step', () => {
    const found = plan()
    expect(found).toMatchObject({
      sets: 2,
      calls: {
        SetSnapshotCallbackAuth: 2,
        QuerySnapshotCallbackAuth: 5,
        DescribeLiveStreamsOnlineList: 3,
        PutSecretValue: 2,
      },
      publishSeconds: 70,
      applySeconds: 2,
      earliestRetirement: at(70_000 + 2_000 + 10 * MINUTE),
      runningStreams: 0,
      streamDomains: [],
    })
    expect(found).not.toHaveProperty('affected')
    expect(found).not.toHaveProperty('onRunningStreams')
    expect(kinds(found)).toEqual(['stage', 'waitUntilKnown', 'set', 'promote', 'letGo'])
    expect(found.steps).toHaveLength(5)
  })

  it('waits for the longer ttl, and takes as long as the slower of setting and reading', () => {
    expect(plan({ keyset: keyset([current], { ttl: 2 * MINUTE }) }).publishSeconds).toBe(130)
    const throttle = { ...rotationConfig().throttle, set: 1, query: 100 }
    expect(plan({ throttle }).applySeconds).toBe(2)
    expect(plan({ throttle: { ...throttle, set: 3 } }).applySeconds).toBe(0.7)
  })

  it('reads twice as often if the other configuration is set, with its own calls', () => {
    const found = plan({ of: { authSource: 'notifyConfig' } })
    expect(found.calls).toEqual({
      UpdateLiveSnapshotNotifyConfig: 2,
      DescribeLiveSnapshotNotifyConfig: 7,
      DescribeLiveStreamsOnlineList: 3,
      PutSecretValue: 2,
    })
    expect(found.applySeconds).toBe(4)
  })

  it('stages the first key of a group without a document', () => {
    const found = plan({ keyset: null, seen: seenOn(null) })
    expect([kinds(found)[0], found.sets, found.publishSeconds]).toEqual(['stage', 2, 70])
  })

  it('is nothing while the key is young, or if the request was served', () => {
    const nothing = {
      sets: 0,
      calls: {},
      publishSeconds: 0,
      applySeconds: 0,
      earliestRetirement: null,
      runningStreams: 0,
    }
    expect(plan({ keyset: keyset([young]) })).toMatchObject({ ...nothing, tasks: [{ kind: 'young' }] })
    const served = keyset([{ ...young, request: 'ticket' }])
    expect(plan({ keyset: served, wanted: { id: 'ticket' } })).toMatchObject({
      ...nothing,
      tasks: [{ kind: 'served' }],
    })
  })

  it('finishes a pending key: the rest of its wait, and one save', () => {
    const document = keyset([pending, current])
    const found = plan({ keyset: document })
    expect(found).toMatchObject({
      sets: 2,
      publishSeconds: 65,
      earliestRetirement: null,
      tasks: [
        { kind: 'finish', kid: pending.kid },
        { kind: 'set', domains: 2 },
        { kind: 'promote' },
        { kind: 'letGo' },
      ],
    })
    expect(found.calls['PutSecretValue']).toBe(1)
    expect(plan({ keyset: document, storedAt: NOW - 4_000 }).publishSeconds).toBe(66)
    expect(plan({ keyset: document, now: NOW + HOUR }).publishSeconds).toBe(0)
    expect(plan({ keyset: document, seen: seenOn(pending.key) }).sets).toBe(0)
  })

  it('uses the emergency rate if the pending key is an emergency’s', () => {
    const document = keyset([{ ...pending, emergency: true }, current])
    expect(plan({ keyset: document }).applySeconds).toBe(0.5)
    expect(plan({ keyset: keyset([pending, current]) }).applySeconds).toBe(2)
  })
})

describe('the plan of a reconcile', () => {
  const reconcile = { action: 'reconcile' } as const

  it('repairs domains that are not on the current key', () => {
    const found = plan({ wanted: reconcile, seen: seenOn(previous.key) })
    expect(found).toMatchObject({
      sets: 2,
      publishSeconds: 0,
      tasks: [{ kind: 'repair', domains: 2 }, { kind: 'letGo' }],
    })
    expect(found.calls['PutSecretValue']).toBe(0)
    expect(plan({ wanted: reconcile }).sets).toBe(0)
  })

  it('repairs nothing without a document', () => {
    expect(plan({ wanted: reconcile, keyset: null }).sets).toBe(0)
  })
})

describe('the plan of a rollback', () => {
  const rollback = { action: 'rollback' } as const

  it('stages the earlier key, for domains that are not on it', () => {
    const found = plan({ wanted: rollback })
    expect(kinds(found)).toEqual(['stageEarlier', 'waitUntilKnown', 'set', 'promote'])
    expect([found.sets, found.publishSeconds]).toEqual([2, 70])
    expect(plan({ wanted: rollback, seen: seenOn(previous.key) }).sets).toBe(0)
  })

  it('is nothing if no key is left to go back to', () => {
    expect(plan({ wanted: rollback, keyset: keyset([current]) })).toMatchObject({
      sets: 0,
      tasks: [{ kind: 'noEarlierKey' }],
    })
  })
})

it('the plan of a rotation or a rollback counts every stream; of a run that is not due, none, and no calls', () => {
  const seen = seenOn(current.key, [
    stream('live1.example.com', NOW),
    stream('live2.example.com', NOW - 9 * HOUR),
  ])
  expect(plan({ seen }).runningStreams).toBe(2)
  expect(plan({ seen, wanted: { action: 'rollback' } }).runningStreams).toBe(2)
  const nothing = plan({ seen, keyset: keyset([young]) })
  expect([nothing.runningStreams, nothing.streamDomains, nothing.calls]).toEqual([0, [], {}])
})

describe('the plan of an emergency', () => {
  const emergency = { emergency: true } as const
  const streams = [
    stream('live1.example.com', NOW - HOUR),
    stream('live2.example.com', NOW - HOUR),
    stream('live2.example.com', NOW - 2 * HOUR),
    stream('live2.example.com', NOW - 8.5 * HOUR),
  ]

  it('uses its own rate, and says what each choice does to the streams', () => {
    const throttle = { ...rotationConfig().throttle, emergency: 4, interrupt: 3 }
    const found = plan({ wanted: emergency, seen: seenOn(current.key, streams), throttle })
    expect(kinds(found)).toEqual(['cutOff', 'waitUntilDistrusted', 'set', 'promote', 'treatStreams'])
    expect(found.applySeconds).toBe(0.5)
    expect(found.affected).toEqual({ streams: 4, domains: 2, seconds: 2 })
    expect(Object.keys(found.onRunningStreams ?? {})).toEqual(['quarantine', 'reject', 'interrupt'])
    expect(found.streamDomains).toEqual([
      { domain: 'live2.example.com', streams: 3 },
      { domain: 'live1.example.com', streams: 1 },
    ])
  })

  it('counts only the streams of the named keys', () => {
    const wanted = { ...emergency, leaked: [previous.kid] }
    expect(plan({ wanted, seen: seenOn(current.key, streams) }).runningStreams).toBe(2)
    const other = { ...emergency, leaked: [current.kid] }
    expect(plan({ wanted: other, seen: seenOn(current.key, streams) }).runningStreams).toBe(3)
  })

  it('leaves the number of streams open if a list is missing', () => {
    const unknown = plan({ wanted: emergency, seen: seenOn(current.key, streams, ['live3.example.com']) })
    expect(unknown.runningStreams).toBeNull()
    expect(unknown.streamDomains).toEqual([])
    expect(unknown).not.toHaveProperty('affected')
  })

  it('counts the streams of every replaced key if it finishes one', () => {
    const leaked = entry('compromised', {
      stagedAt: at(-3 * HOUR),
      compromisedAt: at(0),
      onRunningStreams: 'interrupt',
    })
    const fresh = { ...pending, emergency: true, request: 'leak' }
    const wanted = { ...emergency, id: 'leak' }
    expect(
      plan({ wanted, keyset: keyset([fresh, leaked]), seen: seenOn(leaked.key, streams) }).runningStreams,
    ).toBe(3)
    const ofCurrent = plan({ wanted, keyset: keyset([fresh, current]), seen: seenOn(current.key, streams) })
    expect(ofCurrent.runningStreams).toBe(3)
    const reconciled = plan({ wanted: { action: 'reconcile' }, seen: seenOn(current.key, streams) })
    expect(reconciled.runningStreams).toBe(2)
  })
})

describe('what a request has to do first', () => {
  const group = groupConfig()
  const decided = (wanted: Partial<RotationRequest>, ...keys: readonly KeyEntry[]): string =>
    decide(request(wanted), keyset(keys), group, NOW)

  it('is what it says without a document', () => {
    expect(decide(request(), null, group, NOW)).toBe('stage')
    expect(decide(request({ emergency: true }), null, group, NOW)).toBe('emergency')
    expect(decide(request({ action: 'rollback' }), null, group, NOW)).toBe('rollback')
    expect(decide(request({ action: 'reconcile' }), null, group, NOW)).toBe('resume')
  })

  it('depends on the age of the current key, to the millisecond', () => {
    expect(decided({}, young)).toBe('notDue')
    expect(decided({}, { ...current, appliedAt: at(-HOUR) })).toBe('stage')
    expect(decided({ force: true }, young)).toBe('stage')
    expect(decided({}, entry('current'))).toBe('stage')
    expect(decided({}, previous)).toBe('stage')
    expect(decided({}, pending, young)).toBe('resume')
    expect(decided({ id: 'ticket', force: true }, { ...current, request: 'ticket', stagedAt: at(0) })).toBe(
      'served',
    )
  })

  it('is to continue a rollback', () => {
    const back = { ...pending, firstStagedAt: at(-HOUR) }
    expect(decided({ action: 'rollback' }, back)).toBe('resume')
    expect(decided({ action: 'rollback' }, pending, current)).toBe('rollback')
    const served = { ...current, request: 'ticket', firstStagedAt: at(-HOUR) }
    expect(decided({ action: 'rollback', id: 'ticket' }, served)).toBe('served')
  })

  it('is to continue an emergency with its own key, or with a young one of another', () => {
    const fresh = { ...pending, emergency: true, request: 'leak' }
    expect(decided({ emergency: true, id: 'leak' }, fresh)).toBe('resume')
    expect(decided({ emergency: true, id: 'leak', force: true }, fresh)).toBe('resume')
    expect(decided({ emergency: true, id: 'other' }, fresh)).toBe('resume')
    expect(decided({ emergency: true, id: 'other', force: true }, fresh)).toBe('emergency')
    const old = { ...fresh, stagedAt: at(-HOUR) }
    expect(decided({ emergency: true, id: 'other' }, old)).toBe('emergency')
    expect(decided({ emergency: true, id: 'other' }, { ...old, stagedAt: at(-HOUR + 1) })).toBe('resume')
    const { stagedAt: _, ...unknown } = fresh
    expect(decided({ emergency: true, id: 'other' }, unknown)).toBe('emergency')
    expect(decided({ emergency: true }, pending, current)).toBe('emergency')
  })
})
