import { hasCode } from '../../core/errors.ts'
import type { Key } from '../../keyset/key.ts'
import { findKey, pendingKey, type Keyset, type OnRunningStreams } from '../../keyset/keyset.ts'
import {
  checkRoom,
  importCompromised,
  importPrevious,
  noteDiscovered,
  noteDomains,
  noteLate,
} from '../../keyset/moves.ts'
import type { GroupRun } from '../state/group-run.ts'
import { interruptKeys } from '../state/streams.ts'

/** Reads what key every domain is set to. A domain that cannot be read is kept with its failure. */
export async function observe(run: GroupRun, urgent: boolean): Promise<void> {
  run.ledger.othersSaved = false
  run.log({ level: 'info', event: 'observing', total: run.domains.size })
  await Promise.all(
    [...run.domains.keys()].map(async (domain) => {
      const { failure } = await run.read(domain, { urgent })
      run.log({ level: 'debug', event: 'observed', domain, ...(failure && { code: failure.code }) })
    }),
  )
  if (run.complete && run.unlisted.length > 0) {
    run.warn(
      `${names(run.unlisted)}: found by discovery before and not listed as online any more, but still there; looked after ` +
        'as before. Name in discover.exclude what is to be left alone',
    )
  }
}

/**
 * The document with what the domains were found on, before any of them is set: a key that it does not hold is taken in, so
 * that callbacks of its running streams stay accepted; one that it holds as cleared is in use again. While an emergency's
 * key is pending, what is taken in is not trusted.
 */
export function withSeen(run: GroupRun, keyset: Keyset, now: number): Keyset {
  const seen = withKeysSeen(run, keyset, now)
  return run.complete && seen.keys.length > 0 ? noteDiscovered(seen, run.discovered) : seen
}

function withKeysSeen(run: GroupRun, keyset: Keyset, now: number): Keyset {
  const reopened = noteLate(noteDomains(keyset, run.kidsInUse(), false, now), domainsToInterrupt(run, keyset))
  const unknown = run.unknownKeys(keyset)
  if (unknown.length === 0) return reopened
  if (pendingKey(keyset)?.emergency) return withDistrusted(run, reopened, unknown, now)
  const imported = importPrevious(reopened, unknown, now)
  checkRoom(imported)
  return imported
}

/** The domains that are on a leaked key although the fresh one is current: somebody set them back, or they were not reached. */
function domainsToInterrupt(run: GroupRun, keyset: Keyset): string[] {
  return interruptKeys(keyset).flatMap(({ kid }) => run.domainsOn(kid))
}

/** An emergency does not stop because the document is full: a key that is left out is refused, which is no more than due. */
function withDistrusted(run: GroupRun, keyset: Keyset, unknown: readonly Key[], now: number): Keyset {
  const imported = importCompromised(keyset, unknown, emergencyMode(run, keyset), now)
  try {
    checkRoom(imported)
    return imported
  } catch (error) {
    if (!hasCode(error, 'keysetFull')) throw error
    run.warn(
      `${unknown.length} keys found on domains do not fit into the keyset: callbacks under them are refused`,
    )
    return keyset
  }
}

/** Saves that by itself, where no other save precedes the first set. */
export async function saveSeen(run: GroupRun): Promise<void> {
  await run.ledger.change('keys found on domains are taken in', (keyset, now) => {
    const next = withSeen(run, keyset, now)
    return next === keyset ? null : next
  })
}

/** Warns of keys that domains are on although nobody of ours has put them there. */
export function reportUnknownKeys(run: GroupRun, keyset: Keyset): void {
  for (const { kid } of run.keysOnDomains()) {
    if (findKey(keyset, kid)) continue
    const domains = run.domainsOn(kid)
    run.warn(`key ${kid}, found on ${names(domains)}, is not in the keyset`)
  }
}

/** The mode that the emergency's first save wrote down: any later run finishes by it. */
function emergencyMode(run: GroupRun, keyset: Keyset): OnRunningStreams {
  const written = [pendingKey(keyset), ...keyset.keys].find((entry) => entry?.onRunningStreams !== undefined)
  return written?.onRunningStreams ?? run.request.onRunningStreams
}

/** The first few names, and how many more there are. */
export function names(all: readonly string[], most = 5): string {
  const shown = all.slice(0, most).join(', ')
  return all.length > most ? `${shown} and ${all.length - most} more` : shown
}
