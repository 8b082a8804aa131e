import { isoTime } from '../core/clock.ts'
import type { Key } from './key.ts'

export const KEYSET_FORMAT = 'live-keyset/1'

/** In the order of keys in the document. */
export const KEY_STATES = ['pending', 'current', 'previous', 'compromised'] as const
export type KeyState = (typeof KEY_STATES)[number]

/** What happens to streams that still sign with a compromised key. */
export const ON_RUNNING_STREAMS = ['quarantine', 'reject', 'interrupt'] as const
export type OnRunningStreams = (typeof ON_RUNNING_STREAMS)[number]

/** Fields of a newer version or another writer; kept unchanged when the document is rewritten. */
export type ExtraFields = Readonly<Record<string, unknown>>

/**
 * One key of the document. Times are ISO 8601 in UTC.
 *
 * - `stagedAt`: the save that made it pending (anew after a rollback). Absent for an imported key.
 * - `firstStagedAt`: only after a rollback: its first `stagedAt`, null for an imported key. Streams may sign with it
 *   since then, however often it is staged.
 * - `signsFrom`: only if the rotator's clock ran ahead at its first staging: when that was by the cloud's clock, which
 *   tells the times of pushes.
 * - `appliedAt`: when the last domain was confirmed on it.
 * - `clearedAt`: when the last domain ever seen on it was confirmed on another key; null while one still is.
 * - `knownFrom`: only while pending: when the last receiver's copy of an older document expires.
 * - `emergency`: it was staged by an emergency.
 * - `late`: on the current key: domains that moved to it from a leaked key after `appliedAt`; `*` for too many of them.
 * - `arrivedAt`: when each of them was first seen on it; without those that were not yet.
 * - `found`: compromised because something other than the rotator set it, not because it leaked.
 * - `displaced`: it was staged while another key was pending, whose run may still be setting domains.
 */
export interface KeyEntry {
  readonly kid: string
  readonly key: Key
  readonly state: KeyState
  readonly createdAt?: string
  readonly stagedAt?: string
  readonly firstStagedAt?: string | null
  readonly signsFrom?: string
  readonly appliedAt?: string
  readonly clearedAt?: string | null
  readonly compromisedAt?: string
  readonly onRunningStreams?: OnRunningStreams
  readonly request?: string
  readonly knownFrom?: string
  readonly emergency?: boolean
  readonly displaced?: boolean
  readonly late?: readonly string[]
  readonly arrivedAt?: Readonly<Record<string, string>>
  readonly found?: boolean
  readonly extra: ExtraFields
}

/** A compromised key that left the document: only its kid, never the key. */
export interface RevokedKid {
  readonly kid: string
  readonly at: string
  readonly extra: ExtraFields
}

/** The parsed keyset document of a group. It satisfies every rule of the format. */
export interface Keyset {
  readonly lineage: string
  readonly group: string
  readonly revision: number
  /** How long a receiver may use this document before reading again, in milliseconds. */
  readonly ttl: number
  readonly updatedAt: string
  /** pending, current, previous from newest to oldest, compromised. */
  readonly keys: readonly KeyEntry[]
  readonly revoked: readonly RevokedKid[]
  /** Only after `ttl` was lowered: until when a receiver may hold an older document under its longer ttl. */
  readonly cachedUntil?: string
  /** The domains that discovery found: one that is no longer listed is still managed while it exists. */
  readonly discovered?: readonly string[]
  /**
   * 32-bit hashes of the domains that were confirmed on one of the group's own keys, six base64url digits each; `*` for
   * too many. Absent before the first look.
   */
  readonly known?: string
  readonly extra: ExtraFields
}

/** The document before the first save: revision 0, which is never stored. */
export function newKeyset(group: string, lineage: string): Keyset {
  return { lineage, group, revision: 0, ttl: 1, updatedAt: isoTime(0), keys: [], revoked: [], extra: {} }
}

/** Sorts by state and keeps the order within a state, so prepend newer keys. */
export function inOrder(keyset: Keyset): Keyset {
  const rank = ({ state }: KeyEntry): number => KEY_STATES.indexOf(state)
  return { ...keyset, keys: [...keyset.keys].sort((a, b) => rank(a) - rank(b)) }
}

export function pendingKey(keyset: Keyset): KeyEntry | undefined {
  return keyset.keys.find((entry) => entry.state === 'pending')
}

export function currentKey(keyset: Keyset): KeyEntry | undefined {
  return keyset.keys.find((entry) => entry.state === 'current')
}

/** The key that every domain of the group should be on: the pending one if there is one, else the current one. */
export function targetKey(keyset: Keyset): KeyEntry | undefined {
  return pendingKey(keyset) ?? currentKey(keyset)
}

export function findKey(keyset: Keyset, kid: string): KeyEntry | undefined {
  return keyset.keys.find((entry) => entry.kid === kid)
}

/** The key that was applied last; the first of them if none ever was. */
export function lastApplied(entries: readonly KeyEntry[]): KeyEntry | undefined {
  return entries.toSorted((a, b) => (b.appliedAt ?? '').localeCompare(a.appliedAt ?? ''))[0]
}

/** Whether a key was replaced or leaked: it stays only while streams may sign with it. */
export function isOld({ state }: Pick<KeyEntry, 'state'>): boolean {
  return state === 'previous' || state === 'compromised'
}

export function isRevoked(keyset: Keyset, kid: string): boolean {
  return keyset.revoked.some((entry) => entry.kid === kid)
}
