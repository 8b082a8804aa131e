import { RotatorError } from '../core/errors.ts'
import type { Keyset } from '../keyset/keyset.ts'

/** No rotator saves this often between two reads: a larger jump is a mistake, which must not outlast its repair. */
export const LONGEST_JUMP = 1_000

export interface NewestKeyset {
  readonly keyset: Keyset | undefined
  /** The number of the latest read, by its start, with which the keyset is known to be up to date. */
  readonly read: number
  /**
   * Takes the result of the read with this number; numbers are assigned as reads begin. Returns whether no later read has
   * ended before it.
   *
   * @param mayUse - Whether the held keyset may still be used.
   * @throws RotatorError `keyset` for a revision that is out of line while it may.
   */
  offer(keyset: Keyset, read: number, mayUse?: boolean): boolean
}

/**
 * Keeps the newest of the keysets that were read, in whatever order the reads end.
 *
 * Within a lineage, the higher revision is newer. Between two lineages (the secret was recreated), only time can tell: the
 * one whose read began later.
 */
export function newestKeyset(): NewestKeyset {
  let held: Keyset | undefined
  let last = 0
  return {
    get keyset() {
      return held
    },
    get read() {
      return last
    },
    offer: (keyset, read, mayUse = true) => {
      const later = read > last
      if (held !== undefined && mayUse && keyset.revision > held.revision + LONGEST_JUMP) {
        throw new RotatorError(
          'keyset',
          `revision ${keyset.revision} is more than ${LONGEST_JUMP} above the one in use, ${held.revision}: ` +
            'it is ignored; run `live-key-rotator keyset --restore`',
        )
      }
      if (held === undefined || (keyset.lineage === held.lineage ? keyset.revision > held.revision : later)) {
        held = keyset
      }
      if (later) last = read
      return later
    },
  }
}
