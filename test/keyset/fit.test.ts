import { describe, expect, it } from 'vitest'
import { hasCode } from '../../lib/core/errors.ts'
import { Key } from '../../lib/keyset/key.ts'
import { newKeyset, type KeyEntry, type Keyset, type KeyState } from '../../lib/keyset/keyset.ts'
import { startEmergency } from '../../lib/keyset/moves/emergency.ts'
import { importCompromised } from '../../lib/keyset/moves/import-keys.ts'
import { noteLate } from '../../lib/keyset/moves/notes.ts'
import { promote, stage } from '../../lib/keyset/moves/stage.ts'
import { fit, KEYSET_MAX_BYTES, keysetBytes, type Fitted } from '../../lib/keyset/room.ts'

// To the byte: a field of somebody else pads the document until it fits no more.

const NOW = Date.UTC(2026, 10, 24, 8)
const at = new Date(NOW).toISOString()
let made = 0
const keyOf = (length = 32): Key => Key.of(`${made++}-${'k'.repeat(length)}`.slice(0, length))
const entry = (state: KeyState, fields: Partial<KeyEntry> = {}): KeyEntry => {
  const key = fields.key ?? keyOf()
  return { kid: key.kid, key, state, extra: {}, ...fields }
}
const leaked = (fields: Partial<KeyEntry> = {}): KeyEntry =>
  entry('compromised', { compromisedAt: at, onRunningStreams: 'quarantine', clearedAt: null, ...fields })

function keyset(keys: readonly KeyEntry[], fields: Partial<Keyset> = {}): Keyset {
  return { ...newKeyset('default', 'abcabcabcabc'), revision: 7, ttl: 60_000, updatedAt: at, keys, ...fields }
}
const padded = (document: Keyset, bytes: number): Keyset => ({
  ...document,
  extra: { ...document.extra, pad: 'x'.repeat(bytes) },
})

function fits(base: Keyset, changed: Keyset): Fitted | null {
  try {
    return fit(base, changed, NOW)
  } catch (error) {
    if (!hasCode(error, 'keysetFull')) throw error
    return null
  }
}

/** The largest pad for which `passes` is true. */
function largest(passes: (bytes: number) => boolean): number {
  let [least, most] = [0, KEYSET_MAX_BYTES]
  while (least < most) {
    const middle = Math.ceil((least + most) / 2)
    if (passes(middle)) least = middle
    else most = middle - 1
  }
  return least
}

/** How many bytes a change of this document must leave free. */
function reserved(document: Keyset): number {
  const pad = largest((bytes) => fits(keyset([]), padded(document, bytes)) !== null)
  return KEYSET_MAX_BYTES - keysetBytes(padded(document, pad))
}

const emergencyOf = (document: Keyset, request = 'leak'): Keyset =>
  startEmergency(
    document,
    keyOf(),
    { leaked: [], ttlMs: 60_000, request, onRunningStreams: 'quarantine' },
    NOW,
  )

