import { describe, expect, it } from 'vitest'
import { readKeyset, readTrust, serializeKeyset } from '../../lib/keyset/document.ts'
import { LostKeyset } from '../../lib/keyset/invalid.ts'
import { kidOf } from '../../lib/keyset/key.ts'
import { newKeyset, targetKey, type Keyset } from '../../lib/keyset/keyset.ts'
import { EVERY_DOMAIN_KNOWN, knownDomains, noteKnown } from '../../lib/keyset/known.ts'

const [KEY, OTHER] = ['a'.repeat(32), 'b'.repeat(32)]
const AT = '2026-11-24T08:00:00.000Z'
const STORED = Date.parse(AT)

const entry = (key: string, state: string, fields: object = {}): Record<string, unknown> => ({
  kid: kidOf(key),
  key,
  state,
  ...(state === 'pending' && { stagedAt: AT }),
  ...(state === 'current' && { stagedAt: AT, appliedAt: AT }),
  ...(state === 'compromised' && { compromisedAt: AT, onRunningStreams: 'quarantine' }),
  ...fields,
})
const document = (fields: object = {}): Record<string, unknown> => ({
  format: 'live-keyset/1',
  lineage: '5b0c2f9e41d7',
  group: 'default',
  revision: 7,
  ttl: 60_000,
  updatedAt: AT,
  keys: [entry(KEY, 'current')],
  revoked: [],
  ...fields,
})
const problemOf = (fields: object): string => {
  try {
    readKeyset(document(fields), { storedAt: STORED })
    return 'none'
  } catch (error) {
    return error instanceof Error ? error.message.replace('invalid keyset document: ', '') : ''
  }
}

describe('what is read', () => {
  it('has the fields of the document, and no other ones', () => {
    const { keys, ...keyset } = readKeyset(document())
    const { format: _, keys: __, ...fields } = document()
    expect(keyset).toStrictEqual({ ...fields, extra: {} })
    expect(keys.map(({ key, ...rest }) => ({ ...rest, key: key.reveal() }))).toStrictEqual([
      { ...entry(KEY, 'current'), extra: {} },
    ])
  })

  it('drops fields that are undefined', () => {
    const keyset = readKeyset(
      document({ cachedUntil: undefined, keys: [entry(KEY, 'current', { late: undefined })] }),
    )
    expect(keyset.extra).toStrictEqual({})
    expect(keyset.keys[0]?.extra).toStrictEqual({})
    expect(Object.keys(keyset)).not.toContain('cachedUntil')
  })

  it('keeps foreign fields without using them', () => {
    const foreign = { emergency: 'yes', displaced: 1, found: 'no', late: [1], firstStagedAt: 5, known: '*' }
    const [only] = readKeyset(document({ keys: [entry(KEY, 'current', foreign)] })).keys
    expect(only?.extra).toStrictEqual(foreign)
    expect(Object.keys(only ?? {})).toEqual(
      expect.not.arrayContaining(['emergency', 'displaced', 'found', 'late']),
    )
  })

  it('is written in a fixed order, with a wait if there is one', () => {
    const text = serializeKeyset(readKeyset(document({ cachedUntil: AT })))
    expect(Object.keys(JSON.parse(text) as object)).toEqual([
      ...['format', 'lineage', 'group', 'revision', 'ttl', 'updatedAt', 'cachedUntil', 'keys', 'revoked'],
    ])
    expect(serializeKeyset(readKeyset(document()))).not.toContain('cachedUntil')
  })

  it('may have at most 262,144 characters', () => {
    const text = JSON.stringify(document())
    expect(readKeyset(text.padEnd(262_144)).revision).toBe(7)
    expect(() => readKeyset(text.padEnd(262_145))).toThrow('must have at most 262144 characters')
  })

  it('must be JSON, and the message quotes none of it', () => {
    expect(() => readKeyset(`{"key": "${KEY}"`)).toThrow(/^invalid keyset document: it is not JSON$/)
  })
})

describe('a value of the wrong kind', () => {
  it.each([
    [{ revision: 1.5 }, 'revision must be a whole number from 1 to 99999999'],
    [{ revision: '7' }, 'revision must be a whole number from 1 to 99999999'],
    [{ group: 5 }, 'group must be a non-empty string'],
    [{ revoked: [{ kid: 123_456_789_012, at: AT }] }, 'revoked[0].kid must be 12 hex digits'],
    [{ revoked: [{ kid: '41d041d041d0a', at: AT }] }, 'revoked[0].kid must be 12 hex digits'],
    [{ revoked: [null] }, 'revoked[0] must be an object'],
    [{ revoked: [[]] }, 'revoked[0] must be an object'],
  ])('is refused: %j', (fields, problem) => {
    expect(problemOf(fields)).toBe(problem)
  })

  it.each([
    '2026-13-24T08:00:00Z',
    '2026-11-24T08:00:00Z (UTC)',
    'Tue 2026-11-24T08:00:00Z',
    ' 2026-11-24T08:00:00Z',
    '2026-11-24T08:00:00Z ',
    '2026-11-24T08:00:00.1234567890Z',
    '2026-11-24T08:00:00+08:00',
    '2026-11-24',
  ])('is not a time: %j', (updatedAt) => {
    expect(problemOf({ updatedAt })).toBe('updatedAt must be a time such as 2026-11-24T08:00:00.000Z')
  })

  it.each(['2026-11-24T08:00:00Z', '2026-11-24T08:00:00.1Z', '2026-11-24T08:00:00.123456789Z'])(
    'is not %j, which is kept as it is written',
    (updatedAt) => {
      expect(readKeyset(document({ updatedAt })).updatedAt).toBe(updatedAt)
    },
  )
})

