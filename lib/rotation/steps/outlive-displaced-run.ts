import { CALL_TIMEOUT_MS } from '../../core/call-timeout.ts'
import { RotatorError } from '../../core/errors.ts'
import { sideBySide } from '../../core/side-by-side.ts'
import { lastApplied, type KeyEntry, type Keyset } from '../../keyset/keyset.ts'
import type { GroupContext } from '../state/context.ts'
import { FENCE_MS } from '../state/ledger.ts'
import type { Observation } from '../state/observation.ts'
import { apply } from './apply.ts'
import { readDomain, take } from './observe.ts'

/** Assumed maximum lag until a reading shows a set, which is undocumented. */
const READ_LAG_MS = 5_000

export interface Displacement {
  readonly keyset: Keyset
  readonly target: KeyEntry
  /** What the domains were on when this run began. */
  readonly first: Observation
  readonly urgent: boolean
}

/**
 * A run that displaced another must outlive its sets. They can arrive until that run's fence and last call are over and
 * readings show them. Reads the domains that it may have been setting again after that and repairs them.
 *
 * @throws RotatorError `deadline` if the run's time ends before that; otherwise as {@link apply} does.
 */
export async function outliveDisplacedRun(
  run: GroupContext,
  { keyset, target, first, urgent }: Displacement,
): Promise<void> {
  const safe = run.stagingDoneAt(target, keyset) + FENCE_MS + CALL_TIMEOUT_MS + READ_LAG_MS
  const again = contested(keyset, target, first).flatMap((domain) => {
    const state = run.seen.stateOf(domain)
    return state.reading && state.readAt < safe ? [[domain, state] as const] : []
  })
  if (again.length === 0) return
  if (safe > run.environment.deadline) {
    throw new RotatorError('deadline', "the run's time ends before its domains can be read again")
  }
  await run.environment.clock.sleep(Math.max(0, safe - run.now()))
  const news = await sideBySide(
    again,
    async ([domain, before]) => [domain, await readDomain(run, domain, before, urgent)] as const,
  )
  take(run, new Map(news))
  await apply(run, target, urgent)
}

/**
 * The domains that a displaced run may still be setting: with a pending key displaced, all of them. An emergency that
 * displaced none may have displaced a repair, which sets those that are not on the key that was current until then. Pure.
 */
export function contested(keyset: Keyset, target: KeyEntry, first: Observation): readonly string[] {
  if (target.displaced) return [...first.domains.keys()]
  if (target.emergency !== true) return []
  const replaced = lastApplied(
    keyset.keys.filter(({ kid, appliedAt }) => kid !== target.kid && appliedAt !== undefined),
  )
  return replaced ? first.domainsNotOn(replaced.kid) : []
}
