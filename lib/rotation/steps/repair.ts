import type { KeyEntry } from '../../keyset/keyset.ts'
import type { GroupContext } from '../state/context.ts'
import { apply } from './apply.ts'

/**
 * Brings domains to the current key that are not on it although no rotation is under way: new ones, and those that
 * somebody changed by hand. Warns of both.
 *
 * @throws RotatorError as {@link apply} does.
 */
export async function repair(run: GroupContext, current: KeyEntry, urgent: boolean): Promise<void> {
  const { kid } = current
  const before = run.seen
  await apply(run, current, urgent)
  const repaired = before.domainsToSet(kid).filter((domain) => run.seen.isOn(domain, kid))
  const hadKey = (domain: string): boolean => Boolean(before.stateOf(domain).reading?.key)
  const added = repaired.filter((domain) => !hadKey(domain))
  const drifted = repaired.filter(hadKey)
  if (added.length > 0) run.journal.warn({ kind: 'domainsAdded', domains: added, kid })
  if (drifted.length > 0) run.journal.warn({ kind: 'driftRepaired', domains: drifted, kid })
}
