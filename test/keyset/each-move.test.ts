import { describe, expect, it } from 'vitest'
import { Key } from '../../lib/keyset/key.ts'
import { inOrder, newKeyset, type KeyEntry, type Keyset, type KeyState } from '../../lib/keyset/keyset.ts'
import { distrust, startEmergency } from '../../lib/keyset/moves/emergency.ts'
import {
  importCompromised,
  importFound,
  importPrevious,
  trustFound,
} from '../../lib/keyset/moves/import-keys.ts'
import { isLate, noteDiscovered, noteDomains, noteLate } from '../../lib/keyset/moves/notes.ts'
import { retire, revoke } from '../../lib/keyset/moves/retire.ts'
import {
  asLateAsStored,
  nextRevision,
  receiversHoldUntil,
  stagedLate,
} from '../../lib/keyset/moves/revision.ts'
import { isRollback, promote, rollBack, rollbackTarget, stage } from '../../lib/keyset/moves/stage.ts'

// What each move leaves in the document, field by field: a receiver and the next run go by nothing else.

const NOW = Date.UTC(2026, 10, 24, 8)
const TTL = 60_000
const at = (ms: number): string => new Date(NOW + ms).toISOString()

const entry = (state: KeyState, fields: Partial<KeyEntry> = {}): KeyEntry => {
  const key = fields.key ?? Key.generate()
  return { kid: key.kid, key, state, extra: {}, ...fields }
}

function keyset(keys: readonly KeyEntry[], fields: Partial<Keyset> = {}): Keyset {
  return { ...newKeyset('default', 'abc'), revision: 7, ttl: TTL, keys, ...fields }
}

const pending = (fields: Partial<KeyEntry> = {}): KeyEntry =>
  entry('pending', { stagedAt: at(-5_000), knownFrom: at(55_000), ...fields })

describe('staging', () => {
  it('puts the key before the others, with its times and its request', () => {
    const current = entry('current', { appliedAt: at(-1_000) })
    const key = Key.generate()
    const staged = stage(keyset([current]), key, { ttlMs: TTL, request: 'monthly' }, NOW)
    expect(staged.keys).toEqual([
      {
        kid: key.kid,
        key,
        state: 'pending',
        createdAt: at(0),
        stagedAt: at(0),
        knownFrom: at(TTL),
        request: 'monthly',
        extra: {},
      },
      current,
    ])
  })

  it('adds no fields for a request or a clock ahead without them', () => {
    const [fresh] = stage(keyset([]), Key.generate(), { ttlMs: TTL }, NOW).keys
    expect(fresh).not.toHaveProperty('request')
    expect(fresh).not.toHaveProperty('signsFrom')
    expect(fresh).not.toHaveProperty('displaced')
  })

  it('records since when it signs by the cloud’s clock if the rotator’s is ahead, only at the first staging', () => {
    const options = { ttlMs: TTL, clockAheadMs: 90_000 }
    expect(stage(keyset([]), Key.generate(), options, NOW).keys[0]?.signsFrom).toBe(at(-90_000))
    const before = keyset([entry('current'), entry('previous', { appliedAt: at(-9_000) })])
    expect(rollBack(before, options, NOW).keys[0]).not.toHaveProperty('signsFrom')
  })

  it('says why it refuses a second pending key', () => {
    expect(() => stage(keyset([pending()]), Key.generate(), { ttlMs: TTL }, NOW)).toThrow(
      new TypeError('a keyset with a pending key cannot stage another'),
    )
  })
})

describe('a promotion', () => {
  it('makes the pending key current, without the fields of a pending key', () => {
    const fresh = pending({ displaced: true, onRunningStreams: 'reject', emergency: true, request: 'leak' })
    const before = entry('current', { appliedAt: at(-9_000), late: ['live1.example.com'] })
    const older = entry('previous', { clearedAt: at(-8_000) })
    const { kid, key, stagedAt } = fresh
    expect(promote(keyset([fresh, before, older]), NOW).keys).toEqual([
      { kid, key, state: 'current', stagedAt, emergency: true, request: 'leak', appliedAt: at(0), extra: {} },
      {
        kid: before.kid,
        key: before.key,
        state: 'previous',
        appliedAt: at(-9_000),
        clearedAt: null,
        extra: {},
      },
      older,
    ])
  })
})

