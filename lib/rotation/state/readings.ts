import type { Adopt } from '../../config/types.ts'
import { SHORTEST_TRUSTED, type Key } from '../../keyset/key.ts'
import { currentKey, pendingKey, type Keyset, type OnRunningStreams } from '../../keyset/keyset.ts'
import { knownDomains, noteKnown } from '../../keyset/known.ts'
import { importCompromised, importFound, importPrevious, trustFound } from '../../keyset/moves/import-keys.ts'
import { noteArrived, noteDiscovered, noteDomains, noteLate } from '../../keyset/moves/notes.ts'
import type { Observation } from './observation.ts'
import { interruptKeys } from './streams.ts'

// What an observation means for a document. Pure.

/** How to import keys that are not in the document. */
export interface ImportRules {
  readonly adopt: Adopt
  /** In an emergency, what happens to the streams of such keys if the document does not say. */
  readonly onRunningStreams: OnRunningStreams
  /** The trusted kids in the documents of other groups. */
  readonly trustedElsewhere: ReadonlySet<string>
}

/**
 * Adds to the document the keys that domains were found on, before any domain is set. An unknown key is imported, so that
 * callbacks of its running streams stay accepted; a cleared key is in use again. A key that something else set on a known
 * domain is not trusted, and while an emergency's key is pending no unknown key is.
 */
export function withSeen(keyset: Keyset, seen: Observation, rules: ImportRules, now: number): Keyset {
  const noted = noteDomains(keyset, seen.kidsInUse(), false, now)
  const reopened = noteLate(noted, domainsToInterrupt(keyset, seen))
  return withKnown(withDiscovered(withImported(reopened, seen, rules, now), seen), seen)
}

function withImported(keyset: Keyset, seen: Observation, rules: ImportRules, now: number): Keyset {
  const unknown = seen.unknownKeys(keyset)
  if (pendingKey(keyset)?.emergency) {
    const mode = modeOf(keyset) ?? rules.onRunningStreams
    return unknown.length === 0 ? keyset : importCompromised(keyset, unknown, mode, now)
  }
  const trusting = rules.adopt === 'trust' ? trustFound(keyset) : keyset
  if (unknown.length === 0) return trusting
  const found = foundKeys(keyset, seen, rules)
  const adopted = unknown.filter((key) => !found.includes(key))
  return importFound(importPrevious(trusting, adopted, now), found, now)
}

/**
 * The keys that something else has set: those on known domains that are not in the document, and those that are too short.
 * None on the first look.
 */
export function foundKeys(
  keyset: Keyset,
  seen: Observation,
  rules: Omit<ImportRules, 'onRunningStreams'>,
): Key[] {
  if (rules.adopt === 'trust' || keyset.known === undefined) return []
  const isKnown = knownDomains(keyset)
  return seen
    .unknownKeys(keyset)
    .filter(
      (key) =>
        key.reveal().length < SHORTEST_TRUSTED ||
        (!rules.trustedElsewhere.has(key.kid) && seen.domainsOn(key.kid).some(isKnown)),
    )
}

/**
 * Updates the known domains of the document: those on one of the group's own keys. A domain that is missing from a complete
 * look is new when it comes back.
 */
export function withKnown(keyset: Keyset, seen: Observation): Keyset {
  if (keyset.keys.length === 0) return keyset
  const own = new Set(keyset.keys.flatMap(({ kid, stagedAt }) => (stagedAt === undefined ? [] : [kid])))
  const names = [...seen.domains.keys()]
  const confirmed = names.filter((domain) => {
    const { reading } = seen.stateOf(domain)
    return reading?.enabled === true && reading.key !== null && own.has(reading.key.kid)
  })
  return noteKnown(keyset, confirmed, seen.complete ? names : null)
}

/**
 * Records in the document which old keys no domain is set to, and when domains that were late came to the current one.
 *
 * @param generation - The ledger's current one.
 */
export function withCleared(keyset: Keyset, seen: Observation, generation: number): Keyset {
  const cleared = noteDomains(keyset, seen.kidsInUse(), seen.provesAbsence(generation), seen.lastReadAt())
  const kid = currentKey(keyset)?.kid
  if (kid === undefined || !seen.isOf(generation)) return cleared
  return noteArrived(cleared, (domain) => (seen.isOn(domain, kid) ? seen.stateOf(domain).readAt : undefined))
}

function withDiscovered(keyset: Keyset, seen: Observation): Keyset {
  return seen.complete && keyset.keys.length > 0 ? noteDiscovered(keyset, seen.discovered) : keyset
}

/** The domains that are still on a leaked key although the fresh one is current: set back, or never reached. */
function domainsToInterrupt(keyset: Keyset, seen: Observation): string[] {
  return interruptKeys(keyset).flatMap(({ kid }) => seen.domainsOn(kid))
}

/** The choice that the emergency's first save recorded; every later run follows it. */
function modeOf(keyset: Keyset): OnRunningStreams | undefined {
  const entries = [pendingKey(keyset), ...keyset.keys]
  return entries.find((entry) => entry?.onRunningStreams !== undefined)?.onRunningStreams
}
