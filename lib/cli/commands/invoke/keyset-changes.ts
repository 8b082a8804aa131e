import { isoTime } from '../../../core/clock.ts'
import type { GroupConfig } from '../../../config/types.ts'
import { currentKey, pendingKey, type KeyEntry, type Keyset } from '../../../keyset/keyset.ts'
import { publishedAt } from '../../../rotation/decide.ts'
import type { LogEvent } from '../../../rotation/report/events.ts'

/**
 * What changed in a group between two looks at its keyset, as the events that a local run would log.
 *
 * @param before - null if there was none yet.
 */
export function keysetChanges(
  before: Keyset | null,
  after: Keyset | null,
  group: GroupConfig,
  now: number,
): LogEvent[] {
  if (after === null || before?.revision === after.revision) return []
  return [...distrusted(before, after), ...staged(before, after, group, now), ...settled(before, after)].map(
    (event) => ({ ...event, group: group.name }),
  )
}

/** The keyset before the run with this id staged its key, as far as the current one shows it. */
export function beforeRun(keyset: Keyset, runId: string): Keyset {
  const own = pendingKey(keyset)
  if (own?.request !== runId) return keyset
  const others = keyset.keys.filter((entry) => entry !== own)
  const trusted = (entry: KeyEntry): KeyEntry =>
    entry.state === 'compromised' && own.emergency === true ? { ...entry, state: 'previous' } : entry
  return { ...keyset, revision: keyset.revision - 1, keys: others.map(trusted) }
}

function distrusted(before: Keyset | null, after: Keyset): LogEvent[] {
  const known = before?.keys.filter(({ state }) => state === 'compromised').map(({ kid }) => kid) ?? []
  const leaked = after.keys.filter(({ kid, state }) => state === 'compromised' && !known.includes(kid))
  if (leaked.length === 0) return []
  return [{ level: 'info', event: 'saved', revision: after.revision, change: 'cutOff' }]
}

function staged(before: Keyset | null, after: Keyset, group: GroupConfig, now: number): LogEvent[] {
  const pending = pendingKey(after)
  if (pending === undefined || (before && pendingKey(before)?.kid === pending.kid)) return []
  const until = publishedAt(pending, after, group)
  return [
    { level: 'info', event: 'staged', kid: pending.kid },
    ...(until > now
      ? [{ level: 'info', event: 'waiting', phase: 'publishing', until: isoTime(until) } as const]
      : []),
  ]
}

function settled(before: Keyset | null, after: Keyset): LogEvent[] {
  const current = currentKey(after)
  const promoted = current !== undefined && (before === null || currentKey(before)?.kid !== current.kid)
  const gone = (before?.keys ?? []).filter(({ kid }) => !after.keys.some((entry) => entry.kid === kid))
  return [
    ...(promoted ? [{ level: 'info', event: 'promoted', kid: current.kid } as const] : []),
    ...(gone.length > 0
      ? [{ level: 'info', event: 'retired', kids: gone.map(({ kid }) => kid) } as const]
      : []),
  ]
}
