import { Key } from '../../keyset/key.ts'
import { RotatorError } from '../../core/errors.ts'
import { findKey, isRevoked, pendingKey, type Keyset } from '../../keyset/keyset.ts'
import { rollBack, stage, type StageOptions } from '../../keyset/moves/stage.ts'
import { decide, type Intent } from '../decide.ts'
import type { GroupContext } from '../state/context.ts'
import { foundKeys, withSeen, type ImportRules } from '../state/readings.ts'
import { kindOfRequest, servedAt, withServed } from '../state/served.ts'

/**
 * Saves the key that is to be set as `pending`, before anything outside changes: a new one, or for a rollback an earlier
 * one. With any other intent it only imports the keys that domains were found on, where there are such; they are saved
 * with the staging otherwise. The request is written down as served by the key that is pending then. One save at most.
 * Warns of keys that somebody has set behind the rotator's back.
 *
 * @throws RotatorError `keysetFull` before any effect when there is no room; `noRollback`; `fenced`.
 */
export async function stageKey(run: GroupContext, intent: Intent): Promise<void> {
  const { ledger, seen, request, journal } = run
  const key = Key.generate()
  const rules = await importRules(run)
  const found = ledger.keyset ? foundKeys(ledger.keyset, seen, rules) : []
  const done = { staged: false }
  const saved = await ledger.change(changeOf(intent), (keyset, now) => {
    checkOvertaken(keyset, key)
    // After a lost race another run's key may be pending: that one is resumed.
    done.staged = (intent === 'stage' || intent === 'rollback') && intentFor(run, keyset) === intent
    const before = done.staged ? stagedBy(run, intent, keyset, key, now) : keyset
    // A key that is resumed serves the request as well as one of its own.
    const serves = done.staged || pendingKey(keyset) !== undefined
    const next = withSeen(before, seen, rules, now)
    const noted = serves ? withServed(next, request, now) : next
    return noted === keyset ? null : noted
  })
  for (const { kid } of run.pending?.emergency === true ? [] : found)
    journal.warn({ kind: 'keyFound', kid, domains: seen.domainsOn(kid) })
  if (saved && done.staged) noteStaged(run)
}

/** A run that was frozen in its save may find that its key was staged, and given up by another run since. */
function checkOvertaken(keyset: Keyset, { kid }: Key): void {
  if (pendingKey(keyset)?.kid === kid) return
  if (!findKey(keyset, kid) && !isRevoked(keyset, kid)) return
  throw new RotatorError(
    'fenced',
    `another run has gone on meanwhile and key ${kid} is no longer the one to set; nothing is set by this run`,
  )
}

/** The documents of other groups are read only where one of them may explain a key. */
async function importRules({
  group,
  request,
  ledger,
  seen,
  trustedElsewhere,
}: GroupContext): Promise<ImportRules> {
  const rules = {
    adopt: group.adopt,
    onRunningStreams: request.onRunningStreams,
    trustedElsewhere: new Set<string>(),
  }
  const isAsked = ledger.keyset !== null && foundKeys(ledger.keyset, seen, rules).length > 0
  return isAsked ? { ...rules, trustedElsewhere: await trustedElsewhere() } : rules
}

/** What the request comes to on the newest document, or on another that it is to be saved in place of. */
export function intentFor(run: GroupContext, keyset: Keyset | null = run.ledger.keyset): Intent {
  return decide(run.request, keyset?.revision === 0 ? null : keyset, run.group, run.now())
}

/** Whether the request was served before, with nothing left to continue; the report's first warning says so. */
export function wasServed({ request, ledger, journal }: GroupContext, intent: Intent): boolean {
  const kind = kindOfRequest(request)
  if (intent !== 'served' || !kind || !ledger.keyset) return false
  const at = servedAt(ledger.keyset, request)
  const level = request.fromTimer ? 'info' : 'warn'
  if (at !== null) journal.warn({ kind: 'requestServed', request: kind, at }, level)
  return true
}

export function stageOptions({ group, request, clocksAgree, cloudAheadMs }: GroupContext): StageOptions {
  return {
    ttlMs: group.ttlMs,
    ...(request.id !== null && { request: request.id }),
    ...(!clocksAgree && cloudAheadMs < 0 && { clockAheadMs: -cloudAheadMs }),
  }
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
