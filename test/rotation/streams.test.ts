import { describe, expect, it } from 'vitest'
import { Key } from '../../lib/keyset/key.ts'
import { newKeyset, type KeyEntry, type Keyset, type KeyState } from '../../lib/keyset/keyset.ts'
import { publishedAt, phaseOf, stagingDoneAt } from '../../lib/rotation/decide.ts'
import type { OnlineStream } from '../../lib/rotation/ports.ts'
import { hasStaged, kindOfRequest, servedAt, withServed } from '../../lib/rotation/state/served.ts'
import {
  canSignWith,
  fateOf,
  interruptKeys,
  isRejected,
  nameOf,
  signingWindow,
  streamsSigningWith,
} from '../../lib/rotation/state/streams.ts'
import { DAY, groupConfig, MINUTE, request } from '../support/model-cloud.ts'

const NOW = Date.UTC(2026, 10, 24, 8)
const at = (ms: number): string => new Date(NOW + ms).toISOString()
const group = groupConfig()

const entry = (state: KeyState, fields: Partial<KeyEntry> = {}): KeyEntry => {
  const key = fields.key ?? Key.generate()
  return { kid: key.kid, key, state, extra: {}, ...fields }
}
const keyset = (keys: readonly KeyEntry[], fields: Partial<Keyset> = {}): Keyset => ({
  ...newKeyset('default', 'abc'),
  revision: 7,
  ttl: MINUTE,
  updatedAt: at(0),
  keys,
  ...fields,
})
const pushed = (ms: number): OnlineStream => ({
  domain: 'live1.example.com',
  publishDomain: 'push1.example.com',
  app: 'live',
  stream: 'main',
  publishedAt: NOW + ms,
})

describe('the time span in which a push signs with a key', () => {
  it('is from its first staging until it is cleared, with the skew on both sides', () => {
    const old = entry('previous', { stagedAt: at(0), clearedAt: at(5_000) })
    expect(signingWindow(old, group)).toEqual({ from: NOW - MINUTE, until: NOW + 5_000 + MINUTE })
    expect(signingWindow({ ...old, clearedAt: null }, group).until).toBe(Infinity)
    const again = { ...old, firstStagedAt: at(-9_000) }
    expect(signingWindow(again, group).from).toBe(NOW - 9_000 - MINUTE)
  })

  it('has no beginning for an imported key, rolled back to or not', () => {
    expect(signingWindow(entry('previous'), group)).toEqual({ from: -Infinity, until: Infinity })
    expect(signingWindow(entry('previous', { stagedAt: at(0), firstStagedAt: null }), group).from).toBe(
      -Infinity,
    )
  })

  it('begins earlier if the rotator’s clock was ahead, and no later if it was not', () => {
    expect(signingWindow(entry('current', { stagedAt: at(0), signsFrom: at(-90_000) }), group).from).toBe(
      NOW - 90_000 - MINUTE,
    )
    expect(signingWindow(entry('current', { stagedAt: at(0), signsFrom: at(90_000) }), group).from).toBe(
      NOW - MINUTE,
    )
  })

  it('includes a push of the same second', () => {
    const window = { from: NOW, until: NOW + 10_000 }
    expect([-1_000, -999, 0, 10_000, 10_001].map((ms) => canSignWith(pushed(ms), window))).toEqual([
      false,
      true,
      true,
      true,
      false,
    ])
  })

  it('selects the streams that can sign with a key', () => {
    const old = entry('previous', { stagedAt: at(0), clearedAt: at(0) })
    const streams = [pushed(-2 * MINUTE), pushed(0), pushed(2 * MINUTE)]
    expect(streamsSigningWith(old, { streams, unlisted: [] }, group)).toEqual([pushed(0)])
  })
})

