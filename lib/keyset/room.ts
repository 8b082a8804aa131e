import { isoTime } from '../core/clock.ts'
import { RotatorError } from '../core/errors.ts'
import { serializeKeyset } from './document.ts'
import { Key } from './key.ts'
import { currentKey, findKey, pendingKey, type KeyEntry, type Keyset, type RevokedKid } from './keyset.ts'
import { EVERY_DOMAIN_KNOWN } from './known.ts'
import { startEmergency } from './moves/emergency.ts'
import { EVERY_DOMAIN } from './moves/notes.ts'
import { revoke, REVOKED_KEPT } from './moves/retire.ts'
import { LAST_REVISION } from './version-id.ts'

// All limits on the document's size, and what gives way to stay within them. The moves know none of them.

/** KMS's limit for a secret value (CreateSecret, `SecretData`), in bytes. */
export const KEYSET_MAX_BYTES = 30_720
/** Maximum bytes for the names of discovered domains, because receivers read the document again and again. */
const MOST_DISCOVERED = 8_192
/** Maximum number of late domains listed by name. */
const MOST_LATE = 30
/** Bytes of the longest request id in JSON. */
const LONGEST_REQUEST = 800
/** Maximum bytes for the hashes of known domains. */
const MOST_KNOWN = 8_192
const LONGEST_TTL = 86_400_000

/** What was dropped to fit a document. Receivers refuse the keys of these kids from the save on. */
export type GaveWay =
  /** The names of discovered domains. */
  | { readonly kind: 'discovered' }
  /** The names of the late domains: every domain counts as late. */
  | { readonly kind: 'late' }
  /** The hashes of the known domains: every domain counts as known. */
  | { readonly kind: 'everyDomainKnown' }
  /** Keys found on domains during an emergency, which are not imported. */
  | { readonly kind: 'foundKeysRefused'; readonly kids: readonly string[] }
  /** The oldest leaked keys, which are revoked at once. */
  | { readonly kind: 'leakedKeysRefused'; readonly kids: readonly string[] }

export interface Fitted {
  readonly keyset: Keyset
  readonly gaveWay: readonly GaveWay[]
}

/**
 * Fits a changed document into the size limit. Gives way in this order: the names of discovered domains, the ids of served
 * requests, the names of late domains, the hashes of known ones; in an emergency also the keys that were just found and the
 * oldest leaked ones, because an emergency must not fail for lack of room.
 *
 * Any other document must leave room for an emergency and for all fields that its keys may still get, or the run that drops
 * keys could not save. A change that takes none of that room always passes.
 *
 * @throws RotatorError `keysetFull`, with what to do.
 */
export function fit(base: Keyset, changed: Keyset, now: number): Fitted {
  const named = withFewNames(changed)
  const { keyset, gaveWay } = takesTrust(base, changed)
    ? fitEmergency(base, named, now)
    : fitChange(base, named)
  return {
    keyset,
    gaveWay: [
      ...(changed.discovered && !keyset.discovered ? [{ kind: 'discovered' } as const] : []),
      ...(lateOf(keyset) !== lateOf(changed) ? [{ kind: 'late' } as const] : []),
      ...(keyset.known !== changed.known ? [{ kind: 'everyDomainKnown' } as const] : []),
      ...gaveWay,
    ],
  }
}

/** The size of the stored document in bytes. */
export function keysetBytes(keyset: Keyset): number {
  return Buffer.byteLength(serializeKeyset(keyset), 'utf8')
}

/** Whether this is a save of an emergency, or of a run that finishes one. */
function takesTrust(base: Keyset, changed: Keyset): boolean {
  if (pendingKey(changed)?.emergency) return true
  return changed.keys.some(({ kid, state }) => state === 'compromised' && isTrusted(findKey(base, kid)))
}

function isTrusted(entry: KeyEntry | undefined): boolean {
  return entry !== undefined && entry.state !== 'compromised'
}

function withFewNames(keyset: Keyset): Keyset {
  const fewLate = (lateOf(keyset)?.length ?? 0) > MOST_LATE ? withEveryLate(keyset) : keyset
  const few = (fewLate.known?.length ?? 0) > MOST_KNOWN ? withEveryKnown(fewLate) : fewLate
  const { discovered } = few
  const fits =
    discovered === undefined ||
    (Buffer.byteLength(JSON.stringify(discovered)) <= MOST_DISCOVERED &&
      keysetBytes(fullest(few)) <= KEYSET_MAX_BYTES)
  const named = fits ? few : withoutDiscovered(few)
  const isRoomy = named.extra['served'] === undefined || keysetBytes(fullest(named)) <= KEYSET_MAX_BYTES
  return isRoomy ? named : withoutServed(named)
}

function fitChange(base: Keyset, changed: Keyset): Fitted {
  // Without late domains, a document that fits at its largest fits in every respect.
  if (lateOf(changed) === undefined && keysetBytes(fullest(changed)) <= KEYSET_MAX_BYTES)
    return { keyset: changed, gaveWay: [] }
  const before = withKeysOnly(base)
  for (const keyset of [changed, withEveryLate(changed), withEveryKnown(withEveryLate(changed))]) {
    const takesNoRoom = [fullest, withEveryTime].every((larger) => {
      const bytes = keysetBytes(larger(withKeysOnly(keyset)))
      return bytes <= KEYSET_MAX_BYTES || bytes <= keysetBytes(larger(before))
    })
    if (takesNoRoom && keysetBytes(keyset) <= KEYSET_MAX_BYTES) return { keyset, gaveWay: [] }
  }
  throw full(changed)
}

