import type { Adopt } from '../../config/types.ts'
import { SHORTEST_TRUSTED, type Key } from '../../keyset/key.ts'
import { pendingKey, type Keyset, type OnRunningStreams } from '../../keyset/keyset.ts'
import { knownDomains, noteKnown } from '../../keyset/known.ts'
import { importCompromised, importFound, importPrevious, trustFound } from '../../keyset/moves/import-keys.ts'
import { noteDiscovered, noteDomains, noteLate } from '../../keyset/moves/notes.ts'
import type { Observation } from './observation.ts'
import { interruptKeys } from './streams.ts'

// What an observation says about a document. Pure.

/** How keys are imported that the document does not hold. */
export interface ImportRules {
  readonly adopt: Adopt
  /** What becomes of the streams of such keys in an emergency, where the document does not say. */
  readonly onRunningStreams: OnRunningStreams
  /** The kids that the documents of other groups hold as trusted. */
  readonly trustedElsewhere: ReadonlySet<string>
}

/**
 * The document with what the domains were found on, before any of them is set: an unknown key is imported, so that
 * callbacks of its running streams stay accepted; one that the document holds as cleared is in use again. A key that
 * somebody set behind the rotator's back is not trusted, and while an emergency's key is pending none is.
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
 * The keys that somebody has set behind the rotator's back: those that the document does not hold on domains that it
 * knows, and those that are too short, unless this is the first look.
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
        key.length < SHORTEST_TRUSTED ||
        (!rules.trustedElsewhere.has(key.kid) && seen.domainsOn(key.kid).some(isKnown)),
    )
}

/**
 * The document with the domains that it knows from now on: those that are on one of the group's own keys. One that a
 * complete look does not include is new when it comes back.
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
