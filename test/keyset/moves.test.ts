import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readKeyset, serializeKeyset } from '../../lib/keyset/document.ts'
import { isoTime } from '../../lib/core/clock.ts'
import { Key } from '../../lib/keyset/key.ts'
import {
  currentKey,
  findKey,
  pendingKey,
  type Keyset,
  type OnRunningStreams,
  newKeyset,
} from '../../lib/keyset/keyset.ts'
import { startEmergency } from '../../lib/keyset/moves/emergency.ts'
import { importCompromised, importPrevious } from '../../lib/keyset/moves/import-keys.ts'
import { isLate, noteArrived, noteDiscovered, noteDomains, noteLate } from '../../lib/keyset/moves/notes.ts'
import { retire, revoke } from '../../lib/keyset/moves/retire.ts'
import { nextRevision } from '../../lib/keyset/moves/revision.ts'
import { promote, rollBack, rollbackTarget, stage } from '../../lib/keyset/moves/stage.ts'
import { fit, KEYSET_MAX_BYTES, keysetBytes } from '../../lib/keyset/room.ts'

const START = Date.UTC(2026, 10, 24, 8)
const TTL = 60_000

/** What a move makes of a document, as it is saved. */
const fitted = (base: Keyset, changed: Keyset): Keyset => fit(base, changed, START).keyset

/** A group of three domains beside its document: what a domain is set to may sign. */
interface World {
  keyset: Keyset
  now: number
  /** What each domain is set to; undefined before the first set. */
  domains: (Key | undefined)[]
}

type Move = (world: World) => void

function save(world: World, changed: Keyset): void {
  world.now += 1_000
  const next = nextRevision(world.keyset, fitted(world.keyset, changed), TTL, world.now)
  // The rules of the format hold after every move, and the stored text gives the same document again.
  expect(serializeKeyset(readKeyset(serializeKeyset(next)))).toBe(serializeKeyset(next))
  expect(next.revision).toBe(world.keyset.revision + 1)
  world.keyset = next
}

const kidsOf = (world: World): Set<string> => new Set(world.domains.flatMap((key) => (key ? [key.kid] : [])))

function observe(world: World): Keyset {
  const keys = world.domains.filter((key) => key !== undefined)
  const imported = pendingKey(world.keyset)?.emergency
    ? importCompromised(world.keyset, keys, 'quarantine', world.now)
    : importPrevious(world.keyset, keys, world.now)
  return noteDomains(imported, kidsOf(world), true, world.now)
}

const moves: Record<string, fc.Arbitrary<Move>> = {
  stage: fc.constant((world) => {
    if (!pendingKey(world.keyset))
      save(world, stage(observe(world), Key.generate(), { ttlMs: TTL, request: 'r' }, world.now))
  }),
  set: fc.nat(2).map((index) => (world) => {
    // Only what the document holds is ever set, and only after an observation has been saved.
    save(world, observe(world))
    const target = pendingKey(world.keyset) ?? currentKey(world.keyset)
    if (target) world.domains[index] = target.key
  }),
  byHand: fc.nat(2).map((index) => (world) => {
    world.domains[index] = Key.generate()
  }),
  promote: fc.constant((world) => {
    const pending = pendingKey(world.keyset)
    if (!pending) return
    save(world, observe(world))
    world.domains = world.domains.map(() => pending.key)
    save(world, noteDomains(promote(world.keyset, world.now), kidsOf(world), true, world.now))
  }),
  emergency: fc
    .record({
      onRunningStreams: fc.constantFrom<OnRunningStreams>('quarantine', 'reject', 'interrupt'),
      some: fc.boolean(),
    })
    .map(({ onRunningStreams, some }) => (world) => {
      const leaked = some ? world.keyset.keys.slice(0, 1).map(({ kid }) => kid) : []
      save(
        world,
        startEmergency(world.keyset, Key.generate(), { ttlMs: TTL, leaked, onRunningStreams }, world.now),
      )
    }),
  rollBack: fc.constant((world) => {
    if (rollbackTarget(world.keyset)) save(world, rollBack(world.keyset, { ttlMs: TTL }, world.now))
  }),
  drop: fc.constant((world) => {
    // What the drain does: only keys that an observation has found on no domain may leave.
    const seen = observe(world)
    const kids = seen.keys.filter(({ clearedAt }) => typeof clearedAt === 'string').map(({ kid }) => kid)
    save(world, revoke(retire(seen, kids), kids, kidsOf(world), world.now))
  }),
}

