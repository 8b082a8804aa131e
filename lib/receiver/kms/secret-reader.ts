import type { Clock } from '../../core/clock.ts'
import { withTimeout } from '../../core/with-timeout.ts'
import { readTrust } from '../../keyset/document.ts'
import type { Keyset } from '../../keyset/keyset.ts'
import { revisionOf } from '../../keyset/version-id.ts'
import { LONGEST_JUMP } from '../newest-keyset.ts'
import type { KmsClient, SecretVersion } from './kms-client.ts'

/** How long to wait for the list: the keyset under ACSCurrent must not wait longer for it. */
const LIST_MS = 1_000

interface Stored {
  readonly keyset: Keyset
  readonly storedAt: number | undefined
}

/**
 * Reads the keyset of a secret: the version that ACSCurrent is on. The first read also looks for newer ones, if it may list
 * them: somebody may have moved ACSCurrent back, and a receiver that starts then would trust keys that are no longer in
 * use, or refuse the newest. It goes up to the highest valid version in line, never down.
 */
export function secretReader(kms: KmsClient, clock: Clock): (signal: AbortSignal) => Promise<Keyset> {
  let held: Stored | undefined

  return async (signal) => {
    const listed = held === undefined ? newerVersions(signal) : []
    const current = stored(await kms.version(null, signal))
    if (held === undefined) held = (await newest(current, await listed, signal)) ?? current
    else if (!isMovedBack(current, held)) held = current
    return held.keyset
  }

  /** If the list is denied or fails otherwise, no newer version is known. */
  async function newerVersions(signal: AbortSignal): Promise<readonly string[]> {
    return withTimeout(
      () => kms.versionIds(signal).catch(() => []),
      LIST_MS,
      clock,
      () => [],
    )
  }

  async function newest(
    current: Stored,
    versionIds: readonly string[],
    signal: AbortSignal,
  ): Promise<Stored | undefined> {
    const { revision } = current.keyset
    const inLine = versionIds
      .filter((id) => revisionOf(id) > revision && revisionOf(id) <= revision + LONGEST_JUMP)
      .toSorted((a, b) => revisionOf(b) - revisionOf(a))
    for (const versionId of inLine) {
      try {
        return stored(await kms.version(versionId, signal))
      } catch {
        // It is invalid or has just been dropped: the next one may do.
      }
    }
    return undefined
  }
}

function stored({ data, versionId, storedAt }: SecretVersion): Stored {
  return { keyset: readTrust(data, { versionId, storedAt }), storedAt }
}

/** Between two lineages, only time tells which one is newer; within one, the cache compares revisions. */
function isMovedBack(current: Stored, held: Stored): boolean {
  return (
    current.keyset.lineage !== held.keyset.lineage &&
    current.storedAt !== undefined &&
    held.storedAt !== undefined &&
    current.storedAt < held.storedAt
  )
}
