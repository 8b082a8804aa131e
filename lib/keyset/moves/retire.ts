import { isoTime } from '../../core/clock.ts'
import type { Keyset } from '../keyset.ts'

/** Number of revoked kids kept, besides those that a domain is set to. */
export const REVOKED_KEPT = 64

/** Drops `previous` keys. After the save, receivers refuse what they sign. */
export function retire(keyset: Keyset, kids: readonly string[]): Keyset {
  return {
    ...keyset,
    keys: keyset.keys.filter(({ kid, state }) => state !== 'previous' || !kids.includes(kid)),
  }
}

/**
 * Moves compromised keys to `revoked`. Their kids stay, so that none of them is ever trusted again.
 *
 * @param inUse - The kids that domains were seen on; these are kept however old they are.
 */
export function revoke(
  keyset: Keyset,
  kids: readonly string[],
  inUse: ReadonlySet<string>,
  now: number,
): Keyset {
  const leaving = keyset.keys.filter(({ kid, state }) => state === 'compromised' && kids.includes(kid))
  const revoked = [...leaving.map(({ kid }) => ({ kid, at: isoTime(now), extra: {} })), ...keyset.revoked]
  return {
    ...keyset,
    keys: keyset.keys.filter((entry) => !leaving.includes(entry)),
    revoked: revoked.filter(({ kid }, index) => index < REVOKED_KEPT || inUse.has(kid)),
  }
}
