import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RotatorError } from '../../lib/core/errors.ts'
import { readKeyset, serializeKeyset } from '../../lib/keyset/document.ts'
import { InvalidKeyset } from '../../lib/keyset/invalid.ts'
import { Key, kidOf } from '../../lib/keyset/key.ts'
import { keysetBytes } from '../../lib/keyset/room.ts'
import { signCallback } from '../../lib/keyset/signature.ts'

const KEY = 'a'.repeat(32)
const OTHER = 'b'.repeat(32)
const AT = '2026-11-24T08:00:00.000Z'

function document(overrides: object = {}): Record<string, unknown> {
  return {
    format: 'live-keyset/1',
    lineage: '5b0c2f9e41d7',
    group: 'default',
    revision: 7,
    ttl: 60_000,
    updatedAt: AT,
    keys: [{ kid: kidOf(KEY), key: KEY, state: 'current', createdAt: AT, stagedAt: AT, appliedAt: AT }],
    revoked: [{ kid: '41d041d041d0', at: AT }],
    ...overrides,
  }
}

const entry = (key: string, state: string, overrides: object = {}): object => ({
  kid: kidOf(key),
  key,
  state,
  stagedAt: AT,
  appliedAt: AT,
  compromisedAt: AT,
  onRunningStreams: 'quarantine',
  ...overrides,
})

describe('a key', () => {
  it('has 32 letters and digits, each as likely as the others', () => {
    const counts = new Map<string, number>()
    for (let i = 0; i < 3_000; i++) {
      const value = Key.generate().reveal()
      expect(value).toMatch(/^[A-Za-z0-9]{32}$/)
      for (const char of value) counts.set(char, (counts.get(char) ?? 0) + 1)
    }
    expect(counts.size).toBe(62)
    // 96,000 draws: 1548 each on average, and six standard deviations are 234.
    for (const count of counts.values()) expect(Math.abs(count - 1548)).toBeLessThan(234)
  })

  it('is never printed by accident', () => {
    const key = Key.of(KEY)
    const shown = [
      String(key),
      JSON.stringify({ key }),
      inspect({ key }),
      key.toString(),
      inspect(key, { showHidden: true }),
    ]
    for (const text of shown) {
      expect(text).not.toContain(KEY)
      expect(text).toContain(kidOf(KEY).slice(0, 4))
    }
  })

  it('may be 1 to 256 characters of anything', () => {
    expect(Key.of('|').reveal()).toBe('|')
    expect(() => Key.of('')).toThrow(TypeError)
    expect(() => Key.of('x'.repeat(257))).toThrow(/1 to 256/)
  })

  it('has the kid of the contract', () => {
    expect(kidOf('yourkey')).toBe('62a750c45a06')
    expect(Key.of('yourkey').kid).toBe('62a750c45a06')
  })
})

it('signs as Live does', () => {
  expect(signCallback('learn.aliyundoc.com', '1519375990', 'yourkey')).toBe(
    '9e226fc2c250be266e3657e156f68c12',
  )
})