describe('the target of a rollback', () => {
  const applied = entry('previous', { appliedAt: at(-9_000) })
  const imported = entry('previous')
  const short = entry('previous', { key: Key.of('x'.repeat(15)) })
  const current = entry('current', { appliedAt: at(-1_000) })
  const targetOf = (...keys: KeyEntry[]): string | undefined => rollbackTarget(keyset(keys))?.kid

  it('is the current key while another is pending', () => {
    expect(targetOf(pending(), current, applied)).toBe(current.kid)
    expect(targetOf(pending(), applied)).toBe(applied.kid)
  })

  it('is the newest previous key that was applied, even if an imported one is newer', () => {
    expect(targetOf(current, imported, applied)).toBe(applied.kid)
    expect(targetOf(current, entry('compromised', { appliedAt: at(-1) }))).toBeUndefined()
  })

  it('is never an imported key once any key was applied', () => {
    expect(targetOf(current, imported)).toBeUndefined()
  })

  it('is otherwise the newest imported key that is long enough', () => {
    expect(targetOf(short, imported)).toBe(imported.kid)
    expect(targetOf(short)).toBeUndefined()
    const sixteen = entry('previous', { key: Key.of('x'.repeat(16)) })
    expect(targetOf(sixteen)).toBe(sixteen.kid)
  })
})

describe('rolling back', () => {
  it('stages the key again, remembers its first staging, and replaces the pending one', () => {
    const given = pending({ request: 'monthly' })
    const current = entry('current', {
      stagedAt: at(-9_000),
      appliedAt: at(-8_000),
      late: ['a'],
      emergency: true,
    })
    const rolled = rollBack(keyset([given, current]), { ttlMs: TTL, request: 'back' }, NOW)
    const { kid, key } = current
    expect(rolled.keys).toEqual([
      {
        kid,
        key,
        state: 'pending',
        stagedAt: at(0),
        firstStagedAt: at(-9_000),
        appliedAt: at(-8_000),
        knownFrom: at(TTL),
        request: 'back',
        displaced: true,
        extra: {},
      },
      {
        kid: given.kid,
        key: given.key,
        state: 'previous',
        stagedAt: given.stagedAt,
        request: 'monthly',
        clearedAt: null,
        extra: {},
      },
    ])
    expect(rolled.keys.map(isRollback)).toEqual([true, false])
  })

  it('displaces nothing if nothing is pending, and keeps the current key in place', () => {
    const current = entry('current', { appliedAt: at(-1_000) })
    const before = entry('previous', { stagedAt: at(-9_000), appliedAt: at(-8_000), clearedAt: at(-1_000) })
    const [again, ...others] = rollBack(keyset([current, before]), { ttlMs: TTL }, NOW).keys
    expect(again).not.toHaveProperty('displaced')
    expect(again).not.toHaveProperty('clearedAt')
    expect(others).toEqual([current])
  })

  it('keeps the very first staging, however often it is repeated, and null for an imported key', () => {
    const twice = entry('previous', { stagedAt: at(-1_000), firstStagedAt: at(-9_000), appliedAt: at(-900) })
    expect(rollBack(keyset([twice]), { ttlMs: TTL }, NOW).keys[0]?.firstStagedAt).toBe(at(-9_000))
    const imported = entry('previous')
    expect(rollBack(keyset([imported]), { ttlMs: TTL }, NOW).keys[0]?.firstStagedAt).toBeNull()
    const again = entry('previous', { stagedAt: at(-1_000), firstStagedAt: null, appliedAt: at(-900) })
    expect(rollBack(keyset([again]), { ttlMs: TTL }, NOW).keys[0]?.firstStagedAt).toBeNull()
  })

  it('is refused if no key is left to go back to', () => {
    expect(() => rollBack(keyset([entry('current')]), { ttlMs: TTL }, NOW)).toThrow(
      expect.objectContaining({
        code: 'noRollback',
        message: 'group default has no earlier trusted key; start a new rotation instead',
      }),
    )
  })
})

