import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readKeyset, serializeKeyset } from '../../lib/keyset/document.ts'
import { Key } from '../../lib/keyset/key.ts'
import { newKeyset, type Keyset } from '../../lib/keyset/keyset.ts'
import { knownDomains, noteKnown } from '../../lib/keyset/known.ts'
import { importFound } from '../../lib/keyset/moves/import-keys.ts'
import { nextRevision } from '../../lib/keyset/moves/revision.ts'
import { stage } from '../../lib/keyset/moves/stage.ts'
import { fit, keysetBytes } from '../../lib/keyset/room.ts'

const NOW = Date.UTC(2026, 10, 24, 8)
const empty = newKeyset('default', 'abc')
const names = (count: number): string[] => Array.from({ length: count }, (_, n) => `live${n}.example.com`)

it('knows the domains that were confirmed, as long as every look includes them', () => {
  const name = fc.constantFrom(...names(12))
  const look = fc.record({
    confirmed: fc.uniqueArray(name),
    others: fc.uniqueArray(name),
    complete: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(look, { maxLength: 10 }), (looks) => {
      const expected = new Set<string>()
      let keyset: Keyset = empty
      for (const { confirmed, others, complete } of looks) {
        const all = [...confirmed, ...others]
        keyset = noteKnown(keyset, confirmed, complete ? all : null)
        if (complete) for (const domain of expected) if (!all.includes(domain)) expected.delete(domain)
        for (const domain of confirmed) expected.add(domain)
      }
      expect(names(12).filter(knownDomains(keyset))).toEqual(
        names(12).filter((domain) => expected.has(domain)),
      )
      expect(/^(\*|([\w-]{6})*)$/.test(keyset.known ?? '')).toBe(true)
    }),
  )
})

it('knows nothing without the field, and everything with too many domains', () => {
  expect(knownDomains(empty)('live1.example.com')).toBe(false)
  const many = noteKnown(empty, names(1_400), names(1_400))
  const { keyset, gaveWay } = fit(empty, many, NOW)
  expect(keyset.known).toBe('*')
  expect(gaveWay).toEqual([{ kind: 'everyDomainKnown' }])
  expect(knownDomains(keyset)('another.example.com')).toBe(true)
  // Once there are fewer, they are told apart again.
  const fewer = noteKnown(keyset, [], names(1_300))
  expect(fit(keyset, fewer, NOW)).toEqual({ keyset: fewer, gaveWay: [] })
  expect(knownDomains(fewer)('another.example.com')).toBe(false)
  expect(keysetBytes(fewer)).toBeLessThan(8_192)
})

it('reads the field as it was written, and leaves another form alone', () => {
  const known = noteKnown(nextRevision(empty, empty, 60_000, NOW), names(3), names(3))
  expect(readKeyset(serializeKeyset(known)).known).toBe(known.known)
  for (const foreign of ['abc', 5, ['x'], '**']) {
    const text = JSON.stringify({ ...(JSON.parse(serializeKeyset(known)) as object), known: foreign })
    expect(readKeyset(text).known).toBeUndefined()
    expect(JSON.parse(serializeKeyset(readKeyset(text)))).toMatchObject({ known: foreign })
  }
})

it('does not treat the key staged together with a found key as an emergency’s, whoever reads it', () => {
  const staged = stage(empty, Key.generate(), { ttlMs: 60_000 }, NOW)
  const found = nextRevision(empty, importFound(staged, [Key.generate()], NOW), 60_000, NOW)
  const read = readKeyset(serializeKeyset(found))
  expect(read.keys.map(({ emergency, found: mark }) => [emergency, mark])).toEqual([
    [false, undefined],
    [undefined, true],
  ])
  // Not even where a writer has left that out.
  const text = serializeKeyset(found).replace(',"emergency":false', '')
  expect(readKeyset(text).keys[0]?.emergency).toBeUndefined()
})