const history = fc.array(fc.oneof(...Object.values(moves)), { maxLength: 30 })

describe('any sequence of moves', () => {
  it('keeps the rules, and never forgets a key that a domain is set to', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const world: World = {
          keyset: newKeyset('default', 'abc'),
          now: START,
          domains: [undefined, undefined, undefined],
        }
        for (const step of steps) {
          const known = new Set([...kidsOf(world)].filter((kid) => findKey(world.keyset, kid)))
          const domains = kidsOf(world)
          step(world)
          if (world.keyset.revision === 0) continue
          for (const kid of known) if (domains.has(kid)) expect(findKey(world.keyset, kid)).toBeDefined()
          expect(world.keyset.keys.filter(({ state }) => state === 'pending').length).toBeLessThanOrEqual(1)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('never trusts a compromised key again', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const world: World = {
          keyset: newKeyset('default', 'abc'),
          now: START,
          domains: [undefined, undefined, undefined],
        }
        const distrusted = new Set<string>()
        for (const step of steps) {
          step(world)
          for (const { kid, state } of world.keyset.keys) {
            if (distrusted.has(kid)) expect(state).toBe('compromised')
            if (state === 'compromised') distrusted.add(kid)
          }
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('nextRevision', () => {
  it('remembers until when receivers may hold a document with a longer ttl', () => {
    const first = nextRevision(newKeyset('default', 'abc'), newKeyset('default', 'abc'), 3_600_000, START)
    expect(first.cachedUntil).toBeUndefined()
    const second = nextRevision(first, first, TTL, START + 1_000)
    expect(second.cachedUntil).toBe(new Date(START + 3_601_000).toISOString())
    const staged = stage(second, Key.generate(), { ttlMs: TTL }, START + 2_000)
    expect(pendingKey(staged)?.knownFrom).toBe(new Date(START + 3_601_000).toISOString())
    const later = nextRevision(second, second, TTL, START + 3_600_000)
    expect(later.cachedUntil).toBeUndefined()
  })
})

describe('room', () => {
  it('is refused to a stage before KMS would, while an emergency still fits', () => {
    let keyset = newKeyset('default', 'abc')
    const fill = (): void => {
      for (;;) {
        keyset = fitted(keyset, importPrevious(keyset, [Key.of(Key.generate().reveal().repeat(8))], START))
      }
    }
    expect(fill).toThrow(/no room for another one.*split the group/)
    expect(keyset.keys.length).toBeGreaterThan(40)
    const emergency = startEmergency(
      keyset,
      Key.generate(),
      { ttlMs: TTL, leaked: [], onRunningStreams: 'quarantine' },
      START,
    )
    expect(fitted(keyset, emergency)).toEqual(emergency)
    expect(keysetBytes(emergency)).toBeLessThanOrEqual(KEYSET_MAX_BYTES)
  })
})

describe('revoked', () => {
  it('keeps the newest 64, and any that a domain is still set to', () => {
    let keyset = newKeyset('default', 'abc')
    const first = Key.generate()
    for (let i = 0; i < 80; i++) {
      const key = i === 0 ? first : Key.generate()
      keyset = importCompromised(keyset, [key], 'reject', START)
      keyset = revoke(keyset, [key.kid], new Set([first.kid]), START)
    }
    expect(keyset.revoked).toHaveLength(65)
    expect(importPrevious(keyset, [first], START).keys).toEqual([])
  })
})

describe('late domains', () => {
  const at = (key: Key): Keyset => {
    const staged = stage(newKeyset('default', 'abc'), key, { ttlMs: TTL }, START)
    return promote(nextRevision(newKeyset('default', 'abc'), staged, TTL, START), START)
  }

  it('are named on the current key and read back with it', () => {
    const noted = nextRevision(at(Key.generate()), noteLate(at(Key.generate()), ['b', 'a']), TTL, START)
    const [current] = readKeyset(serializeKeyset(noted)).keys
    expect(current?.late).toEqual(['a', 'b'])
    expect(current && ['a', 'b', 'c'].map((name) => isLate(current, name))).toEqual([true, true, false])
  })

  it('are named, up to thirty', () => {
    const names = Array.from({ length: 30 }, (_, index) => `live${index}.example.com`)
    const before = at(Key.generate())
    const noted = fitted(before, noteLate(before, names))
    expect(noted.keys[0]?.late).toHaveLength(30)
    expect(noteLate(noted, names.slice(3, 9))).toBe(noted)
  })

  it('are summarised if there are very many', () => {
    const names = Array.from({ length: 31 }, (_, index) => `live${index}.example.com`)
    const before = at(Key.generate())
    const { keyset, gaveWay } = fit(before, noteLate(before, names), START)
    const [current] = keyset.keys
    expect(current?.late).toEqual(['*'])
    expect(gaveWay).toEqual([{ kind: 'late' }])
    expect(current && isLate(current, 'any.example.com')).toBe(true)
  })

  it('are recorded with the time they came to the key, until they are seen on a leaked one again', () => {
    const late = noteLate(at(Key.generate()), ['b', 'a'])
    const arrived = noteArrived(late, (domain) => (domain === 'c' ? undefined : START))
    const [current] = readKeyset(serializeKeyset(nextRevision(late, arrived, TTL, START))).keys
    expect(current?.arrivedAt).toEqual({ a: isoTime(START), b: isoTime(START) })
    expect(noteArrived(arrived, () => START + 1)).toBe(arrived)
    const [back] = noteLate(arrived, ['b']).keys
    expect(back?.late).toEqual(['a', 'b'])
    expect(back?.arrivedAt).toEqual({ a: isoTime(START) })
    expect(noteArrived(at(Key.generate()), () => START).keys[0]?.arrivedAt).toBeUndefined()
  })

  it('are recorded in the order of their names, whichever came first', () => {
    const late = noteLate(at(Key.generate()), ['a', 'b', 'c'])
    const only = (name: string) => (domain: string) => (domain === name ? START : undefined)
    for (const names of [
      ['c', 'a', 'b'],
      ['b', 'c', 'a'],
    ]) {
      const arrived = names.reduce((keyset, name) => noteArrived(keyset, only(name)), late)
      expect(Object.keys(arrived.keys[0]?.arrivedAt ?? {})).toEqual(['a', 'b', 'c'])
    }
  })

  it('are forgotten with the key that follows', () => {
    const noted = noteArrived(noteLate(at(Key.generate()), ['a']), () => START)
    const next = promote(stage(noted, Key.generate(), { ttlMs: TTL }, START), START)
    expect(next.keys.map(({ late, arrivedAt }) => [late, arrivedAt])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ])
  })
})

describe('an emergency', () => {
  const options = { ttlMs: TTL, leaked: [], onRunningStreams: 'quarantine' } as const
  const rotated = (): Keyset => {
    const first = promote(stage(newKeyset('default', 'abc'), Key.generate(), { ttlMs: TTL }, START), START)
    return promote(stage(first, Key.generate(), { ttlMs: TTL }, START), START)
  }

  it('records for every key that it leaked now and that domains may still be on it', () => {
    const { keys } = startEmergency(rotated(), Key.generate(), options, START)
    const compromisedAt = new Date(START).toISOString()
    const leaked = { state: 'compromised', compromisedAt, clearedAt: null, onRunningStreams: 'quarantine' }
    expect(keys).toMatchObject([{ state: 'pending', emergency: true }, leaked, leaked])
  })

  it('after another one keeps the time at which a key leaked, and decides about its streams', () => {
    const first = startEmergency(rotated(), Key.generate(), options, START)
    const again = { ...options, onRunningStreams: 'interrupt' } as const
    const [, , ...leaked] = startEmergency(first, Key.generate(), again, START + 1_000).keys
    expect(leaked).toHaveLength(2)
    for (const entry of leaked) {
      expect(entry.compromisedAt).toBe(new Date(START).toISOString())
      expect(entry.onRunningStreams).toBe('interrupt')
    }
  })

  it('fits with the longest request id, whatever stage was accepted before', () => {
    const keys = Array.from({ length: 64 }, () => Key.generate())
    const kids = keys.map(({ kid }) => kid)
    let keyset = revoke(
      importCompromised(newKeyset('default', 'abc'), keys, 'reject', START),
      kids,
      new Set(),
      START,
    )
    const fill = (next: (before: Keyset) => Keyset): void => {
      for (;;) {
        try {
          keyset = fitted(keyset, next(keyset))
        } catch {
          return
        }
      }
    }
    fill((before) => promote(stage(before, Key.generate(), { ttlMs: TTL, request: 'id' }, START), START))
    for (const length of [256, 64, 16, 4])
      fill((before) =>
        importPrevious(before, [Key.of(Key.generate().reveal().repeat(8).slice(0, length))], START),
      )
    const emergency = startEmergency(
      keyset,
      Key.generate(),
      { ...options, request: '😀'.repeat(200), onRunningStreams: 'interrupt' },
      START,
    )
    const promoted = noteDomains(promote(emergency, START), new Set(), true, START)
    for (const next of [emergency, promoted])
      expect(keysetBytes(nextRevision(keyset, fitted(keyset, next), TTL, START))).toBeLessThanOrEqual(
        KEYSET_MAX_BYTES,
      )
  })
})

describe('a rollback', () => {
  it('goes to the newest key that all domains were once on, before an abandoned one', () => {
    const [first, second, third] = [Key.generate(), Key.generate(), Key.generate()]
    let keyset = newKeyset('default', 'abc')
    for (const key of [first, second]) keyset = promote(stage(keyset, key, { ttlMs: TTL }, START), START)
    const given = rollBack(stage(keyset, third, { ttlMs: TTL }, START), { ttlMs: TTL }, START)
    expect(pendingKey(given)?.kid).toBe(second.kid)
    const back = promote(given, START)
    expect(back.keys.map(({ kid, state }) => [kid, state])).toEqual([
      [second.kid, 'current'],
      [third.kid, 'previous'],
      [first.kid, 'previous'],
    ])
    expect(rollbackTarget(back)?.kid).toBe(first.kid)
    // Nobody has looked yet whether domains are still on them.
    expect(back.keys.map(({ clearedAt }) => clearedAt)).toEqual([undefined, null, null])
  })
})

describe('a stage', () => {
  it('waits for the longer of two ttls, the previous one and its own', () => {
    const before = nextRevision(newKeyset('default', 'abc'), newKeyset('default', 'abc'), TTL, START)
    const knownFrom = (ttlMs: number): string | undefined =>
      pendingKey(stage(before, Key.generate(), { ttlMs }, START))?.knownFrom
    expect(knownFrom(TTL / 2)).toBe(new Date(START + TTL).toISOString())
    expect(knownFrom(TTL * 2)).toBe(new Date(START + TTL * 2).toISOString())
  })

  it('is refused if a key is pending', () => {
    const staged = stage(newKeyset('default', 'abc'), Key.generate(), { ttlMs: TTL }, START)
    expect(() => stage(staged, Key.generate(), { ttlMs: TTL }, START)).toThrow(TypeError)
  })
})

describe('what leaves the document', () => {
  it('includes no key in another state than the one asked for', () => {
    let keyset = newKeyset('default', 'abc')
    for (let keys = 0; keys < 3; keys++)
      keyset = promote(stage(keyset, Key.generate(), { ttlMs: TTL }, START), START)
    keyset = importCompromised(keyset, [Key.generate()], 'reject', START)
    keyset = stage(keyset, Key.generate(), { ttlMs: TTL }, START)
    const kids = keyset.keys.map(({ kid }) => kid)
    const statesAfter = ({ keys }: Keyset): string[] => keys.map(({ state }) => state)
    expect(statesAfter(retire(keyset, kids))).toEqual(['pending', 'current', 'compromised'])
    const revoked = revoke(keyset, kids, new Set(), START)
    expect(statesAfter(revoked)).toEqual(['pending', 'current', 'previous', 'previous'])
    expect(revoked.revoked.map(({ kid }) => kid)).toEqual(kids.slice(-1))
  })

  it('includes names of domains first, if the document has grown too large', () => {
    const names = Array.from({ length: 300 }, (_, index) => `live${index}.example.com`)
    const known = noteDiscovered(newKeyset('default', 'abc'), names)
    // Somebody else has written so many keys that an emergency has no room beside them.
    const keys = Array.from({ length: 84 }, () => Key.of(Key.generate().reveal().repeat(6)))
    const base = importPrevious(newKeyset('default', 'abc'), keys, START)
    const grown = noteDiscovered(base, names)
    expect(keysetBytes(grown)).toBeGreaterThan(KEYSET_MAX_BYTES)
    const { keyset: saved, gaveWay } = fit(base, grown, START)
    expect(gaveWay).toEqual([{ kind: 'discovered' }])
    expect(saved.discovered).toBeUndefined()
    expect(saved.keys).toHaveLength(84)
    expect(fitted(known, known).discovered).toEqual([...names].sort())
  })
})
