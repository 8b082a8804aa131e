import fc from 'fast-check'
import { expect, it } from 'vitest'
import { hasCode } from '../../lib/core/errors.ts'
import { serializeKeyset } from '../../lib/keyset/document.ts'
import { Key } from '../../lib/keyset/key.ts'
import { pendingKey, type Keyset, type OnRunningStreams, newKeyset } from '../../lib/keyset/keyset.ts'
import { startEmergency } from '../../lib/keyset/moves/emergency.ts'
import { importCompromised, importPrevious } from '../../lib/keyset/moves/import-keys.ts'
import { noteArrived, noteDiscovered, noteDomains, noteLate } from '../../lib/keyset/moves/notes.ts'
import { retire, revoke } from '../../lib/keyset/moves/retire.ts'
import { nextRevision } from '../../lib/keyset/moves/revision.ts'
import { promote, rollBack, rollbackTarget, stage } from '../../lib/keyset/moves/stage.ts'
import { fit, KEYSET_MAX_BYTES, keysetBytes } from '../../lib/keyset/room.ts'

const NOW = Date.UTC(2026, 10, 24, 8)
const DAY = 24 * 60 * 60_000

/** What a move makes of a document, as it is saved. */
const fitted = (base: Keyset, changed: Keyset): Keyset => fit(base, changed, NOW).keyset

/** As long as a request may make them, in the characters that cost the most bytes. */
const id = fc.string({ unit: fc.constantFrom('x', '"', '\\', '世', '😀'), minLength: 1, maxLength: 200 })
const keyOf = (length: number): Key => Key.of(Key.generate().reveal().repeat(8).slice(0, length))

function domains(count: number): string[] {
  return Array.from({ length: Math.max(0, count) }, (_, index) => `live${index}.example.com`)
}

function longNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `live${index}.${'a'.repeat(60)}.example.com`)
}

/** What makes a document larger: each is allowed only as long as the check lets it pass. */
type Growth = (keyset: Keyset) => Keyset

const growth: fc.Arbitrary<Growth> = fc.oneof(
  fc.array(fc.integer({ min: 1, max: 256 }), { minLength: 1, maxLength: 30 }).map(
    (lengths): Growth =>
      (keyset) =>
        importPrevious(keyset, lengths.map(keyOf), NOW),
  ),
  id.map(
    (request): Growth =>
      (keyset) =>
        rotation(request)(keyset),
  ),
  fc.nat(600).map(
    (count): Growth =>
      (keyset) =>
        noteDiscovered(keyset, domains(count)),
  ),
  id.map(
    (request): Growth =>
      (keyset) =>
        pendingKey(keyset) ? keyset : stage(keyset, Key.generate(), { ttlMs: DAY, request }, NOW),
  ),
  id.map(
    (request): Growth =>
      (keyset) =>
        rollbackTarget(keyset) ? rollBack(keyset, { ttlMs: DAY, request }, NOW) : keyset,
  ),
)

const rotation =
  (request: string): Growth =>
  (keyset) => {
    const staged = pendingKey(keyset) ? keyset : stage(keyset, Key.generate(), { ttlMs: DAY, request }, NOW)
    return promote(fitted(keyset, staged), NOW)
  }

/** What is done again and again until it does not pass any more. */
const FILLINGS: readonly (readonly Growth[])[] = [
  [],
  [256, 32, 8, 3].map((length) => (keyset) => importPrevious(keyset, [keyOf(length)], NOW)),
  [rotation('id')],
]

/** With as many revoked kids as are kept. */
function withRevoked(keyset: Keyset): Keyset {
  const keys = Array.from({ length: 64 }, () => Key.generate())
  const leaked = importCompromised(keyset, keys, 'reject', NOW)
  const kids = keys.map(({ kid }) => kid)
  return revoke(leaked, kids, new Set(), NOW)
}

/** Grows the document by what passes the check. */
function grown(base: Keyset, steps: readonly Growth[], filling: readonly Growth[]): Keyset {
  let keyset = nextRevision(base, base, DAY, NOW)
  const passes = (step: Growth): boolean => {
    try {
      const next = fitted(keyset, step(keyset))
      if (next === keyset) return false
      // Lowering the ttl makes receivers hold older documents for longer, which is written down too.
      keyset = nextRevision(keyset, next, 60_000, NOW)
      return true
    } catch (error) {
      if (!hasCode(error, 'keysetFull')) throw error
      return false
    }
  }
  steps.forEach(passes)
  for (const step of filling) while (passes(step));
  return keyset
}

it('what passes the check leaves room for a whole emergency', { tags: 'slow' }, () => {
  fc.assert(
    fc.property(
      fc.array(growth, { maxLength: 12 }),
      fc.constantFrom(...FILLINGS),
      fc.boolean(),
      fc.constantFrom<OnRunningStreams>('quarantine', 'reject', 'interrupt'),
      id,
      (steps, filling, manyRevoked, onRunningStreams, request) => {
        const saved = (before: Keyset, changed: Keyset): Keyset => {
          const next = nextRevision(before, fitted(before, changed), 1_000, NOW)
          expect(keysetBytes(next)).toBeLessThanOrEqual(KEYSET_MAX_BYTES)
          return next
        }
        const first = newKeyset('default', '5b0c2f9e41d7')
        const keyset = grown(manyRevoked ? withRevoked(first) : first, steps, filling)
        const kids = keyset.keys.map(({ kid }) => kid)
        // As it goes without an emergency.
        saved(keyset, noteDomains(promote(keyset, NOW), new Set(), true, NOW))
        const options = { leaked: [], ttlMs: 1_000, request, onRunningStreams }
        const emergency = saved(keyset, startEmergency(keyset, Key.generate(), options, NOW))
        const seen = saved(emergency, noteDomains(emergency, new Set(kids), false, NOW))
        // Domains that are still to come to the fresh key are named on it, as long as there is room.
        const late = fitted(seen, noteLate(promote(seen, NOW), longNames(30)))
        expect(late.keys[0]?.late).not.toEqual([])
        const arrived = noteArrived(saved(seen, late), () => NOW)
        const promoted = saved(seen, noteDomains(arrived, new Set(), true, NOW))
        const half = kids.slice(kids.length / 2)
        const partly = saved(promoted, revoke(retire(promoted, half), half, new Set(), NOW))
        const drained = saved(partly, revoke(partly, kids, new Set(), NOW))
        expect(drained.keys.map(({ state }) => state)).toEqual(['current'])
      },
    ),
    { numRuns: 60 },
  )
})