describe('the keyset document', () => {
  it('is written back as it was read, including the fields of a newer version', () => {
    const text = JSON.stringify(
      document({
        later: { a: [1] },
        keys: [{ ...entry(KEY, 'previous', { clearedAt: null }), note: 'kept' }],
        revoked: [{ kid: '41d041d041d0', at: AT, why: 'leak' }],
      }),
    )
    expect(JSON.parse(serializeKeyset(readKeyset(text)))).toEqual(JSON.parse(text))
    expect(keysetBytes(readKeyset(text))).toBe(Buffer.byteLength(serializeKeyset(readKeyset(text))))
  })

  it.each<[string, object, RegExp]>([
    ['another format', { format: 'live-keyset/2' }, /format must be "live-keyset\/1"/],
    ['no lineage', { lineage: '' }, /lineage must be a non-empty string/],
    ['a revision of 0', { revision: 0 }, /revision must be a whole number from 1/],
    ['a ttl that is a text', { ttl: '60s' }, /ttl must be a whole number/],
    ['a time that is none', { updatedAt: 'yesterday' }, /updatedAt must be a time/],
    ['no list of keys', { keys: {} }, /keys must be an array/],
    ['a key that is no object', { keys: [KEY] }, /keys\[0\] must be an object/],
    [
      'an unknown state',
      { keys: [entry(KEY, 'retired')] },
      /keys\[0\]\.state must be one of pending, current/,
    ],
    [
      'a kid of another key',
      { keys: [{ ...entry(KEY, 'current'), kid: kidOf(OTHER) }] },
      /keys\[0\]\.kid must be the kid/,
    ],
    [
      'a key that is too long',
      { keys: [entry('x'.repeat(257), 'current')] },
      /keys\[0\]\.key must have 1 to 256/,
    ],
    [
      'two pending keys',
      { keys: [entry(KEY, 'pending'), entry(OTHER, 'pending')] },
      /keys\[1\]\.state makes a second pending/,
    ],
    [
      'two current keys',
      { keys: [entry(KEY, 'current'), entry(OTHER, 'current')] },
      /keys\[1\]\.state makes a second current/,
    ],
    [
      'keys out of order',
      { keys: [entry(KEY, 'previous'), entry(OTHER, 'current')] },
      /keys\[1\]\.state is out of order/,
    ],
    [
      'a key twice',
      { keys: [entry(KEY, 'current'), entry(KEY, 'previous')] },
      /keys\[1\]\.kid appears twice/,
    ],
    [
      'a revoked key',
      { keys: [entry(KEY, 'current')], revoked: [{ kid: kidOf(KEY), at: AT }] },
      /revoked\[0\]\.kid is also/,
    ],
    [
      'a pending key without a time',
      { keys: [entry(KEY, 'pending', { stagedAt: undefined })] },
      /stagedAt is required/,
    ],
    [
      'a compromised key without a choice',
      { keys: [entry(KEY, 'compromised', { onRunningStreams: undefined })] },
      /onRunningStreams is required/,
    ],
    [
      'a choice that is none',
      { keys: [entry(KEY, 'compromised', { onRunningStreams: 'cut' })] },
      /onRunningStreams must be one of/,
    ],
  ])('is refused with %s, by the name of the field', (_, overrides, message) => {
    expect(() => readKeyset(JSON.stringify(document(overrides)))).toThrow(message)
  })

  describe('is invalid beyond its bounds', () => {
    const storedAt = Date.parse(AT)
    const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`
    const withExtra = (text: string): string => JSON.stringify(document()).replace(/}$/, `,"extra":${text}}`)

    it.each<[string, object, RegExp]>([
      ['a ttl of 999 ms', { ttl: 999 }, /: ttl must be a whole number from 1000 to 86400000/],
      ['a ttl of a day and a bit', { ttl: 86_400_001 }, /: ttl must be a whole number from 1000 to 86400000/],
      ['a ttl of 2^53', { ttl: 2 ** 53 }, /: ttl must be/],
      [
        'a revision past the last version',
        { revision: 100_000_000 },
        /: revision must be a whole number from 1 to 99999999/,
      ],
      ['a revision of 2^53', { revision: 2 ** 53 }, /: revision must be/],
      [
        'a revision of another version',
        { revision: 8 },
        /: revision is 8, which is not the number of its version/,
      ],
      [
        'a save two days ahead',
        { updatedAt: '2026-11-26T08:00:00.001Z' },
        /: updatedAt is more than a day later/,
      ],
      [
        'a staging two days ahead',
        { keys: [entry(KEY, 'current', { stagedAt: '2026-11-26T08:00:00Z' })] },
        /: keys\[0\]\.stagedAt is more than a day later/,
      ],
      [
        'a first staging two days ahead',
        { keys: [entry(KEY, 'current', { firstStagedAt: '2026-11-26T08:00:00Z' })] },
        /: keys\[0\]\.firstStagedAt is more than a day later/,
      ],
      [
        'a revocation two days ahead',
        { revoked: [{ kid: '41d041d041d0', at: '2026-11-26T08:00:00Z' }] },
        /: revoked\[0\]\.at is more than a day later/,
      ],
    ])('with %s', (_, overrides, message) => {
      const read = (): unknown => readKeyset(document(overrides), { versionId: 'keyset-00000007', storedAt })
      expect(read).toThrow(InvalidKeyset)
      expect(read).toThrow(message)
    })

    it('accepts what is just within them', () => {
      const day = '2026-11-25T08:00:00.000Z'
      for (const overrides of [{ ttl: 1_000 }, { ttl: 86_400_000 }, { updatedAt: day }])
        expect(readKeyset(document(overrides), { storedAt })).toMatchObject(overrides)
      const last = document({ revision: 99_999_999 })
      expect(readKeyset(last, { versionId: 'keyset-99999999' }).revision).toBe(99_999_999)
      expect(readKeyset(withExtra(nested(15))).extra['extra']).toBeDefined()
    })

    it('treats a wait that ends later as one that ends a day after the save', () => {
      const far = '2031-01-01T00:00:00.000Z'
      const keys = [entry(KEY, 'pending', { knownFrom: far })]
      const keyset = readKeyset(document({ cachedUntil: far, keys }), { storedAt })
      expect(keyset.cachedUntil).toBe('2026-11-25T08:00:00.000Z')
      expect(keyset.keys[0]?.knownFrom).toBe('2026-11-25T08:00:00.000Z')
    })

    it('if it is nested deeper than 16 levels, however it is quoted', () => {
      for (const levels of [16, 5_000, 100_000]) {
        const deep = withExtra(nested(levels))
        expect(() => readKeyset(deep)).toThrow(/must be at most 16 levels deep/)
      }
      let value: unknown = {}
      for (let level = 0; level < 50_000; level++) value = { a: [value] }
      expect(() => readKeyset(document({ extra: value }))).toThrow(/must be at most 16 levels deep/)
      const brackets = `"\\"${'['.repeat(40)}\\\\"`
      expect(readKeyset(withExtra(brackets)).extra['extra']).toBe(JSON.parse(brackets))
    })

    it('if it is larger than any pretty-printed document, without parsing it', () => {
      expect(() => readKeyset(`{"a":"${'x'.repeat(300_000)}"}`)).toThrow(/at most 262144 characters/)
    })

    it('quickly, whatever is in it', () => {
      const keys = Array.from({ length: 1_200 }, () => entry(Key.generate().reveal(), 'current'))
      const started = performance.now()
      expect(() => readKeyset(document({ keys }))).toThrow(/makes a second current key/)
      expect(() => readKeyset('['.repeat(262_000))).toThrow(InvalidKeyset)
      expect(performance.now() - started).toBeLessThan(1_000)
    })

    it('but not if its format is another, which is left alone', () => {
      for (const format of ['live-keyset/2', 'x']) {
        const read = (): unknown => readKeyset(document({ format }))
        expect(read).toThrow(RotatorError)
        expect(read).not.toThrow(InvalidKeyset)
      }
      expect(() => readKeyset(document({ format: 1 }))).toThrow(InvalidKeyset)
    })
  })

  it.each([
    ['cachedUntil', 5],
    ['discovered', 'live1.example.com'],
    ['firstStagedAt', true],
    ['signsFrom', null],
    ['knownFrom', {}],
    ['emergency', 'yes'],
    ['displaced', 1],
    ['late', 'live1.example.com'],
    ['arrivedAt', { 'live1.example.com': 'yesterday' }],
  ])('keeps a foreign field %s', (name, value) => {
    const ofKey = document({ keys: [entry(KEY, 'current', { [name]: value })] })
    expect(JSON.parse(serializeKeyset(readKeyset(ofKey)))).toMatchObject(ofKey)
    const ofDocument = document({ [name]: value })
    expect(JSON.parse(serializeKeyset(readKeyset(ofDocument)))).toMatchObject(ofDocument)
  })

  it.each([
    ['pending', { compromisedAt: AT }, true],
    ['current', { compromisedAt: '2026-11-24T08:00:00.400Z' }, true],
    ['pending', { compromisedAt: '2026-11-24T08:00:05.000Z' }, undefined],
  ])("treats a %s key as an emergency's if its save distrusted others", (state, leaked, expected) => {
    const keys = [{ ...entry(KEY, state), compromisedAt: undefined }, entry(OTHER, 'compromised', leaked)]
    expect(readKeyset(document({ keys })).keys[0]?.emergency).toBe(expected)
  })

  it('never shows a key in the error', () => {
    fc.assert(
      fc.property(fc.nat(400), (cut) => {
        const text = JSON.stringify(document()).slice(0, cut)
        try {
          readKeyset(text)
        } catch (error) {
          expect(inspect(error)).not.toContain(KEY.slice(0, 8))
          return
        }
        throw new Error('a document that is cut off was accepted')
      }),
    )
  })

  it('is read or refused, whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        try {
          readKeyset(value)
        } catch (error) {
          expect(error).toMatchObject({ code: 'keyset' })
        }
      }),
    )
  })
})
