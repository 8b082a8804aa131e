import { isoTime } from '../../core/clock.ts'
import type { Key } from '../key.ts'
import { findKey, inOrder, isRevoked, type KeyEntry, type Keyset, type OnRunningStreams } from '../keyset.ts'

/** Imports keys found on domains as the newest `previous` keys. Skips known and revoked keys. */
export function importPrevious(keyset: Keyset, keys: readonly Key[], now: number): Keyset {
  return importAs(keyset, keys, { state: 'previous', createdAt: isoTime(now), clearedAt: null })
}

/** The same in an emergency: keys found on domains are not trusted. */
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

/** Maximum number of found keys kept. */
const MOST_FOUND = 8

/**
 * Imports keys that something other than the rotator set. They are quarantined, and not a sign of an emergency. The oldest
 * beyond {@link MOST_FOUND} leave without an entry in `revoked`: a domain still set to one brings it back.
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

/** Trusts found keys, for a group whose keys others set too. */
export function trustFound(keyset: Keyset): Keyset {
  if (!keyset.keys.some(({ found }) => found === true)) return keyset
  const keys = keyset.keys.map((entry): KeyEntry => {
    if (entry.found !== true) return entry
    const { found: _, compromisedAt: __, onRunningStreams: ___, ...rest } = entry
    return { ...rest, state: 'previous' }
  })
  return inOrder({ ...keyset, keys })
}