describe('an emergency', () => {
  const options = { ttlMs: TTL, request: 'leak', leaked: [], onRunningStreams: 'interrupt' } as const

  it('stages its own key, displacing a pending one', () => {
    const displacedKey = pending({ displaced: true })
    const current = entry('current', { clearedAt: at(-5), found: true, compromisedAt: at(-7), late: ['a'] })
    const key = Key.generate()
    const { keys } = startEmergency(keyset([displacedKey, current]), key, options, NOW)
    expect(keys).toEqual([
      {
        kid: key.kid,
        key,
        state: 'pending',
        createdAt: at(0),
        stagedAt: at(0),
        knownFrom: at(TTL),
        emergency: true,
        onRunningStreams: 'interrupt',
        displaced: true,
        request: 'leak',
        extra: {},
      },
      {
        kid: displacedKey.kid,
        key: displacedKey.key,
        state: 'compromised',
        stagedAt: displacedKey.stagedAt,
        clearedAt: null,
        compromisedAt: at(0),
        onRunningStreams: 'interrupt',
        extra: {},
      },
      {
        kid: current.kid,
        key: current.key,
        state: 'compromised',
        clearedAt: at(-5),
        compromisedAt: at(-7),
        onRunningStreams: 'interrupt',
        extra: {},
      },
    ])
  })

  it('displaces nothing if nothing is pending', () => {
    const [fresh] = startEmergency(keyset([entry('current')]), Key.generate(), options, NOW).keys
    expect(fresh).not.toHaveProperty('displaced')
  })

  it('for one key spares the others, except that the pending one becomes previous', () => {
    const [waiting, current, leaked] = [pending(), entry('current'), entry('previous')]
    const before = keyset([waiting, current, leaked])
    const { keys } = startEmergency(before, Key.generate(), { ...options, leaked: [leaked.kid] }, NOW)
    expect(keys.map(({ state }) => state)).toEqual(['pending', 'current', 'previous', 'compromised'])
    expect(keys[2]).toEqual({
      kid: waiting.kid,
      key: waiting.key,
      state: 'previous',
      stagedAt: waiting.stagedAt,
      clearedAt: null,
      extra: {},
    })
  })

  it('distrusts only the named keys if it continues', () => {
    const [fresh, leaked, other] = [pending({ emergency: true }), entry('previous'), entry('previous')]
    const { keys } = distrust(
      keyset([fresh, leaked, other]),
      { leaked: [leaked.kid], onRunningStreams: 'reject' },
      NOW,
    )
    expect(keys.slice(0, 2)).toEqual([fresh, other])
    expect(keys[2]).toMatchObject({ kid: leaked.kid, state: 'compromised', onRunningStreams: 'reject' })
  })
})

