import { isoTime } from '../core/clock.ts'
import { RotatorError } from '../core/errors.ts'
import { keysetBytes } from './document.ts'
import { Key } from './key.ts'
import {
  currentKey,
  findKey,
  isRevoked,
  KEYSET_MAX_BYTES,
  pendingKey,
  type KeyEntry,
  type Keyset,
  type KeyState,
  type OnRunningStreams,
  type RevokedKid,
} from './keyset.ts'

// The moves between the states of a keyset. Each is a pure function from a document to the next one; none of them
// touches the revision, which `nextRevision` gives at the save. A move never drops a key that a domain may still sign
// with: only `retire` and `revoke` drop keys, and they are told which.

const REVOKED_KEPT = 64
/** So many late domains are named; more of them stand as one. */
const MOST_LATE = 30
const EVERY_DOMAIN = '*'
/** Receivers read the document again and again, so the names in it are kept up to so many bytes only. */
const MOST_DISCOVERED = 8_192
/** Bytes of the longest request id, as JSON writes it. */
const LONGEST_REQUEST = 800
const REVOKED: RevokedKid = { kid: '0'.repeat(12), at: isoTime(0), extra: {} }

const RANK: Record<KeyState, number> = { pending: 0, current: 1, previous: 2, compromised: 3 }

/** A document before its first save: revision 0, which is never stored. */
export function newKeyset(group: string, lineage: string): Keyset {
  return { lineage, group, revision: 0, ttl: 1, updatedAt: isoTime(0), keys: [], revoked: [], extra: {} }
}

/**
 * The document to be saved in place of `base`: `changed` with the next revision. When the ttl is lowered, receivers may
 * hold older documents for longer than the new ttl says; `cachedUntil` remembers until when.
 */
export function nextRevision(base: Keyset, changed: Keyset, ttlMs: number, now: number): Keyset {
  const { cachedUntil: _, ...rest } = changed
  const cachedUntil = receiversHoldUntil(base, now)
  const next = {
    ...rest,
    revision: base.revision + 1,
    ttl: ttlMs,
    updatedAt: isoTime(now),
    ...(cachedUntil > now + ttlMs && { cachedUntil: isoTime(cachedUntil) }),
  }
  return keysetBytes(next) > KEYSET_MAX_BYTES ? withoutDiscovered(next) : next
}

/** How much later than it says itself the document that staged the pending key was stored, in milliseconds. */
export function stagedLate(pending: KeyEntry, keyset: Keyset, storedAt: number | undefined): number {
  if (storedAt === undefined || pending.stagedAt === undefined || pending.stagedAt !== keyset.updatedAt)
    return 0
  return Math.max(0, storedAt - Date.parse(pending.stagedAt))
}

/**
 * `changed` with that lateness of `base` written down: after its save nobody can tell any more when `base` was stored.
 */
export function noteStored(base: Keyset, changed: Keyset, storedAt: number | undefined): Keyset {
  const before = pendingKey(base)
  const late = before ? stagedLate(before, base, storedAt) : 0
  if (!before || late === 0) return changed
  const keys = changed.keys.map((entry) =>
    entry.state === 'pending' && entry.kid === before.kid && entry.knownFrom !== undefined
      ? { ...entry, knownFrom: isoTime(Date.parse(entry.knownFrom) + late) }
      : entry,
  )
  return { ...changed, keys }
}

/** Until when a receiver may hold `base`, or a document before it, if `base` is replaced at `now`. */
function receiversHoldUntil(base: Keyset, now: number): number {
  if (base.revision === 0) return now
  const older = base.cachedUntil === undefined ? 0 : Date.parse(base.cachedUntil)
  return Math.max(older, now + base.ttl)
}

/** Adds keys that domains were found on, as the newest `previous` keys. Keys known already, or revoked, are left out. */
export function importPrevious(keyset: Keyset, keys: readonly Key[], now: number): Keyset {
  return importAs(keyset, keys, { state: 'previous', createdAt: isoTime(now), clearedAt: null })
}

/** The same in an emergency: what domains were found on is not trusted. */
export function importCompromised(
  keyset: Keyset,
  keys: readonly Key[],
  onRunningStreams: OnRunningStreams,
  now: number,
): Keyset {
  const at = isoTime(now)
  return importAs(keyset, keys, {
    state: 'compromised',
    createdAt: at,
    clearedAt: null,
    compromisedAt: at,
    onRunningStreams,
  })
}

