import { findKey, pendingKey, type Keyset, type OnRunningStreams } from '../../keyset/keyset.ts'
import {
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
  if (run.complete && run.unlisted.length > 0) run.warn({ kind: 'domainsUnlisted', domains: run.unlisted })
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
  // An emergency does not stop because the document is full: a key that is left out is refused, which is no more than due.
  return pendingKey(keyset)?.emergency
    ? importCompromised(reopened, unknown, emergencyMode(run, keyset), now)
    : importPrevious(reopened, unknown, now)
}

/** The domains that are on a leaked key although the fresh one is current: somebody set them back, or they were not reached. */
function domainsToInterrupt(run: GroupRun, keyset: Keyset): string[] {
  return interruptKeys(keyset).flatMap(({ kid }) => run.domainsOn(kid))
}

/** Saves that by itself, where no other save precedes the first set. */
export async function saveSeen(run: GroupRun): Promise<void> {
  await run.ledger.change('imported', (keyset, now) => {
    const next = withSeen(run, keyset, now)
    return next === keyset ? null : next
  })
}

/** Warns of keys that domains are on although nobody of ours has put them there. */
export function reportUnknownKeys(run: GroupRun, keyset: Keyset): void {
  for (const { kid } of run.keysOnDomains()) {
    if (findKey(keyset, kid)) continue
    run.warn({ kind: 'unknownKey', kid, domains: run.domainsOn(kid) })
  }
}

/** The mode that the emergency's first save wrote down: any later run finishes by it. */
function emergencyMode(run: GroupRun, keyset: Keyset): OnRunningStreams {
  const written = [pendingKey(keyset), ...keyset.keys].find((entry) => entry?.onRunningStreams !== undefined)
  return written?.onRunningStreams ?? run.request.onRunningStreams
}