describe('an old key', () => {
  const old = entry('previous', { stagedAt: at(-DAY), clearedAt: at(0) })
  const none = { streams: [], unlisted: [] }
  const { minMs, maxMs } = group.overlap

  it('stays until it is cleared, and for overlap.min after that', () => {
    expect(fateOf({ ...old, clearedAt: null }, none, group, NOW + maxMs)).toEqual({ kind: 'keep' })
    expect(fateOf(entry('previous'), none, group, NOW + maxMs)).toEqual({ kind: 'keep' })
    expect(fateOf(old, none, group, NOW + minMs - 1)).toEqual({ kind: 'keep' })
    expect(fateOf(old, none, group, NOW + minMs)).toEqual({ kind: 'drop' })
  })

  it('stays while a stream can sign with it, or that is unknown, up to overlap.max', () => {
    const signing = { streams: [pushed(0)], unlisted: [] }
    const unknown = { streams: [], unlisted: ['live2.example.com'] }
    for (const survey of [signing, unknown]) {
      expect(fateOf(old, survey, group, NOW + maxMs - 1)).toEqual({ kind: 'keep' })
      expect(fateOf(old, survey, group, NOW + maxMs)).toEqual({ kind: 'expire', streams: survey.streams })
    }
  })
})

it('leaked keys are distinguished by what happens to their streams', () => {
  const modes = ['quarantine', 'reject', 'interrupt'] as const
  const leaked = modes.map((onRunningStreams) => entry('compromised', { onRunningStreams }))
  const fresh = entry('pending', { onRunningStreams: 'interrupt' })
  const rejecting = entry('current', { onRunningStreams: 'reject' })
  expect(interruptKeys(keyset([fresh, rejecting, ...leaked]))).toEqual([leaked[2]])
  expect([fresh, rejecting, ...leaked].map(isRejected)).toEqual([false, false, false, true, false])
})

it('a stream is named by its streaming domain', () => {
  expect(nameOf(pushed(0))).toBe('live1.example.com/live/main')
})

describe('a request', () => {
  const ticket = request({ id: 'ticket' })
  const leak = request({ id: 'ticket', emergency: true })
  const back = request({ id: 'ticket', action: 'rollback' })

  it('stages a key as a rotation, an emergency or a rollback, or not at all', () => {
    expect(
      [ticket, leak, back, request({ action: 'reconcile' }), request({ action: 'status' })].map(
        kindOfRequest,
      ),
    ).toEqual(['rotation', 'emergency', 'rollback', null, null])
  })

  it('has staged a key if that carries its id and was staged the same way', () => {
    const keys = [
      entry('current', { request: 'ticket' }),
      entry('current', { request: 'ticket', emergency: false }),
      entry('current', { request: 'ticket', emergency: true }),
      entry('current', { request: 'ticket', emergency: true, firstStagedAt: null }),
      entry('current', { request: 'other' }),
      entry('current'),
    ]
    const stagedBy = (one: typeof ticket): boolean[] => keys.map((key) => hasStaged(one, key))
    expect(stagedBy(ticket)).toEqual([true, true, false, false, false, false])
    expect(stagedBy(leak)).toEqual([false, false, true, false, false, false])
    expect(stagedBy(back)).toEqual([false, false, false, true, false, false])
    expect(stagedBy(request())).toEqual(keys.map(() => false))
  })

  it('is served according to the key that it staged and what the document remembers', () => {
    const staged = keyset([entry('current', { request: 'ticket', stagedAt: at(-5_000) })])
    expect(servedAt(staged, ticket)).toBe(at(-5_000))
    expect(servedAt(staged, leak)).toBeNull()
    expect(servedAt(keyset([entry('current', { request: 'ticket' })]), ticket)).toBeNull()
    const remembered = withServed(keyset([]), ticket, NOW)
    expect(servedAt(remembered, ticket)).toBe(at(0))
    expect([leak, back, request(), request({ id: 'other' })].map((one) => servedAt(remembered, one))).toEqual(
      Array(4).fill(null),
    )
    expect(servedAt(keyset([]), request({ action: 'reconcile', id: 'ticket' }))).toBeNull()
  })

  it('is remembered by a hash of its id, within its kind, once', () => {
    const remembered = withServed(keyset([], { extra: { note: 'kept' } }), ticket, NOW)
    const { note, served } = remembered.extra
    expect(note).toBe('kept')
    expect(Object.keys(served as object)).toEqual([expect.stringMatching(/^rotation:[0-9a-f]{12}$/)])
    expect(withServed(remembered, ticket, NOW + 5)).toBe(remembered)
    expect(withServed(remembered, request(), NOW)).toBe(remembered)
    const both = withServed(remembered, leak, NOW + 5)
    expect(Object.keys(both.extra['served'] as object)).toHaveLength(2)
    expect(servedAt(both, leak)).toBe(at(5))
  })

  it('is remembered for eight days', () => {
    const remembered = withServed(keyset([]), ticket, NOW)
    const after = (ms: number): string | null => servedAt(withServed(remembered, leak, NOW + ms), ticket)
    expect(after(8 * DAY - 1)).toBe(at(0))
    expect(after(8 * DAY)).toBeNull()
  })

  it('is remembered among the 48 newest', () => {
    let document = keyset([])
    for (let n = 0; n < 60; n++)
      document = withServed(document, request({ id: `${n}` }), NOW + (n % 2 ? n : -n))
    const left = Array.from({ length: 60 }, (_, n) => n).filter(
      (n) => servedAt(document, request({ id: `${n}` })) !== null,
    )
    expect(Object.keys(document.extra['served'] as object)).toHaveLength(48)
    // The odd ones are the newest.
    expect(left.filter((n) => n % 2 === 1)).toHaveLength(30)
    expect(left).not.toContain(56)
  })

  it('is distinguished from what somebody else has written in its place', () => {
    for (const served of [null, 'text', ['x'], 5])
      expect(servedAt(keyset([], { extra: { served } }), ticket)).toBeNull()
    const [name = ''] = Object.keys(withServed(keyset([]), ticket, NOW).extra['served'] as object)
    for (const value of [5, 'soon', null])
      expect(servedAt(keyset([], { extra: { served: { [name]: value } } }), ticket)).toBeNull()
    expect(servedAt(keyset([], { extra: { served: { [name]: at(1) } } }), ticket)).toBe(at(1))
  })
})