function importAs(
  keyset: Keyset,
  keys: readonly Key[],
  fields: Omit<KeyEntry, 'kid' | 'key' | 'extra'>,
): Keyset {
  const unknown = new Map(
    keys.filter(({ kid }) => !findKey(keyset, kid) && !isRevoked(keyset, kid)).map((key) => [key.kid, key]),
  )
  const imported = [...unknown.values()].map((key): KeyEntry => ({ kid: key.kid, key, ...fields, extra: {} }))
  return inOrder({ ...keyset, keys: [...imported, ...keyset.keys] })
}

export interface StageOptions {
  readonly ttlMs: number
  readonly request?: string | undefined
}

/** Adds a new key as `pending`: from the save of this on, receivers learn it. There must be no pending key. */
export function stage(keyset: Keyset, key: Key, options: StageOptions, now: number): Keyset {
  if (pendingKey(keyset)) throw new TypeError('a keyset with a pending key cannot stage another')
  return withPending(keyset, { kid: key.kid, key, createdAt: isoTime(now), extra: {} }, options, now)
}

export interface EmergencyOptions extends StageOptions {
  /** The kids that leaked; empty for every key of the document. */
  readonly leaked: readonly string[]
  readonly onRunningStreams: OnRunningStreams
}

/**
 * Takes the leaked keys' trust away and stages a fresh key, in one document. An emergency is not to fail for want of room:
 * the oldest leaked keys that do not fit beside the fresh one are revoked at once.
 */
export function startEmergency(keyset: Keyset, key: Key, options: EmergencyOptions, now: number): Keyset {
  return withinRoom(withEmergency(keyset, key, options, now), now)
}

function withEmergency(keyset: Keyset, key: Key, options: EmergencyOptions, now: number): Keyset {
  const distrusted = withoutTrust(keyset, options, now).keys.map((entry) =>
    entry.state === 'pending' ? becomePrevious(entry) : entry,
  )
  const { onRunningStreams } = options
  const fresh = { kid: key.kid, key, createdAt: isoTime(now), emergency: true, onRunningStreams, extra: {} }
  const displaced = pendingKey(keyset) !== undefined
  return withPending(
    { ...keyset, keys: distrusted },
    { ...fresh, ...(displaced && { displaced }) },
    options,
    now,
  )
}

type Distrust = Pick<EmergencyOptions, 'leaked' | 'onRunningStreams'>

/** Takes the trust of leaked keys away: those named, or every key. As in an emergency, what does not fit is revoked. */
export function distrust(keyset: Keyset, options: Distrust, now: number): Keyset {
  return withinRoom(withoutTrust(keyset, options, now), now)
}

function withoutTrust(keyset: Keyset, { leaked, onRunningStreams }: Distrust, now: number): Keyset {
  const keys = keyset.keys.map((entry): KeyEntry => {
    if (leaked.length > 0 && !leaked.includes(entry.kid)) return entry
    return {
      ...withoutPending(entry),
      state: 'compromised',
      clearedAt: entry.clearedAt ?? null,
      compromisedAt: entry.compromisedAt ?? isoTime(now),
      onRunningStreams,
    }
  })
  return inOrder({ ...keyset, keys })
}

/**
 * The key that a rollback would put back: the current one when a pending key is given up for it, else the newest
 * `previous` key that all domains were once on, else the newest that was imported. Never a compromised one.
 */
export function rollbackTarget(keyset: Keyset): KeyEntry | undefined {
  if (pendingKey(keyset)) {
    const current = currentKey(keyset)
    if (current) return current
  }
  const previous = keyset.keys.filter((entry) => entry.state === 'previous')
  return previous.find((entry) => entry.appliedAt !== undefined) ?? previous[0]
}

/** Whether the pending key came back by a rollback. */
export function isRollback(entry: KeyEntry): boolean {
  return entry.firstStagedAt !== undefined
}

/**
 * Makes the key before the present one pending again.
 *
 * @throws RotatorError `noRollback` when there is none that is trusted.
 */
