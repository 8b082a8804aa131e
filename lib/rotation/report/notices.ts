import { fieldsOf } from '../../core/objects.ts'
import type { Keyset } from '../../keyset/keyset.ts'

/** What people were told about a group, or will be if it recurs. Stored in the keyset document's extra fields. */
export interface Notice {
  /** A cause's code, with its subject where it has one: `domainFailed:live1.example.com`. */
  readonly cause: string
  /** When it was first seen. */
  readonly since: string
  /** Number of consecutive runs that saw it, up to the one that told people. */
  readonly count: number
  /** When people were told; null until then. */
  readonly toldAt: string | null
}

/** Small, because the document's bytes belong to its keys. */
export const MOST_NOTICES = 16
const LONGEST_CAUSE = 120

/** Reads what another version may have written: entries that are not understood are skipped. */
export function noticesOf(keyset: Keyset): Notice[] {
  const list: unknown = keyset.extra['notices']
  if (!Array.isArray(list)) return []
  return list.flatMap((entry: unknown) => readNotice(entry) ?? []).slice(0, MOST_NOTICES)
}

export function withNotices(keyset: Keyset, notices: readonly Notice[]): Keyset {
  const { notices: _, ...extra } = keyset.extra
  return { ...keyset, extra: { ...extra, ...(notices.length > 0 && { notices }) } }
}

/** The name of a cause in a notice, cut to the length of a typical domain name. */
export function causeName(code: string, subject: string | null): string {
  return (subject === null ? code : `${code}:${subject}`).slice(0, LONGEST_CAUSE)
}

function readNotice(entry: unknown): Notice | undefined {
  const { cause, since, count, toldAt } = fieldsOf(entry)
  if (typeof cause !== 'string' || typeof since !== 'string' || typeof count !== 'number') return undefined
  return { cause: causeName(cause, null), since, count, toldAt: typeof toldAt === 'string' ? toldAt : null }
}