describe('importing', () => {
  it('adds each unknown key once, as the newest previous one', () => {
    const [known, revoked, fresh] = [entry('previous'), Key.generate(), Key.generate()]
    const current = entry('current')
    const before = keyset([current, known], { revoked: [{ kid: revoked.kid, at: at(-1), extra: {} }] })
    expect(importPrevious(before, [known.key, revoked, fresh, fresh], NOW).keys).toEqual([
      current,
      { kid: fresh.kid, key: fresh, state: 'previous', createdAt: at(0), clearedAt: null, extra: {} },
      known,
    ])
  })

  it('trusts none of them in an emergency', () => {
    const key = Key.generate()
    expect(importCompromised(keyset([]), [key], 'interrupt', NOW).keys).toEqual([
      {
        kid: key.kid,
        key,
        state: 'compromised',
        createdAt: at(0),
        clearedAt: null,
        compromisedAt: at(0),
        onRunningStreams: 'interrupt',
        extra: {},
      },
    ])
  })

  it('quarantines found keys, and records that the pending key is not an emergency’s', () => {
    const fresh = pending()
    const key = Key.generate()
    const [target, found] = importFound(keyset([fresh]), [key], NOW).keys
    expect(target).toEqual({ ...fresh, emergency: false })
    expect(found).toEqual({
      kid: key.kid,
      key,
      state: 'compromised',
      createdAt: at(0),
      clearedAt: null,
      compromisedAt: at(0),
      onRunningStreams: 'quarantine',
      found: true,
      extra: {},
    })
  })

  it('leaves an emergency’s key and the current one unchanged if keys are found', () => {
    const [fresh, current] = [pending({ emergency: true }), entry('current')]
    expect(importFound(keyset([fresh, current]), [Key.generate()], NOW).keys.slice(0, 2)).toEqual([
      fresh,
      current,
    ])
  })

  it('changes nothing if no key was found', () => {
    const before = keyset([pending()])
    expect(importFound(before, [], NOW)).toBe(before)
  })

  it('keeps the eight newest found keys, and every key that leaked', () => {
    const leaked = entry('compromised', { compromisedAt: at(-1), onRunningStreams: 'reject' })
    const old = Array.from({ length: 7 }, () => Key.generate())
    const before = importFound(keyset([leaked]), old, NOW)
    const fresh = [Key.generate(), Key.generate()]
    const kids = importFound(before, fresh, NOW).keys.map(({ kid }) => kid)
    expect(kids).toEqual([...fresh, ...old.slice(0, 6), leaked].map(({ kid }) => kid))
  })

  it('trusts found keys, but no leaked one, if others set keys too', () => {
    const leaked = entry('compromised', { compromisedAt: at(-1), onRunningStreams: 'reject' })
    const before = importFound(keyset([leaked]), [Key.generate()], NOW)
    const [found] = before.keys
    expect(trustFound(before).keys).toEqual([
      { kid: found?.kid, key: found?.key, state: 'previous', createdAt: at(0), clearedAt: null, extra: {} },
      leaked,
    ])
    const without = keyset([leaked])
    expect(trustFound(without)).toBe(without)
  })
})

describe('noting', () => {
  const [old, gone, fresh, current] = [
    entry('previous', { clearedAt: null }),
    entry('previous', { clearedAt: at(-9_000) }),
    pending(),
    entry('current'),
  ]
  const before = keyset([fresh, current, old, gone])

  it('clears old keys that no domain is on, once all domains were read', () => {
    const { keys } = noteDomains(before, new Set([current.kid]), true, NOW)
    expect(keys).toEqual([fresh, current, { ...old, clearedAt: at(0) }, gone])
    expect(noteDomains(before, new Set(), false, NOW)).toBe(before)
    // Nothing new of a key that a domain is on still.
    expect(noteDomains(before, new Set([old.kid]), false, NOW)).toBe(before)
  })

  it('undoes that for a key that a domain is on again', () => {
    const back = new Set([gone.kid, old.kid])
    expect(noteDomains(before, back, false, NOW).keys).toEqual([
      fresh,
      current,
      old,
      { ...gone, clearedAt: null },
    ])
  })

  it('names late domains once, sorted, on the current key', () => {
    const late = noteLate(before, ['b', 'a', 'b'])
    expect(late.keys).toEqual([fresh, { ...current, late: ['a', 'b'] }, old, gone])
    expect(noteLate(late, ['a'])).toBe(late)
    expect(noteLate(late, ['c']).keys[1]?.late).toEqual(['a', 'b', 'c'])
    const every = keyset([{ ...current, late: ['*'] }])
    expect(noteLate(every, ['a'])).toBe(every)
    const without = keyset([old])
    expect(noteLate(without, ['a'])).toBe(without)
  })

  it('distinguishes late domains from the others', () => {
    expect(isLate({ ...current, late: ['a'] }, 'a')).toBe(true)
    expect(isLate({ ...current, late: ['a'] }, 'b')).toBe(false)
    expect(isLate({ ...current, late: ['*'] }, 'b')).toBe(true)
    expect(isLate(current, 'b')).toBe(false)
  })

  it('records discovered domains sorted, and drops the field with the last of them', () => {
    const found = noteDiscovered(before, ['b', 'a'])
    expect(found.discovered).toEqual(['a', 'b'])
    expect(noteDiscovered(found, ['a', 'b'])).toBe(found)
    expect(noteDiscovered(found, [])).not.toHaveProperty('discovered')
    expect(noteDiscovered(before, [])).toBe(before)
  })
})