export function rollBack(keyset: Keyset, options: StageOptions, now: number): Keyset {
  const target = rollbackTarget(keyset)
  if (!target) {
    throw new RotatorError(
      'noRollback',
      `group ${keyset.group} has no earlier key that is trusted; start a new rotation instead`,
    )
  }
  // Only where it was staged for the first time does a key stand for an emergency.
  const { clearedAt: _, emergency: __, ...entry } = withoutPending(target)
  const displaced = pendingKey(keyset) !== undefined
  const others = keyset.keys
    .filter(({ kid }) => kid !== target.kid)
    .map((other) => (other.state === 'pending' ? becomePrevious(other) : other))
  const firstStagedAt = entry.firstStagedAt === undefined ? (entry.stagedAt ?? null) : entry.firstStagedAt
  const again = { ...entry, firstStagedAt }
  return withPending({ ...keyset, keys: others }, { ...again, ...(displaced && { displaced }) }, options, now)
}

/** The pending key is on every domain: it becomes `current`, the one before it `previous`. */
export function promote(keyset: Keyset, appliedAt: number): Keyset {
  const keys = keyset.keys.map((entry): KeyEntry => {
    if (entry.state === 'pending') {
      const { onRunningStreams: _, ...rest } = withoutPending(entry)
      return { ...rest, state: 'current', appliedAt: isoTime(appliedAt) }
    }
    return entry.state === 'current' ? becomePrevious(entry) : entry
  })
  return inOrder({ ...keyset, keys })
}

/**
 * Writes down which old keys no domain is set to any more.
 *
 * @param inUse - The kids that domains were seen on.
 * @param complete - Whether every domain of the group was read; if not, no key can be called cleared.
 * @param at - When the last of the domains was read.
 */
export function noteDomains(
  keyset: Keyset,
  inUse: ReadonlySet<string>,
  complete: boolean,
  at: number,
): Keyset {
  const keys = keyset.keys.map((entry): KeyEntry => {
    if (entry.state === 'pending' || entry.state === 'current') return entry
    if (inUse.has(entry.kid)) return entry.clearedAt === null ? entry : { ...entry, clearedAt: null }
    return complete && typeof entry.clearedAt !== 'string' ? { ...entry, clearedAt: isoTime(at) } : entry
  })
  return keys.every((entry, index) => entry === keyset.keys[index]) ? keyset : { ...keyset, keys }
}

/**
 * Writes on the current key which domains came, or are still to come, to it from a leaked key after the others: their
 * streams can sign with the leaked key for longer. Where there is no room for the names, every domain counts as late.
 */
export function noteLate(keyset: Keyset, domains: readonly string[]): Keyset {
  const current = currentKey(keyset)
  const known = current?.late ?? []
  const late = [...new Set([...known, ...domains])]
  if (!current || late.length === known.length) return keyset
  const noted = (names: readonly string[]): Keyset => ({
    ...keyset,
    keys: keyset.keys.map((entry) => (entry === current ? { ...entry, late: names } : entry)),
  })
  if (late.length > MOST_LATE) return noted([EVERY_DOMAIN])
  const named = noted(late.sort())
  return hasRoom(named) ? named : noted([EVERY_DOMAIN])
}

/**
 * Writes down which domains discovery has found. They are left out where they are very many, or where the document needs
 * the room for keys.
 */
export function noteDiscovered(keyset: Keyset, domains: readonly string[]): Keyset {
  const rest = withoutDiscovered(keyset)
  const discovered = [...domains].sort()
  const noted = { ...rest, discovered }
  const fits =
    Buffer.byteLength(JSON.stringify(discovered)) <= MOST_DISCOVERED &&
    keysetBytes(fullest(noted)) <= KEYSET_MAX_BYTES
  const next: Keyset = discovered.length > 0 && fits ? noted : rest
  return JSON.stringify(next.discovered) === JSON.stringify(keyset.discovered) ? keyset : next
}

function withoutDiscovered(keyset: Keyset): Keyset {
  const { discovered: _, ...rest } = keyset
  return rest
}

/** Whether a domain left the leaked keys later than `appliedAt` says. */
export function isLate(current: KeyEntry, domain: string): boolean {
  return current.late?.some((name) => name === domain || name === EVERY_DOMAIN) ?? false
}

/** Forgets `previous` keys; from the save on, receivers refuse what they sign. */
export function retire(keyset: Keyset, kids: readonly string[]): Keyset {
  return {
    ...keyset,
    keys: keyset.keys.filter(({ kid, state }) => state !== 'previous' || !kids.includes(kid)),
  }
}

/**
 * Moves compromised keys to `revoked`: their kids stay, so that none of them is ever taken for a key to be trusted.
 *
 * @param inUse - The kids that domains were seen on: these are kept however old they are.
 */
