import { createHash } from 'node:crypto'
import { isoTime } from '../../core/clock.ts'
import { isObject } from '../../core/objects.ts'
import type { RotationRequest } from '../../config/types.ts'
import type { KeyEntry, Keyset } from '../../keyset/keyset.ts'
import { isRollback } from '../../keyset/moves/stage.ts'

// Which requests a document has served. An id counts within its kind, and is remembered for as long as it may come again:
// Function Compute retries for hours, a person reuses a ticket number days later.

export type RequestKind = 'rotation' | 'emergency' | 'rollback'

/** At least 7 days, with a day for clocks and time zones. */
const REMEMBERED_MS = 8 * 86_400_000
/** Maximum number of ids kept, newest first; 52 bytes each. */
const MOST_SERVED = 48
const HASH_DIGITS = 12

/** null for a request that stages nothing. */
export function kindOfRequest({ action, emergency }: RotationRequest): RequestKind | null {
  if (action === 'rollback') return 'rollback'
  if (action !== 'rotate') return null
  return emergency ? 'emergency' : 'rotation'
}

/** Whether the request staged this key. */
export function hasStaged(request: RotationRequest, entry: KeyEntry): boolean {
  return request.id !== null && entry.request === request.id && kindOfKey(entry) === kindOfRequest(request)
}

/** When the request was served; null if it was not, or too long ago to be remembered. */
export function servedAt(keyset: Keyset, request: RotationRequest): string | null {
  const name = nameOf(request)
  if (name === null) return null
  const staged = keyset.keys.find((entry) => hasStaged(request, entry))
  return servedOf(keyset).get(name) ?? staged?.stagedAt ?? null
}

/** Records the request as served. */
export function withServed(keyset: Keyset, request: RotationRequest, now: number): Keyset {
  const name = nameOf(request)
  const before = servedOf(keyset)
  if (name === null || before.has(name)) return keyset
  const kept = [...before]
    .filter(([, at]) => now - Date.parse(at) < REMEMBERED_MS)
    .sort(([, a], [, b]) => Date.parse(b) - Date.parse(a))
    .slice(0, MOST_SERVED - 1)
  const served = Object.fromEntries([[name, isoTime(now)], ...kept])
  return { ...keyset, extra: { ...keyset.extra, served } }
}

/** Reads what another version may have written: entries that are not understood are skipped. */
function servedOf({ extra }: Keyset): ReadonlyMap<string, string> {
  const { served } = extra
  if (!isObject(served) || Array.isArray(served)) return new Map()
  return new Map(
    Object.entries(served).flatMap(([name, at]: [string, unknown]): [string, string][] =>
      typeof at === 'string' && !Number.isNaN(Date.parse(at)) ? [[name, at]] : [],
    ),
  )
}

function kindOfKey(entry: KeyEntry): RequestKind {
  if (isRollback(entry)) return 'rollback'
  return entry.emergency === true ? 'emergency' : 'rotation'
}

/** Ids are long and may be any text, so a hash stands for them. */
function nameOf(request: RotationRequest): string | null {
  const kind = kindOfRequest(request)
  if (kind === null || request.id === null) return null
  const hash = createHash('sha256').update(request.id).digest('hex').slice(0, HASH_DIGITS)
  return `${kind}:${hash}`
}
