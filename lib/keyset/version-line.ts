import { revisionOf } from './version-id.ts'

/** Maximum gap to the next lower version. A run never leaves a larger one, because every save takes the next number. */
export const LONGEST_JUMP = 1_000

/** The keyset versions of a secret, each list in ascending order. */
export interface VersionLine {
  readonly inLine: readonly number[]
  /** Those after a jump. Ignored unless ACSCurrent is on one. */
  readonly outOfLine: readonly number[]
}

/**
 * Sorts the versions of a secret; skips those that are not keysets.
 *
 * @example
 * ```ts
 * lineOf(['keyset-00000007', 'by-hand', 'keyset-99999999']) // { inLine: [7], outOfLine: [99999999] }
 * ```
 */
export function lineOf(versionIds: readonly string[]): VersionLine {
  const revisions = [...new Set(versionIds.map(revisionOf))].filter((revision) => revision > 0)
  revisions.sort((a, b) => a - b)
  const jump = revisions.findIndex(
    (revision, index) => revision - (revisions[index - 1] ?? revision) > LONGEST_JUMP,
  )
  if (jump === -1) return { inLine: revisions, outOfLine: [] }
  return { inLine: revisions.slice(0, jump), outOfLine: revisions.slice(jump) }
}