describe('a change leaves room', () => {
  const times = { createdAt: at, stagedAt: at, appliedAt: at, clearedAt: at, compromisedAt: at }
  const empty = reserved(keyset([]))

  it('for the largest emergency, and for its promotion and its end', () => {
    const emergency = emergencyOf(keyset([]), 'x'.repeat(800))
    const [fresh] = emergency.keys
    const full: Keyset = {
      ...emergency,
      revision: 99_999_999,
      ttl: 86_400_000,
      cachedUntil: at,
      keys: fresh ? [{ ...fresh, ...times, signsFrom: at, late: ['*'] }] : [],
      revoked: Array.from({ length: 64 }, (_, n) => ({ kid: String(n).padStart(12, '0'), at, extra: {} })),
    }
    expect(empty).toBe(keysetBytes(full) - keysetBytes(keyset([])))
  })

  it('for every field that its keys may get in an emergency', () => {
    const old = entry('previous')
    const distrusted = leaked({ ...old, ...times, state: 'compromised' })
    const takes = keysetBytes(keyset([distrusted])) - keysetBytes(keyset([old]))
    const comma = 1
    expect(reserved(keyset([old])) - empty).toBe(takes + comma)
    expect(reserved(keyset([distrusted]))).toBe(empty + comma)
    // One that is pending is displaced then.
    expect(reserved(keyset([entry('pending')])) - reserved(keyset([entry('previous')]))).toBe(
      ',"displaced":true'.length + 'previous'.length - 'pending'.length,
    )
  })

  it('minus what is already there: revoked kids, a long number and a long ttl', () => {
    const revoked = [{ kid: '0'.repeat(12), at, extra: {} }]
    expect(reserved(keyset([], { revoked }))).toBe(
      empty - JSON.stringify({ kid: '0'.repeat(12), at }).length - 1 + 1,
    )
    expect(reserved(keyset([], { revision: 99_999_999 }))).toBe(empty - 7)
    expect(reserved(keyset([], { ttl: 86_400_000 }))).toBe(empty - 3)
    expect(reserved(keyset([], { cachedUntil: at }))).toBe(empty - `,"cachedUntil":"${at}"`.length)
  })

  it('or needs none: a document that is too full may stay as it is', () => {
    const document = keyset([entry('current')])
    const pad = largest((bytes) => fits(keyset([]), padded(document, bytes)) !== null)
    const full = padded(document, pad + 500)
    expect(fits(keyset([]), full)).toBeNull()
    expect(fits(full, { ...full, updatedAt: new Date(NOW + 1).toISOString() })?.gaveWay).toEqual([])
    expect(fits(full, padded(document, pad + 501))).toBeNull()
    expect(fits(full, { ...full, keys: [...full.keys, entry('previous')] })).toBeNull()
  })

  it('or says how full it is, and what to do', () => {
    const document = padded(keyset([entry('current'), entry('previous')]), KEYSET_MAX_BYTES)
    expect(() => fit(keyset([]), document, NOW)).toThrow(
      /^the keyset of group default has 2 keys and no room for another one \(3\d{4} bytes with the room reserved for an emergency; KMS allows 30720\)\. Let old keys retire \(push the streams that sign with them again, or lower overlap\.max\), or split the group$/,
    )
  })
})

