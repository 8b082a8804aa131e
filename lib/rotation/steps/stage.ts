import { Key } from '../../keyset/key.ts'
import { RotatorError } from '../../core/errors.ts'
import { findKey, isRevoked, pendingKey, type Keyset } from '../../keyset/keyset.ts'
import { rollBack, stage, type StageOptions } from '../../keyset/moves/stage.ts'
import { decide, type Intent } from '../decide.ts'
import type { GroupContext } from '../state/context.ts'
import { foundKeys, withSeen, type ImportRules } from '../state/readings.ts'
import { withServed } from '../state/served.ts'

/**
 * Saves the key to be set as `pending` before anything outside changes: a new one, or for a rollback an earlier one. The
 * same save records what was observed, and with any other intent nothing else: it imports unknown keys found on domains,
 * takes back that a key was cleared if a domain is on it again, and notes which domains are late, discovered and known. If
 * a key is pending then, it also records the request as served. One save at most; none if nothing changes. Reads the
 * documents of other groups if one of them may explain an unknown key. Warns about keys that something else has set.
 *
 * @throws RotatorError `keysetFull` before any effect when there is no room; `noRollback`; `fenced`.
 */
export async function stageKey(run: GroupContext, intent: Intent): Promise<void> {
  const { ledger, seen, request, journal } = run
  const key = intent === 'stage' ? Key.generate() : null
  const rules = await importRules(run)
  const found = ledger.keyset ? foundKeys(ledger.keyset, seen, rules) : []
  const done = { staged: false }
  const saved = await ledger.change(changeOf(intent), (keyset, now) => {
    if (key) checkOvertaken(keyset, key)
    // After a lost race another run's key may be pending: resume that one.
    done.staged = (intent === 'stage' || intent === 'rollback') && intentFor(run, keyset) === intent
    const before = done.staged ? stagedBy(run, keyset, key, now) : keyset
    // Resuming a key serves the request just as staging one does.
    const serves = done.staged || pendingKey(keyset) !== undefined
    const next = withSeen(before, seen, rules, now)
    const noted = serves ? withServed(next, request, now) : next
    return noted === keyset ? null : noted
  })
  for (const { kid } of run.pending?.emergency === true ? [] : found)
    journal.warn({ kind: 'keyFound', kid, domains: seen.domainsOn(kid) })
  if (saved && done.staged) noteStaged(run)
}

/** Detects that this run was frozen during its save, and another run has since given up the key that it staged. */
function checkOvertaken(keyset: Keyset, { kid }: Key): void {
  if (pendingKey(keyset)?.kid === kid) return
  if (!findKey(keyset, kid) && !isRevoked(keyset, kid)) return
  throw new RotatorError(
    'fenced',
    `another run took over, and key ${kid} is no longer the one to set; this run sets nothing`,
  )
}

/** Reads the documents of other groups only if one of them may explain a key. */
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

/** The intent of the request for the newest document, or for another one that a save would replace. */
export function intentFor(run: GroupContext, keyset: Keyset | null = run.ledger.keyset): Intent {
  return decide(run.request, keyset?.revision === 0 ? null : keyset, run.group, run.now())
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

/** @param key - The new key; null for a rollback. */
function stagedBy(run: GroupContext, keyset: Keyset, key: Key | null, now: number): Keyset {
  const options = stageOptions(run)
  return key ? stage(keyset, key, options, now) : rollBack(keyset, options, now)
}
