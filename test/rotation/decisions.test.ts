import { describe, expect, it } from 'vitest'
import { RotatorError, type ErrorCode } from '../../lib/core/errors.ts'
import { Key } from '../../lib/keyset/key.ts'
import { newKeyset, pendingKey, type Keyset } from '../../lib/keyset/keyset.ts'
import { startEmergency } from '../../lib/keyset/moves/emergency.ts'
import { importPrevious } from '../../lib/keyset/moves/import-keys.ts'
import { promote, stage } from '../../lib/keyset/moves/stage.ts'
import { endingBy, endingOf } from '../../lib/rotation/report/ending.ts'
import { english } from '../../lib/rotation/report/english.ts'
import { findingText, withWarning, type Warning } from '../../lib/rotation/report/findings.ts'
import { withCleared, withSeen } from '../../lib/rotation/state/readings.ts'
import { Observation, type DomainState } from '../../lib/rotation/state/observation.ts'
import { mayPromote } from '../../lib/rotation/steps/promote.ts'
import { goingKeys } from '../../lib/rotation/steps/retire.ts'
import { groupConfig, HOUR, MINUTE, request } from '../support/model-cloud.ts'

// No port is needed for any of this: what was read is given, what follows is asked.

const NOW = Date.parse('2026-11-24T08:00:00Z')
const group = groupConfig()
const [ONE, TWO, THREE] = ['live1.example.com', 'live2.example.com', 'live3.example.com'] as const
const options = { ttlMs: MINUTE, request: 'monthly' }

const failure = (code: ErrorCode): RotatorError => new RotatorError(code, `it is ${code}`)
const on = (domain: string, key: Key | null): DomainState => ({
  reading: { domain, enabled: key !== null, key },
  readAt: NOW,
})

interface Look {
  readonly complete?: boolean
  readonly discovered?: readonly string[]
  readonly unlisted?: readonly string[]
}

function seen(states: Readonly<Record<string, DomainState>>, look: Look = {}): Observation {
  const { complete = true, discovered = [], unlisted = [] } = look
  const names = Object.keys(states)
  const domains = { names, discovered: new Set([...discovered, ...unlisted]), unlisted, complete }
  return Observation.of(domains, 0).with(new Map(Object.entries(states)))
}

function staged(): { keyset: Keyset; old: Key; fresh: Key } {
  const [old, fresh] = [Key.generate(), Key.generate()]
  const imported = importPrevious(newKeyset('default', 'a'.repeat(12)), [old], NOW - HOUR)
  return { keyset: stage(imported, fresh, options, NOW - HOUR), old, fresh }
}

describe('promotion', () => {
  const { keyset, old, fresh } = staged()
  const pending = pendingKey(keyset)!

  it('needs every domain on the key', () => {
    expect(mayPromote(pending, seen({ [ONE]: on(ONE, fresh), [TWO]: on(TWO, fresh) }), group)).toBe(true)
    const failed = { ...on(TWO, old), failure: failure('denied') }
    expect(mayPromote(pending, seen({ [ONE]: on(ONE, fresh), [TWO]: failed }), group)).toBe(false)
  })

  it('needs the whole list of domains', () => {
    expect(mayPromote(pending, seen({ [ONE]: on(ONE, fresh) }, { complete: false }), group)).toBe(false)
  })

  it('is not held back by a tolerated domain, or by one that discovery no longer lists', () => {
    const states = { [ONE]: on(ONE, fresh), [TWO]: { readAt: 0, failure: failure('notFound') } }
    const tolerant = { ...group, apply: { tolerate: [TWO] } }
    expect(mayPromote(pending, seen(states), group)).toBe(false)
    expect(mayPromote(pending, seen(states), tolerant)).toBe(true)
    expect(mayPromote(pending, seen(states, { unlisted: [TWO] }), group)).toBe(true)
  })

  it.each([
    ['denied', true],
    ['notFound', true],
    ['unavailable', true],
    ['notConfirmed', false],
    ['throttled', false],
  ] as const)(
    'in an emergency waits for reachable domains: with a domain that is %s, promoted: %s',
    (code, may) => {
      const urgent = pendingKey(
        startEmergency(keyset, Key.generate(), { ...options, leaked: [], onRunningStreams: 'reject' }, NOW),
      )!
      const failed = { ...on(TWO, old), failure: failure(code) }
      expect(mayPromote(urgent, seen({ [ONE]: on(ONE, urgent.key), [TWO]: failed }), group)).toBe(may)
      expect(mayPromote(urgent, seen({ [TWO]: failed }), group)).toBe(false)
    },
  )
})

