import { currentKey, type KeyEntry, type Keyset } from '../../keyset/keyset.ts'
import type { GroupContext } from '../state/context.ts'
import { apply, isBeingPublished } from './apply.ts'

/**
 * Brings domains to the current key that are not on it although no rotation is under way: new ones, and those that
 * somebody changed by hand. Warns of both.
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
 * Brings the domains back to the current key that somebody has set to a key that is found and not trusted, while receivers
 * do not know the pending key yet.
 *
 * @throws RotatorError as {@link apply} does.
 */
export async function repairFound(run: GroupContext, keyset: Keyset): Promise<void> {
  const current = currentKey(keyset)
  const found = keyset.keys.filter((entry) => entry.found === true)
  const domains = new Set(found.flatMap(({ kid }) => run.seen.domainsOn(kid)))
  if (current && domains.size > 0 && isBeingPublished(run, keyset)) await repair(run, current, false, domains)
}