describe('a publication', () => {
  const fresh = entry('pending', { stagedAt: at(0), knownFrom: at(2 * MINUTE) })
  const document = keyset([fresh])

  it('is over when the last copy has expired, with the margin, and later for a late save', () => {
    expect(publishedAt(fresh, document, group)).toBe(NOW + 2 * MINUTE + 10_000)
    expect(publishedAt(fresh, document, group, NOW + 700)).toBe(NOW + 2 * MINUTE + 10_700)
    // The ttl of the document itself may be the longer wait.
    expect(publishedAt(fresh, { ...document, ttl: 3 * MINUTE }, group)).toBe(NOW + 3 * MINUTE + 10_000)
    // One without times was staged with the document.
    const bare = entry('pending')
    expect(publishedAt(bare, keyset([bare]), group)).toBe(NOW + MINUTE + 10_000)
  })

  it('begins at the latest time at which the save can have completed', () => {
    expect(stagingDoneAt(fresh, document)).toBe(NOW + MINUTE)
    expect(stagingDoneAt(fresh, document, NOW + 2 * MINUTE)).toBe(NOW + 2 * MINUTE)
    const bare = entry('pending', { stagedAt: at(-5) })
    expect(stagingDoneAt(bare, document)).toBe(NOW - 5)
  })

  it('is the first phase; then the key is applied, then old ones drain', () => {
    const published = publishedAt(fresh, document, group)
    const phase = (keys: readonly KeyEntry[], now = NOW): string => phaseOf(keyset(keys), group, now)
    expect(phaseOf(null, group, NOW)).toBe('idle')
    expect([phase([fresh], published - 1), phase([fresh], published)]).toEqual(['publishing', 'applying'])
    expect(phaseOf(document, group, published, NOW + 1)).toBe('publishing')
    const current = entry('current')
    expect(phase([current])).toBe('idle')
    expect(phase([current, entry('previous')])).toBe('draining')
    expect(phase([current, entry('compromised')])).toBe('draining')
  })
})