describe('a time ahead of the document', () => {
  const cachedUntil = (given: string): string | undefined =>
    readKeyset(document({ cachedUntil: given }), { storedAt: STORED }).cachedUntil

  it('is accepted up to a day, and treated as that day beyond it', () => {
    expect(cachedUntil('2026-11-24T09:00:00Z')).toBe('2026-11-24T09:00:00Z')
    expect(cachedUntil('2026-11-25T08:00:00Z')).toBe('2026-11-25T08:00:00Z')
    expect(cachedUntil('2026-11-25T08:00:00.001Z')).toBe('2026-11-25T08:00:00.000Z')
  })

  it('is accepted whatever it is if the time of storage is unknown', () => {
    expect(readKeyset(document({ cachedUntil: '2099-01-01T00:00:00Z' })).cachedUntil).toBe(
      '2099-01-01T00:00:00Z',
    )
    expect(readKeyset(document({ updatedAt: '2099-01-01T00:00:00Z' })).updatedAt).toBe('2099-01-01T00:00:00Z')
  })

  it('is refused for a first staging, unless the field is foreign', () => {
    const first = (firstStagedAt: unknown): string =>
      problemOf({ keys: [entry(KEY, 'current', { firstStagedAt })] })
    expect(first('2026-11-26T08:00:00Z')).toBe(
      'keys[0].firstStagedAt is more than a day later than when the document was stored',
    )
    expect([first(null), first(AT), first(5)]).toEqual(['none', 'none', 'none'])
  })
})

describe('an emergency of an older writer', () => {
  const emergencyOf = (fields: object, leakedAt = AT, found?: boolean): boolean | undefined => {
    const keys = [
      entry(KEY, 'pending', fields),
      entry(OTHER, 'compromised', { compromisedAt: leakedAt, ...(found !== undefined && { found }) }),
    ]
    return readKeyset(document({ keys })).keys[0]?.emergency
  }

  it('is recognised by its save, within a second', () => {
    expect(emergencyOf({})).toBe(true)
    expect(emergencyOf({}, '2026-11-24T08:00:00.999Z')).toBe(true)
    expect(emergencyOf({}, '2026-11-24T08:00:01.000Z')).toBeUndefined()
    expect(emergencyOf({}, '2026-11-24T07:59:59.001Z')).toBe(true)
    expect(emergencyOf({}, '2026-11-24T07:59:59.000Z')).toBeUndefined()
  })

  it('is ruled out if the document says so, after a rollback, or if the other key was found', () => {
    expect(emergencyOf({ emergency: false })).toBe(false)
    expect(emergencyOf({ firstStagedAt: null })).toBeUndefined()
    expect(emergencyOf({}, AT, true)).toBeUndefined()
    expect(emergencyOf({}, AT, false)).toBe(true)
  })

  it('applies only to the pending or the current key', () => {
    const leaked = entry(OTHER, 'compromised')
    const keys = (state: string): unknown[] => [entry(KEY, state, { stagedAt: AT }), leaked]
    expect(readKeyset(document({ keys: keys('current') })).keys[0]?.emergency).toBe(true)
    expect(readKeyset(document({ keys: keys('previous') })).keys[0]).not.toHaveProperty('emergency')
    expect(
      readKeyset(document({ keys: [entry(KEY, 'current', { stagedAt: undefined }), leaked] })).keys[0],
    ).not.toHaveProperty('emergency')
  })

  it('does not concern receivers', () => {
    const keys = [entry(KEY, 'pending'), entry(OTHER, 'compromised')]
    expect(readTrust(document({ keys })).keys[0]).not.toHaveProperty('emergency')
  })
})

describe('known domains', () => {
  const empty = newKeyset('default', 'abc')

  it('are written as four bytes of a hash, ignoring case, sorted, once each', () => {
    const known = noteKnown(empty, ['LIVE1.example.com', 'live1.example.com'], null)
    expect(known.known).toBe('yVv5mQ')
    const names = ['live1.example.com', 'live2.example.com', 'live3.example.com', 'live4.example.com']
    const inOneOrder = noteKnown(empty, names, names).known ?? ''
    expect(noteKnown(empty, names.toReversed(), names).known).toBe(inOneOrder)
    expect(inOneOrder.match(/.{6}/g)).toEqual(inOneOrder.match(/.{6}/g)?.toSorted())
  })

  it('make the same document if they are the same', () => {
    const known = noteKnown(empty, ['live1.example.com'], null)
    expect(noteKnown(known, ['live1.example.com'], null)).toBe(known)
    expect(noteKnown(known, [], ['live1.example.com'])).toBe(known)
  })

  it('are all until the list is complete, and then those on it', () => {
    const every: Keyset = { ...empty, known: EVERY_DOMAIN_KNOWN }
    expect(noteKnown(every, ['live1.example.com'], null)).toBe(every)
    const listed = noteKnown(every, [], ['live1.example.com'])
    expect(['live1.example.com', 'live2.example.com'].map(knownDomains(listed))).toEqual([true, false])
  })
})

it('domains belong on the pending key, else on the current one', () => {
  const keys = [entry(KEY, 'pending'), entry(OTHER, 'current')]
  expect(targetKey(readKeyset(document({ keys })))?.kid).toBe(kidOf(KEY))
  expect(targetKey(readKeyset(document({ keys: keys.slice(1) })))?.kid).toBe(kidOf(OTHER))
  expect(targetKey(readKeyset(document({ keys: [] })))).toBeUndefined()
})

it('reports a lost keyset like an invalid one', () => {
  expect(new LostKeyset('it is gone')).toMatchObject({ code: 'keyset', message: 'it is gone' })
})
