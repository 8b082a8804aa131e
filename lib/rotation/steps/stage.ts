import { Key } from '../../keyset/key.ts'
import type { Keyset } from '../../keyset/keyset.ts'
import { rollBack, stage } from '../../keyset/moves/stage.ts'
import { decide, type Intent } from '../decide.ts'
import type { GroupContext } from '../state/context.ts'
import { withSeen } from '../state/readings.ts'

/**
 * Saves the key that is to be set as `pending`, before anything outside changes: a new one, or for a rollback an earlier
 * one. With any other intent it only imports the keys that domains were found on, where there are such; they are saved
 * with the staging otherwise. One save at most.
 *
 * @throws RotatorError `keysetFull` before any effect when there is no room; `noRollback`.
 */
export async function stageKey(run: GroupContext, intent: Intent): Promise<void> {
  const { ledger, seen, request } = run
  const key = Key.generate()
  const done = { staged: false }
  const saved = await ledger.change(changeOf(intent), (keyset, now) => {
    // After a lost race another run's key may be pending: that one is resumed.
    done.staged = (intent === 'stage' || intent === 'rollback') && intentFor(run, keyset) === intent
    const before = done.staged ? stagedBy(run, intent, keyset, key, now) : keyset
    const next = withSeen(before, seen, request.onRunningStreams, now)
    return next === keyset ? null : next
  })
  if (saved && done.staged) noteStaged(run)
}

/** What the request comes to on the newest document, or on another that it is to be saved in place of. */
export function intentFor(run: GroupContext, keyset: Keyset | null = run.ledger.keyset): Intent {
  return decide(run.request, keyset?.revision === 0 ? null : keyset, run.group, run.now())
}

export function stageOptions({ group, request }: GroupContext): { ttlMs: number; request?: string } {
  return { ttlMs: group.ttlMs, ...(request.id !== null && { request: request.id }) }
}

export function noteStaged({ pending, journal }: GroupContext): void {
  if (pending) journal.note({ level: 'info', event: 'staged', kid: pending.kid })
}

function changeOf(intent: Intent): 'staged' | 'rolledBack' | 'imported' {
  if (intent === 'stage') return 'staged'
  return intent === 'rollback' ? 'rolledBack' : 'imported'
}

function stagedBy(run: GroupContext, intent: Intent, keyset: Keyset, key: Key, now: number): Keyset {
  const options = stageOptions(run)
  return intent === 'stage' ? stage(keyset, key, options, now) : rollBack(keyset, options, now)
}
