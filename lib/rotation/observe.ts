import { findKey, pendingKey, type Keyset, type OnRunningStreams } from '../keyset/keyset.ts'
import { checkRoom, importCompromised, importPrevious } from '../keyset/moves.ts'
import type { GroupRun } from './group-run.ts'

/** Reads what key every domain is set to. A domain that cannot be read is kept with its failure. */
export async function observe(run: GroupRun, urgent: boolean): Promise<void> {
  run.log({ level: 'info', event: 'observing', total: run.domains.size })
  await Promise.all(
    [...run.domains.keys()].map(async (domain) => {
      const { failure } = await run.read(domain, { urgent })
      run.log({ level: 'debug', event: 'observed', domain, ...(failure && { code: failure.code }) })
    }),
  )
}

/**
 * The document with every key that a domain was found on, so that callbacks of its running streams stay accepted. While
 * an emergency's key is pending such a key is not trusted.
 */
export function withImports(run: GroupRun, keyset: Keyset, now: number): Keyset {
  const unknown = run.unknownKeys(keyset)
  if (unknown.length === 0) return keyset
  const pending = pendingKey(keyset)
  const imported = pending?.emergency
    ? importCompromised(keyset, unknown, emergencyMode(run, keyset), now)
    : importPrevious(keyset, unknown, now)
  checkRoom(imported)
  return imported
}

/** Saves the imports by themselves, where no other save precedes the first set. */
export async function saveImports(run: GroupRun): Promise<void> {
  await run.ledger.change('keys found on domains are taken in', (keyset, now) => {
    const next = withImports(run, keyset, now)
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
  const written = keyset.keys.find((entry) => entry.state === 'compromised')?.onRunningStreams
  return written ?? run.request.onRunningStreams
}

/** The first few names, and how many more there are. */
export function names(all: readonly string[], most = 5): string {
  const shown = all.slice(0, most).join(', ')
  return all.length > most ? `${shown} and ${all.length - most} more` : shown
}