describe('what makes room for keys', () => {
  it('first the names of discovered domains, in bytes', () => {
    const names = (bytes: number): string[] => ['x'.repeat(bytes - JSON.stringify(['']).length)]
    expect(fits(keyset([]), keyset([], { discovered: names(8_192) }))?.gaveWay).toEqual([])
    const { keyset: saved, gaveWay } = fit(keyset([]), keyset([], { discovered: names(8_193) }), NOW)
    expect([saved.discovered, gaveWay]).toEqual([undefined, [{ kind: 'discovered' }]])
  })

  it('then the ids of served requests, as soon as an emergency would not fit', () => {
    const current = entry('current')
    const document = (pad: number): Keyset => {
      const base = padded(keyset([current]), pad)
      return { ...base, extra: { ...base.extra, served: { 'rotation:000000000000': at } }, discovered: ['a'] }
    }
    const both = largest((pad) => fits(keyset([]), document(pad))?.keyset.discovered !== undefined)
    expect(fit(keyset([]), document(both), NOW)).toEqual({ keyset: document(both), gaveWay: [] })
    const served = largest((pad) => fits(keyset([]), document(pad))?.keyset.extra['served'] !== undefined)
    expect(served - both).toBe('"discovered":["a"],'.length)
    const without = fit(keyset([]), document(served + 1), NOW)
    expect(without.gaveWay).toEqual([{ kind: 'discovered' }])
    expect(without.keyset.extra).toEqual({ pad: 'x'.repeat(served + 1) })
  })

  it('the names of late domains: above thirty, and if keys need the room', () => {
    const names = (count: number): string[] =>
      Array.from({ length: count }, (_, n) => `live${n + 10}.${'a'.repeat(60)}.example.com`)
    const old = entry('previous', { late: ['kept'] })
    const current = entry('current')
    // With as many revoked kids as are kept: an emergency adds none.
    const revoked = Array.from({ length: 64 }, (_, n) => ({
      kid: String(n).padStart(12, '0'),
      at,
      extra: {},
    }))
    const document = (count: number, pad: number): Keyset =>
      padded(keyset([{ ...current, late: names(count) }, old], { revoked }), pad)
    expect(fits(keyset([]), document(30, 0))?.gaveWay).toEqual([])
    const many = fit(keyset([]), document(31, 0), NOW)
    expect([many.keyset.keys[0]?.late, many.gaveWay]).toEqual([['*'], [{ kind: 'late' }]])
    expect(many.keyset.keys[1]).toEqual(old)
    // Named for as long as they fit into what KMS stores, since they go with the key.
    const pad = largest((bytes) => {
      const fitted = fits(keyset([]), document(30, bytes))
      return fitted !== null && fitted.gaveWay.length === 0
    })
    const tight = fits(keyset([]), document(30, pad + 1))
    expect([tight?.keyset.keys[0]?.late, tight?.gaveWay]).toEqual([['*'], [{ kind: 'late' }]])
  })

  it('the hashes of known domains: above 8,192 bytes, and if keys need the room', () => {
    const known = 'abcdef'.repeat(1_365)
    expect(fits(keyset([]), keyset([], { known }))?.gaveWay).toEqual([])
    const many = fit(keyset([]), keyset([], { known: `${known}abcdef` }), NOW)
    expect([many.keyset.known, many.gaveWay]).toEqual(['*', [{ kind: 'everyDomainKnown' }]])
    const pad = largest(
      (bytes) => fits(keyset([]), padded(keyset([], { known }), bytes))?.gaveWay.length === 0,
    )
    const tight = fits(keyset([]), padded(keyset([], { known }), pad + 1))
    expect([tight?.keyset.known, tight?.gaveWay]).toEqual(['*', [{ kind: 'everyDomainKnown' }]])
  })

  it('nothing if there is nothing: no field is invented', () => {
    const bare = keyset([entry('current')])
    const pad = largest((bytes) => fits(keyset([]), padded(bare, bytes)) !== null)
    const { keyset: saved } = fit(keyset([]), padded(bare, pad), NOW)
    expect(saved).toEqual(padded(bare, pad))
    const none = keyset([entry('current')], { known: '' })
    const left = largest((bytes) => fits(keyset([]), padded(none, bytes)) !== null)
    expect(fit(keyset([]), padded(none, left), NOW).keyset.known).toBe('')
  })
})