describe('what retires', () => {
  const { keyset, old, fresh } = staged()
  const promoted = promote(keyset, NOW - 30 * MINUTE)
  const look = seen({ [ONE]: on(ONE, fresh), [TWO]: on(TWO, fresh) })
  const silent = look.withSurvey({ streams: [], unlisted: [] })
  const cleared = withCleared(promoted, look, 0)
  const kids = (observation: Observation, now: number, generation = 0): string[] =>
    goingKeys(cleared, observation, generation, group, now).map(({ entry }) => entry.kid)

  it('is a key that no domain is on, no stream can sign with, and overlap.min has passed for', () => {
    expect(kids(silent, NOW + group.overlap.minMs)).toEqual([old.kid])
    expect(kids(silent, NOW + group.overlap.minMs - 1)).toEqual([])
  })

  it('is nothing without evidence: no survey, an old reading, an incomplete list, a domain that was not read', () => {
    const later = NOW + group.overlap.minMs
    expect(kids(look, later)).toEqual([])
    expect(kids(silent, later, 1)).toEqual([])
    const partly = seen({ [ONE]: on(ONE, fresh) }, { complete: false })
    expect(kids(partly.withSurvey({ streams: [], unlisted: [] }), later)).toEqual([])
    const unread = seen({ [ONE]: on(ONE, fresh), [TWO]: { readAt: 0, failure: failure('unavailable') } })
    expect(kids(unread.withSurvey({ streams: [], unlisted: [] }), later)).toEqual([])
    expect(kids(look.withSurvey({ streams: [], unlisted: [TWO] }), later)).toEqual([])
  })

  it('is nothing while a key is pending', () => {
    const again = stage(cleared, Key.generate(), options, NOW)
    expect(goingKeys(again, silent, 0, group, NOW + HOUR)).toEqual([])
  })

  it('is a key at overlap.max anyway, with the streams that this cuts off', () => {
    const stream = {
      domain: ONE,
      publishDomain: 'push1.example.com',
      app: 'app',
      stream: 'endless',
      publishedAt: NOW - 2 * HOUR,
    }
    const busy = look.withSurvey({ streams: [stream], unlisted: [] })
    expect(kids(busy, NOW + HOUR)).toEqual([])
    expect(goingKeys(cleared, busy, 0, group, NOW + group.overlap.maxMs)).toMatchObject([
      { entry: { kid: old.kid }, expired: [stream] },
    ])
  })
})