export function revoke(
  keyset: Keyset,
  kids: readonly string[],
  inUse: ReadonlySet<string>,
  now: number,
): Keyset {
  const leaving = keyset.keys.filter(({ kid, state }) => state === 'compromised' && kids.includes(kid))
  const revoked = [...leaving.map(({ kid }) => ({ kid, at: isoTime(now), extra: {} })), ...keyset.revoked]
  return {
    ...keyset,
    keys: keyset.keys.filter((entry) => !leaving.includes(entry)),
    revoked: revoked.filter(({ kid }, index) => index < REVOKED_KEPT || inUse.has(kid)),
  }
}

/**
 * Checks that a document can be stored, and everything that may come after it too: an emergency, and the times that its
 * keys are still to get. Otherwise the run that has to let keys go could not save.
 *
 * @throws RotatorError `keysetFull`, with what to do.
 */
export function checkRoom(keyset: Keyset): void {
  const bytes = keysetBytes(fullest(withoutDiscovered(keyset)))
  if (bytes <= KEYSET_MAX_BYTES) return
  throw new RotatorError(
    'keysetFull',
    `the keyset of group ${keyset.group} has ${keyset.keys.length} keys and no room for another one ` +
      `(${bytes} bytes with the room that an emergency needs; KMS allows ${KEYSET_MAX_BYTES}). ` +
      `Let old keys retire (push the streams again that sign with them, or lower overlap.max), or split the group`,
  )
}

/** The document at its largest: an emergency's key under the longest id, every time filled in, all kids revoked. */
function fullest(keyset: Keyset): Keyset {
  const options = { leaked: [], ttlMs: keyset.ttl, request: 'x'.repeat(LONGEST_REQUEST) }
  const emergency = withEmergency(keyset, Key.generate(), { ...options, onRunningStreams: 'quarantine' }, 0)
  const revoked = Array.from({ length: REVOKED_KEPT }, (_, index) => keyset.revoked[index] ?? REVOKED)
  return { ...withEveryTime(emergency), revoked }
}

/** With all that its keys are still to get. */
function withEveryTime(keyset: Keyset): Keyset {
  const at = isoTime(0)
  const times = { createdAt: at, stagedAt: at, appliedAt: at, clearedAt: at, compromisedAt: at }
  const keys = keyset.keys.map((entry) => ({
    ...entry,
    ...times,
    ...(entry.state === 'pending' && { late: [EVERY_DOMAIN] }),
  }))
  return { ...keyset, cachedUntil: at, keys }
}

/** Whether the document has room for all that its keys are still to get. */
function hasRoom(keyset: Keyset): boolean {
  return keysetBytes(withoutDiscovered(withEveryTime(keyset))) <= KEYSET_MAX_BYTES
}

/** Revokes the oldest leaked keys until that is so. */
function withinRoom(keyset: Keyset, now: number): Keyset {
  const all = new Set([...keyset.keys, ...keyset.revoked].map(({ kid }) => kid))
  let fitting = keyset
  while (!hasRoom(fitting)) {
    const oldest = fitting.keys.findLast(({ state }) => state === 'compromised')
    if (!oldest) break
    fitting = revoke(fitting, [oldest.kid], all, now)
  }
  return fitting
}

type Stageable = Omit<KeyEntry, 'state' | 'stagedAt'>

function withPending(keyset: Keyset, entry: Stageable, options: StageOptions, now: number): Keyset {
  const { request: _, ...fields } = entry
  const own = now + options.ttlMs
  const staged: KeyEntry = {
    ...fields,
    state: 'pending',
    stagedAt: isoTime(now),
    knownFrom: isoTime(Math.max(receiversHoldUntil(keyset, now), own)),
    ...(options.request !== undefined && { request: options.request }),
  }
  return inOrder({ ...keyset, keys: [staged, ...keyset.keys] })
}

function becomePrevious(entry: KeyEntry): KeyEntry {
  return { ...withoutPending(entry), state: 'previous', clearedAt: null }
}

/** Without what counts only while a key is pending or current. */
function withoutPending(entry: KeyEntry): KeyEntry {
  const { knownFrom: _, displaced: __, late: ___, ...rest } = entry
  return rest
}

/** Sorts by state and leaves the order within a state: what came first stays first, so newest keys are put in front. */
function inOrder(keyset: Keyset): Keyset {
  return { ...keyset, keys: [...keyset.keys].sort((a, b) => RANK[a.state] - RANK[b.state]) }
}