function fitEmergency(base: Keyset, changed: Keyset, now: number): Fitted {
  const gaveWay: GaveWay[] = []
  const smaller = [changed, withEveryLate(changed)].find(hasRoom)
  let keyset = smaller ?? withEveryKnown(withEveryLate(changed))
  const found = keyset.keys.filter(
    ({ kid, state }) => state === 'compromised' && findKey(base, kid) === undefined,
  )
  if (found.length > 0 && !hasRoom(keyset)) {
    gaveWay.push({ kind: 'foundKeysRefused', kids: found.map(({ kid }) => kid) })
    keyset = { ...keyset, keys: keyset.keys.filter((entry) => !found.includes(entry)) }
  }
  const kids: string[] = []
  while (!hasRoom(keyset)) {
    const oldest = keyset.keys.findLast(({ state }) => state === 'compromised')
    if (!oldest) throw full(changed)
    kids.push(oldest.kid)
    keyset = revoke(keyset, [oldest.kid], allKids(keyset), now)
  }
  if (kids.length > 0) gaveWay.push({ kind: 'leakedKeysRefused', kids })
  return { keyset, gaveWay }
}

function allKids(keyset: Keyset): ReadonlySet<string> {
  return new Set([...keyset.keys, ...keyset.revoked].map(({ kid }) => kid))
}

function full(keyset: Keyset): RotatorError {
  const bytes = keysetBytes(fullest(withKeysOnly(keyset)))
  return new RotatorError(
    'keysetFull',
    `the keyset of group ${keyset.group} has ${keyset.keys.length} keys and no room for another one ` +
      `(${bytes} bytes with the room reserved for an emergency; KMS allows ${KEYSET_MAX_BYTES}). ` +
      `Let old keys retire (push the streams that sign with them again, or lower overlap.max), or split the group`,
  )
}

/** Whether the document has room for all fields that its keys may still get. */
function hasRoom(keyset: Keyset): boolean {
  return keysetBytes(withEveryTime(withKeysOnly(keyset))) <= KEYSET_MAX_BYTES
}

// Only its length matters.
const ANY_KEY = Key.of('x'.repeat(32))
const ANY_REVOKED: RevokedKid = { kid: '0'.repeat(12), at: isoTime(0), extra: {} }

/** The document at its largest: an emergency's key under the longest id, every time filled in, all kids revoked. */
function fullest(keyset: Keyset): Keyset {
  const options = { leaked: [], ttlMs: keyset.ttl, request: 'x'.repeat(LONGEST_REQUEST), clockAheadMs: 0 }
  const emergency = startEmergency(keyset, ANY_KEY, { ...options, onRunningStreams: 'quarantine' }, 0)
  const revoked = Array.from({ length: REVOKED_KEPT }, (_, index) => keyset.revoked[index] ?? ANY_REVOKED)
  return { ...withEveryTime(emergency), revoked }
}

/** With all fields that its keys may still get. */
function withEveryTime(keyset: Keyset): Keyset {
  const at = isoTime(0)
  const times = { createdAt: at, stagedAt: at, appliedAt: at, clearedAt: at, compromisedAt: at }
  const keys = keyset.keys.map((entry) => ({
    ...entry,
    ...times,
    ...(entry.state === 'pending' && { late: [EVERY_DOMAIN] }),
    ...(entry.late && { arrivedAt: Object.fromEntries(entry.late.map((name) => [name, at])) }),
  }))
  return { ...keyset, revision: LAST_REVISION, ttl: LONGEST_TTL, cachedUntil: at, keys }
}

/** Without everything that gives way to keys. */
function withKeysOnly(keyset: Keyset): Keyset {
  return withoutServed(withoutDiscovered(keyset))
}

/** Without the ids of served requests; those of keys in the document stay with the keys. */
function withoutServed(keyset: Keyset): Keyset {
  const { served, ...extra } = keyset.extra
  return served === undefined ? keyset : { ...keyset, extra }
}

function withoutDiscovered(keyset: Keyset): Keyset {
  const { discovered: _, ...rest } = keyset
  return rest
}

function lateOf(keyset: Keyset): readonly string[] | undefined {
  return currentKey(keyset)?.late
}

function withEveryKnown(keyset: Keyset): Keyset {
  return keyset.known === undefined || keyset.known === '' ? keyset : { ...keyset, known: EVERY_DOMAIN_KNOWN }
}

function withEveryLate(keyset: Keyset): Keyset {
  if (lateOf(keyset) === undefined) return keyset
  const keys = keyset.keys.map((entry) => {
    if (entry.state !== 'current') return entry
    const { arrivedAt: _, ...rest } = entry
    return { ...rest, late: [EVERY_DOMAIN] }
  })
  return { ...keyset, keys }
}
