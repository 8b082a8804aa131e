import type { GroupConfig } from '../../config/types.ts'
import { hasCode, RotatorError } from '../../core/errors.ts'
import { currentKey, pendingKey, type KeyEntry, type Keyset } from '../../keyset/keyset.ts'
import { noteLate } from '../../keyset/moves/notes.ts'
import { revoke } from '../../keyset/moves/retire.ts'
import { promote } from '../../keyset/moves/stage.ts'
import type { GroupContext } from '../state/context.ts'
import { withCleared, withKnown } from '../state/readings.ts'
import type { Observation } from '../state/observation.ts'
import { interruptKeys, isRejected } from '../state/streams.ts'

/**
 * Makes the pending key current and the current one `previous`, in one save. The save also records which domains are known,
 * which of them come late to a key whose streams must be cut and, unless the clocks disagree, which old keys are cleared;
 * and it revokes rejected leaked keys.
 *
 * @throws RotatorError `fenced` when another run took over.
 */
export async function promoteKey(run: GroupContext, pending: KeyEntry): Promise<void> {
  const { ledger, journal, seen, clocksAgree } = run
  const appliedAt = journal.lastConfirmedAt ?? seen.lastReadAt()
  const saved = await ledger.change('promoted', (keyset, now) =>
    pendingKey(keyset)?.kid === pending.kid ? promoted(keyset, pending.kid, appliedAt, now) : null,
  )
  if (saved) journal.note({ level: 'info', event: 'promoted', kid: pending.kid })
  if (ledger.keyset && currentKey(ledger.keyset)?.kid === pending.kid) return
  throw new RotatorError(
    'fenced',
    `another run took over, and key ${pending.kid} must not become the current one; ` +
      'the other run or the next reconcile finishes',
  )

  function promoted(keyset: Keyset, kid: string, at: number, now: number): Keyset {
    const current = promote(keyset, at)
    const cleared = clocksAgree ? withCleared(current, seen, ledger.generation) : current
    const noted = interruptKeys(cleared).length > 0 ? noteLate(cleared, seen.domainsNotOn(kid)) : cleared
    const rejected = noted.keys.filter(isRejected).map((entry) => entry.kid)
    return revoke(withKnown(noted, seen), rejected, seen.kidsInUse(), now)
  }
}

/**
 * Whether the key may become current: every domain must be on it. One that fails holds promotion back until it is fixed,
 * removed or tolerated; in an emergency only reachable domains count, and the others are repaired later. Pure.
 */
export function mayPromote(pending: KeyEntry, seen: Observation, group: GroupConfig): boolean {
  const failed = seen.holdingBack(group)
  if (!seen.complete) return false
  if (failed.length === 0) return true
  const reachable = failed.some((domain) =>
    hasCode(seen.stateOf(domain).failure, 'notConfirmed', 'throttled'),
  )
  return pending.emergency === true && !reachable && seen.domainsOn(pending.kid).length > 0
}
