import { currentKey, type KeyEntry, type Keyset } from '../../keyset/keyset.ts'
import type { GroupContext } from '../state/context.ts'
import { apply, isBeingPublished } from './apply.ts'

/**
 * Sets domains that are not on the current key although no rotation is in progress: new ones, and those that have drifted.
 * Warns about both.
 *
 * @throws RotatorError as {@link apply} does.
 */
export async function repair(
  run: GroupContext,
  current: KeyEntry,
  urgent: boolean,
  only?: ReadonlySet<string>,
): Promise<void> {
  const { kid } = current
  const before = run.seen
  await apply(run, current, urgent, only)
  const repaired = before
    .domainsToSet(kid)
    .filter((domain) => run.seen.isOn(domain, kid) && (only?.has(domain) ?? true))
  const hadKey = (domain: string): boolean => Boolean(before.stateOf(domain).reading?.key)
  const added = repaired.filter((domain) => !hadKey(domain))
  const drifted = repaired.filter(hadKey)
  if (added.length > 0) run.journal.warn({ kind: 'domainsAdded', domains: added, kid })
  if (drifted.length > 0) run.journal.warn({ kind: 'driftRepaired', domains: drifted, kid })
}

/**
 * Sets domains that are on a found, untrusted key back to the current key while receivers do not know the pending one yet.
 *
 * @throws RotatorError as {@link apply} does.
 */
export async function repairFound(run: GroupContext, keyset: Keyset): Promise<void> {
  const current = currentKey(keyset)
  const found = keyset.keys.filter((entry) => entry.found === true)
  const domains = new Set(found.flatMap(({ kid }) => run.seen.domainsOn(kid)))
  if (current && domains.size > 0 && isBeingPublished(run, keyset)) await repair(run, current, false, domains)
}