it('names of domains make room for keys, and return when there is room again', () => {
  const known = noteDiscovered(newKeyset('default', '5b0c2f9e41d7'), domains(300))
  expect(known.discovered).toHaveLength(300)
  expect(noteDiscovered(known, [...domains(300)].reverse())).toBe(known)
  expect(fitted(known, noteDiscovered(known, domains(900))).discovered).toBeUndefined()
  expect(noteDiscovered(known, []).discovered).toBeUndefined()

  const full = grown(known, [], FILLINGS[1] ?? [])
  const seen = fit(full, noteDiscovered(full, domains(300)), NOW)
  expect(seen.keyset.discovered).toBeUndefined()
  expect(seen.gaveWay).toEqual([{ kind: 'discovered' }])
  // Nothing is left to be saved then.
  expect(serializeKeyset(seen.keyset)).toBe(serializeKeyset(full))
  const kids = full.keys.map(({ kid }) => kid)
  expect(fitted(full, noteDiscovered(retire(full, kids), domains(300))).discovered).toHaveLength(300)
})

it('every domain counts as late if there is no room for names', () => {
  const options = { leaked: [], ttlMs: 1_000, request: 'leak', onRunningStreams: 'interrupt' } as const
  const promoted = (keyset: Keyset): Keyset =>
    promote(fitted(keyset, startEmergency(keyset, Key.generate(), options, NOW)), NOW)
  const late = (keyset: Keyset, names: string[]): readonly string[] | undefined =>
    fitted(keyset, noteLate(keyset, names)).keys[0]?.late
  const empty = promoted(importPrevious(newKeyset('default', '5b0c2f9e41d7'), [keyOf(32)], NOW))
  expect(late(empty, longNames(30))).toEqual(longNames(30).sort())
  expect(late(empty, longNames(31))).toEqual(['*'])
  const base = withRevoked(newKeyset('default', '5b0c2f9e41d7'))
  const full = promoted(grown(base, [], FILLINGS[1] ?? []))
  expect(late(full, longNames(30))).toEqual(['*'])
})

it('names of late domains are kept only if their times also fit', () => {
  const options = { leaked: [], ttlMs: 1_000, request: 'leak', onRunningStreams: 'interrupt' } as const
  const kept = new Set<boolean>()
  let keyset = newKeyset('default', '5b0c2f9e41d7')
  for (let count = 0; count < 60; count++) {
    keyset = importPrevious(keyset, [keyOf(256)], NOW)
    if (keysetBytes(keyset) > KEYSET_MAX_BYTES) break
    const { keyset: emergency } = fit(keyset, startEmergency(keyset, Key.generate(), options, NOW), NOW)
    const promoted = promote(emergency, NOW)
    const late = fitted(promoted, noteLate(promoted, longNames(30)))
    kept.add(late.keys[0]?.late?.length === 30)
    expect(keysetBytes(noteArrived(late, () => NOW))).toBeLessThanOrEqual(KEYSET_MAX_BYTES)
  }
  expect(kept).toEqual(new Set([true, false]))
})

it('an emergency succeeds on any document that can be stored, whoever wrote it', () => {
  const options = { leaked: [], ttlMs: 1_000, request: 'leak', onRunningStreams: 'quarantine' } as const
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 256 }), fc.nat(190), (length, count) => {
      let keyset = importPrevious(newKeyset('default', '5b0c2f9e41d7'), [keyOf(length)], NOW)
      for (let index = 1; index < count; index++) {
        const more = importPrevious(keyset, [keyOf(length)], NOW)
        if (keysetBytes(more) > KEYSET_MAX_BYTES) break
        keyset = more
      }
      const { keyset: emergency, gaveWay } = fit(
        keyset,
        startEmergency(keyset, Key.generate(), options, NOW),
        NOW,
      )
      const drained = fitted(emergency, noteDomains(promote(emergency, NOW), new Set(), true, NOW))
      for (const step of [emergency, drained])
        expect(keysetBytes(nextRevision(keyset, step, 1_000, NOW))).toBeLessThanOrEqual(KEYSET_MAX_BYTES)
      // Every key has lost its trust, and those that are kept are the newest.
      const { keys, revoked } = emergency
      const distrusted = [...keys.slice(1), ...revoked].map(({ kid }) => kid)
      expect(distrusted).toEqual(keyset.keys.map(({ kid }) => kid))
      const kids = revoked.map(({ kid }) => kid).reverse()
      expect(gaveWay).toEqual(kids.length > 0 ? [{ kind: 'leakedKeysRefused', kids }] : [])
      expect(keys.map(({ state }) => state)).toEqual(['pending', ...keys.slice(1).map(() => 'compromised')])
    }),
    { numRuns: 15 },
  )
})
