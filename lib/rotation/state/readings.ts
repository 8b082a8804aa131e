import { pendingKey, type Keyset, type OnRunningStreams } from '../../keyset/keyset.ts'
import { importCompromised, importPrevious } from '../../keyset/moves/import-keys.ts'
import { noteDiscovered, noteDomains, noteLate } from '../../keyset/moves/notes.ts'
import type { Observation } from './observation.ts'
import { interruptKeys } from './streams.ts'

// What an observation says about a document. Pure.

/**
 * The document with what the domains were found on, before any of them is set: an unknown key is imported, so that
 * callbacks of its running streams stay accepted; one that the document holds as cleared is in use again. While an
 * emergency's key is pending, what is imported is not trusted.
 *
 * @param onRunningStreams - What becomes of the streams of such keys where the document does not say.
 */
export function withSeen(
  keyset: Keyset,
  seen: Observation,
  onRunningStreams: OnRunningStreams,
  now: number,
): Keyset {
  const known = noteDomains(keyset, seen.kidsInUse(), false, now)
  const reopened = noteLate(known, domainsToInterrupt(keyset, seen))
  const unknown = seen.unknownKeys(keyset)
  return withDiscovered(unknown.length === 0 ? reopened : imported(reopened), seen)

  function imported(before: Keyset): Keyset {
    return pendingKey(keyset)?.emergency
      ? importCompromised(before, unknown, modeOf(keyset) ?? onRunningStreams, now)
      : importPrevious(before, unknown, now)
  }
}

/**
 * The document with what the domains' readings tell of its old keys: which of them no domain is set to any more.
 *
 * @param generation - The ledger's, now.
 */
export function withCleared(keyset: Keyset, seen: Observation, generation: number): Keyset {
  return noteDomains(keyset, seen.kidsInUse(), seen.provesAbsence(generation), seen.lastReadAt())
}

function withDiscovered(keyset: Keyset, seen: Observation): Keyset {
  return seen.complete && keyset.keys.length > 0 ? noteDiscovered(keyset, seen.discovered) : keyset
}

/** The domains that are on a leaked key although the fresh one is current: somebody set them back, or they were not reached. */
function domainsToInterrupt(keyset: Keyset, seen: Observation): string[] {
  return interruptKeys(keyset).flatMap(({ kid }) => seen.domainsOn(kid))
}

/** The choice that the emergency's first save wrote down: any later run finishes by it. */
function modeOf(keyset: Keyset): OnRunningStreams | undefined {
  const entries = [pendingKey(keyset), ...keyset.keys]
  return entries.find((entry) => entry?.onRunningStreams !== undefined)?.onRunningStreams
}