describe('leaving', () => {
  it('is retiring for previous keys and being revoked, newest first, for leaked ones', () => {
    const [kept, going, leaked] = [entry('previous'), entry('previous'), entry('compromised')]
    const earlier = { kid: '0'.repeat(12), at: at(-1), extra: { why: 'leak' } }
    const before = keyset([kept, going, leaked], { revoked: [earlier] })
    const kids = [going.kid, leaked.kid]
    expect(retire(before, kids).keys).toEqual([kept, leaked])
    const after = revoke(before, kids, new Set(), NOW)
    expect(after.keys).toEqual([kept, going])
    expect(after.revoked).toEqual([{ kid: leaked.kid, at: at(0), extra: {} }, earlier])
  })
})

describe('the next revision', () => {
  it('has the next number, the ttl and the time, and forgets a wait that is over', () => {
    const base = keyset([], { cachedUntil: at(1), ttl: 1_000 })
    const next = nextRevision(base, { ...base, group: 'changed' }, 5_000, NOW)
    expect(next).toEqual({
      ...newKeyset('changed', 'abc'),
      revision: 8,
      ttl: 5_000,
      updatedAt: at(0),
    })
  })

  it('remembers the longer wait, that of the previous document or of earlier ones', () => {
    expect(nextRevision(keyset([]), keyset([]), 1_000, NOW).cachedUntil).toBe(at(TTL))
    const older = keyset([], { cachedUntil: at(90_000) })
    expect(nextRevision(older, older, 1_000, NOW).cachedUntil).toBe(at(90_000))
    expect(nextRevision(keyset([]), keyset([]), TTL, NOW)).not.toHaveProperty('cachedUntil')
  })

  it('knows what receivers hold: nothing before the first', () => {
    expect(receiversHoldUntil({ ...newKeyset('default', 'abc'), ttl: TTL }, NOW)).toBe(NOW)
    expect(receiversHoldUntil(keyset([]), NOW)).toBe(NOW + TTL)
    expect(receiversHoldUntil(keyset([], { cachedUntil: at(TTL + 1) }), NOW)).toBe(NOW + TTL + 1)
  })
})

describe('a document that was stored late', () => {
  const fresh = pending()
  const base = keyset([fresh, entry('current')], { updatedAt: at(-5_000) })

  it('is late by the gap between its times and KMS’s', () => {
    expect(stagedLate(fresh, base, NOW)).toBe(5_000)
    expect(stagedLate(fresh, base, NOW - 6_000)).toBe(0)
    expect(stagedLate(fresh, base, undefined)).toBe(0)
    expect(stagedLate(fresh, { ...base, updatedAt: at(-4_000) }, NOW)).toBe(0)
    const imported = entry('pending')
    expect(stagedLate(imported, base, NOW)).toBe(0)
  })

  it('shifts its times by that gap, and those of keys that were staged with it', () => {
    const older = entry('pending', { stagedAt: at(-6_000), knownFrom: at(55_000) })
    const late = asLateAsStored({ ...base, keys: [...base.keys, older], cachedUntil: at(90_000) }, NOW)
    expect(late.cachedUntil).toBe(at(95_000))
    expect(late.keys).toEqual([{ ...fresh, knownFrom: at(60_000) }, ...base.keys.slice(1), older])
    const { knownFrom: _, ...imported } = fresh
    expect(asLateAsStored({ ...base, keys: [imported] }, NOW).keys).toEqual([imported])
    expect(asLateAsStored(base, NOW)).not.toHaveProperty('cachedUntil')
  })

  it('is unchanged if it was stored in time, or if that is unknown', () => {
    for (const storedAt of [undefined, NOW - 5_000, NOW - 6_000])
      expect(asLateAsStored(base, storedAt)).toBe(base)
  })
})

it('orders keys by state, and keeps their order within a state', () => {
  const keys = [entry('compromised'), entry('previous'), entry('previous'), entry('current'), pending()]
  const [leaked, newer, older, current, fresh] = keys.map(({ kid }) => kid)
  expect(inOrder(keyset(keys)).keys.map(({ kid }) => kid)).toEqual([fresh, current, newer, older, leaked])
})
