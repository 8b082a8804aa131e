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