describe('an emergency', () => {
  /** What is left of an emergency on a document that is padded to `bytes` in all. */
  function fittedAt(bytes: number, base: Keyset, changed: (base: Keyset) => Keyset): Fitted {
    const pad = bytes - keysetBytes(padded(base, 0))
    return fit(padded(base, pad), changed(padded(base, pad)), NOW)
  }
  const found = [keyOf(200), keyOf(200)]
  const withFound = (base: Keyset): Keyset => importCompromised(emergencyOf(base), found, 'quarantine', NOW)

  it('uses the reserved room, and nothing is dropped', () => {
    const base = keyset([entry('current'), entry('previous')])
    const pad = largest((bytes) => fits(keyset([]), padded(base, bytes)) !== null)
    const full = padded(base, pad)
    expect(fit(full, emergencyOf(full, 'x'.repeat(800)), NOW).gaveWay).toEqual([])
  })

  it('leaves out newly found keys before any in the document', () => {
    const base = keyset([entry('current'), entry('previous')])
    const { keyset: saved, gaveWay } = fittedAt(29_600, base, withFound)
    expect(gaveWay).toEqual([{ kind: 'foundKeysRefused', kids: found.map(({ kid }) => kid) }])
    expect(saved.keys.map(({ state }) => state)).toEqual(['pending', 'compromised', 'compromised'])
    expect(saved.revoked).toEqual([])
    expect(fittedAt(20_000, base, withFound).gaveWay).toEqual([])
  })

  it('then revokes the oldest leaked keys, one by one', () => {
    const keys = [
      entry('current', { key: keyOf(250) }),
      entry('previous', { key: keyOf(250) }),
      entry('previous', { key: keyOf(250) }),
    ]
    const base = keyset(keys)
    const one = fittedAt(29_800, base, emergencyOf)
    const kids = keys.map(({ kid }) => kid)
    expect(one.gaveWay).toEqual([{ kind: 'leakedKeysRefused', kids: [kids[2]] }])
    expect(one.keyset.revoked).toEqual([{ kid: kids[2], at, extra: {} }])
    expect(one.keyset.keys.slice(1).map(({ kid }) => kid)).toEqual(kids.slice(0, 2))
    const more = fittedAt(30_300, base, withFound)
    expect(more.gaveWay).toEqual([
      { kind: 'foundKeysRefused', kids: found.map(({ kid }) => kid) },
      { kind: 'leakedKeysRefused', kids: expect.arrayContaining([kids[2], kids[1]]) as unknown },
    ])
  })

  it('keeps every revoked kid, however many there are', () => {
    const revoked = Array.from({ length: 70 }, (_, n) => ({
      kid: String(n).padStart(12, '0'),
      at,
      extra: {},
    }))
    const base = keyset([entry('current', { key: keyOf(250) }), entry('previous', { key: keyOf(250) })], {
      revoked,
    })
    const { keyset: saved } = fittedAt(29_900, base, emergencyOf)
    expect(saved.revoked.length).toBeGreaterThan(70)
  })

  it('fails only if its own key has no room', () => {
    const base = padded(keyset([]), KEYSET_MAX_BYTES - keysetBytes(padded(keyset([]), 0)) - 20)
    expect(fits(base, emergencyOf(base))).toBeNull()
  })

  it('drops the names of late domains, then the hashes of known ones, before any key', () => {
    const current = entry('current', { late: ['live1.example.com', 'live2.example.com'] })
    // A key that leaks later while the current one stays trusted.
    const base = keyset([current, entry('previous', { key: keyOf(250) })], { known: 'abcdef'.repeat(50) })
    const leak = (document: Keyset): Keyset => ({
      ...document,
      keys: document.keys.map((each) =>
        each.state === 'previous' ? leaked({ ...each, state: 'compromised' }) : each,
      ),
    })
    const kinds = (bytes: number): string[] => fittedAt(bytes, base, leak).gaveWay.map(({ kind }) => kind)
    const seen = new Set<string>()
    for (let bytes = 29_000; bytes <= 30_700; bytes += 5) seen.add(kinds(bytes).join())
    expect([...seen]).toEqual([
      '',
      'late',
      'late,everyDomainKnown',
      'late,everyDomainKnown,leakedKeysRefused',
    ])
  })

  it('includes the run that finishes it: its key is pending, or a trusted key loses its trust', () => {
    const base = keyset([entry('current'), entry('previous', { key: keyOf(250) })])
    const pad = largest((bytes) => fits(keyset([]), padded(base, bytes)) !== null)
    const full = padded(base, pad + 300)
    const request = { ttlMs: 60_000, request: 'monthly' }
    // A stage is no emergency, and has no right to the room.
    expect(fits(full, stage(full, keyOf(), request, NOW))).toBeNull()
    const leakedBefore = { ...full, keys: [...full.keys, leaked()] }
    expect(fits(leakedBefore, stage(leakedBefore, keyOf(), request, NOW))).toBeNull()
    const emergency = emergencyOf(full)
    const saved = fit(full, emergency, NOW).keyset
    const seen = importCompromised(saved, [keyOf(20)], 'quarantine', NOW)
    expect(fits(saved, seen)).not.toBeNull()
    expect(fits(saved, noteLate(promote(saved, NOW), ['live1.example.com']))).not.toBeNull()
  })
})
