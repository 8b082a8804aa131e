import type { Intent } from '../decide.ts'
import type { GroupContext } from '../state/context.ts'
import { kindOfRequest, servedAt } from '../state/served.ts'

/**
 * Whether the request leaves this group nothing to do: its key is young, the request was served before, or only keys of
 * other groups leaked. The last two are the report's first warning. Changes nothing.
 */
export function nothingToDo(run: GroupContext, intent: Intent): boolean {
  return intent === 'notDue' || wasServed(run, intent) || leakedElsewhere(run)
}

function wasServed({ request, ledger, journal }: GroupContext, intent: Intent): boolean {
  const kind = kindOfRequest(request)
  if (intent !== 'served' || !kind || !ledger.keyset) return false
  const at = servedAt(ledger.keyset, request)
  const level = request.fromTimer ? 'info' : 'warn'
  if (at !== null) journal.warn({ kind: 'requestServed', request: kind, at }, level)
  return true
}

/** A request for all groups may name only keys of other groups. */
function leakedElsewhere({ request: { leaked }, ledger, journal }: GroupContext): boolean {
  if (leaked.length === 0) return false
  const { keys = [], revoked = [] } = ledger.keyset ?? {}
  if ([...keys, ...revoked].some(({ kid }) => leaked.includes(kid))) return false
  journal.warn({ kind: 'leakedElsewhere', kids: leaked })
  return true
}