describe('what was seen', () => {
  const rules = {
    adopt: 'newDomains',
    onRunningStreams: 'quarantine',
    trustedElsewhere: new Set<string>(),
  } as const
  const { keyset, old, fresh } = staged()

  it('changes nothing if the document has everything', () => {
    const looked = { ...keyset, known: '' }
    expect(withSeen(looked, seen({ [ONE]: on(ONE, old) }), rules, NOW)).toBe(looked)
  })

  it('imports an unknown key, trusted except in an emergency', () => {
    const unknown = Key.generate()
    const look = seen({ [ONE]: on(ONE, unknown), [TWO]: on(TWO, null) })
    const stateOf = (document: Keyset): string | undefined =>
      withSeen(document, look, rules, NOW).keys.find(({ kid }) => kid === unknown.kid)?.state
    expect(stateOf(keyset)).toBe('previous')
    const mode = { ...options, leaked: [], onRunningStreams: 'interrupt' } as const
    expect(stateOf(startEmergency(keyset, Key.generate(), mode, NOW))).toBe('compromised')
  })

  it('reopens a key that had been left, and clears one only by a complete look', () => {
    const promoted = promote(keyset, NOW)
    const left = withCleared(promoted, seen({ [ONE]: on(ONE, fresh) }), 0)
    const clearedAt = (document: Keyset): unknown =>
      document.keys.find(({ kid }) => kid === old.kid)?.clearedAt
    expect(clearedAt(left)).toBe(new Date(NOW).toISOString())
    expect(clearedAt(withSeen(left, seen({ [ONE]: on(ONE, old) }), rules, NOW))).toBeNull()
    expect(clearedAt(withCleared(promoted, seen({ [ONE]: on(ONE, fresh) }), 1))).toBeNull()
    expect(
      clearedAt(withCleared(promoted, seen({ [ONE]: on(ONE, fresh) }, { complete: false }), 0)),
    ).toBeNull()
  })
})

describe('how a run ends', () => {
  const key = Key.generate()

  it('is as requested if nothing holds it back', () => {
    const look = seen({ [ONE]: on(ONE, key) })
    expect(endingBy(look, group, request())).toEqual({ outcome: 'rotated' })
    expect(endingBy(look, group, request({ action: 'reconcile' }))).toEqual({ outcome: 'reconciled' })
  })

  it('is waiting if the time ended first, whatever else failed', () => {
    const look = seen({
      [ONE]: { ...on(ONE, key), failure: failure('deadline') },
      [TWO]: { readAt: 0, failure: failure('denied') },
    })
    expect(endingBy(look, group, request())).toEqual({ outcome: 'waiting' })
  })

  it('is incomplete because of domains that hold it back, or without their list', () => {
    const look = seen({ [ONE]: on(ONE, key), [TWO]: { readAt: 0, failure: failure('denied') } })
    expect(endingBy(look, group, request())).toEqual({
      outcome: 'incomplete',
      obstacle: { kind: 'domainsFailed', failed: [{ domain: TWO, code: 'denied' }], total: 2 },
    })
    expect(endingBy(seen({ [ONE]: on(ONE, key) }, { complete: false }), group, request())).toEqual({
      outcome: 'incomplete',
      obstacle: { kind: 'domainsUnknown' },
    })
  })

  it.each([
    ['deadline', 'waiting'],
    ['fenced', 'incomplete'],
    ['conflict', 'incomplete'],
    ['denied', 'failed'],
  ] as const)('is, after an error that is %s, %s', (code, outcome) => {
    expect(endingOf(failure(code)).outcome).toBe(outcome)
  })
})

describe('a warning', () => {
  it('that is found again is merged, with all its domains', () => {
    const problem = { code: 'denied', message: 'no permission' } as const
    const found: Warning[] = [
      { kind: 'streamsNotListed', domains: [ONE], problem },
      { kind: 'streamsNotListed', domains: [ONE, TWO], problem: { ...problem, message: 'request 2' } },
      { kind: 'driftRepaired', domains: [THREE], kid: 'a'.repeat(12) },
      { kind: 'driftRepaired', domains: [THREE], kid: 'b'.repeat(12) },
      { kind: 'receiverRefuses', url: 'https://a.example.com/', detail: 'it answered 401' },
      { kind: 'receiverRefuses', url: 'https://a.example.com/', detail: 'it answered 401' },
    ]
    const all = found.reduce<readonly Warning[]>(withWarning, [])
    expect(all).toHaveLength(4)
    expect(all[0]).toEqual({ kind: 'streamsNotListed', domains: [ONE, TWO], problem })
  })

  it('of many vanished domains names them in one text', () => {
    const domains = Array.from({ length: 54 }, (_, index) => `live${index}.example.com`)
    const text = findingText({ kind: 'domainsGone', domains }, english.findings)
    expect(text).toMatch(/^54 domains .* live0\.example\.com, .* and 4 more$/)
  })
})
