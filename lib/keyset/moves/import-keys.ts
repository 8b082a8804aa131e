import { isoTime } from '../../core/clock.ts'
import type { Key } from '../key.ts'
import { findKey, inOrder, isRevoked, type KeyEntry, type Keyset, type OnRunningStreams } from '../keyset.ts'

/** Adds keys that domains were found on, as the newest `previous` keys. Keys known already, or revoked, are left out. */
export function importPrevious(keyset: Keyset, keys: readonly Key[], now: number): Keyset {
  return importAs(keyset, keys, { state: 'previous', createdAt: isoTime(now), clearedAt: null })
}

/** The same in an emergency: what domains were found on is not trusted. */
export function importCompromised(
  keyset: Keyset,
  keys: readonly Key[],
  onRunningStreams: OnRunningStreams,
  now: number,
): Keyset {
  const at = isoTime(now)
  return importAs(keyset, keys, {
    state: 'compromised',
    createdAt: at,
    clearedAt: null,
    compromisedAt: at,
    onRunningStreams,
  })
}

function importAs(
  keyset: Keyset,
  keys: readonly Key[],
  fields: Omit<KeyEntry, 'kid' | 'key' | 'extra'>,
): Keyset {
  const unknown = new Map(
    keys.filter(({ kid }) => !findKey(keyset, kid) && !isRevoked(keyset, kid)).map((key) => [key.kid, key]),
  )
  const imported = [...unknown.values()].map((key): KeyEntry => ({ kid: key.kid, key, ...fields, extra: {} }))
  return inOrder({ ...keyset, keys: [...imported, ...keyset.keys] })
}

/** At most so many keys that somebody set behind the rotator's back are kept. */
const MOST_FOUND = 8

/**
 * Takes in keys that somebody set behind the rotator's back: they are quarantined, and no sign of an emergency. The oldest
 * beyond eight leave without a trace: a domain that is still set to one brings it back.
 */
export function importFound(keyset: Keyset, keys: readonly Key[], now: number): Keyset {
  if (keys.length === 0) return keyset
  const at = isoTime(now)
  const imported = importAs(keyset, keys, {
    state: 'compromised',
    createdAt: at,
    clearedAt: null,
    compromisedAt: at,
    onRunningStreams: 'quarantine',
    found: true,
  })
  const leaving = imported.keys.filter(({ found }) => found === true).slice(MOST_FOUND)
  return {
    ...imported,
    keys: imported.keys
      .filter((entry) => !leaving.includes(entry))
      .map((entry) =>
        entry.state === 'pending' && entry.emergency === undefined ? { ...entry, emergency: false } : entry,
      ),
  }
}

/** Trusts what was found, for a group where keys are set by others as well. */
export function trustFound(keyset: Keyset): Keyset {
  if (!keyset.keys.some(({ found }) => found === true)) return keyset
  const keys = keyset.keys.map((entry): KeyEntry => {
    if (entry.found !== true) return entry
    const { found: _, compromisedAt: __, onRunningStreams: ___, ...rest } = entry
    return { ...rest, state: 'previous' }
  })
  return inOrder({ ...keyset, keys })
}
