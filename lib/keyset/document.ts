import { RotatorError } from '../core/errors.ts'
import { isObject } from '../core/objects.ts'
import { readEntry, withEmergency, writeEntry } from './entry.ts'
import { DOCUMENT, futureTime, integer, list, matching, own, readFields, text, time } from './fields.ts'
import { check, invalid } from './invalid.ts'
import { KEY_STATES, KEYSET_FORMAT, type Keyset, type RevokedKid } from './keyset.ts'
import { LAST_REVISION, revisionOf } from './version-id.ts'

const SECOND = 1_000
const DAY = 86_400 * SECOND
/** Characters. KMS stores 30,720 bytes; a document from elsewhere may have more whitespace. */
const LONGEST_TEXT = 262_144
/** The document is itself the first level. */
const DEEPEST = 16
/** The form of {@link Keyset.known}: `*`, or hashes of six base64url digits. */
const KNOWN = /^(\*|([\w-]{6})*)$/

function readFormat(value: unknown, path: string): string {
  const format = text(value, path)
  if (format !== KEYSET_FORMAT) {
    throw new RotatorError(
      'keyset',
      `format must be "${KEYSET_FORMAT}"; this document has another format and is left unchanged. ` +
        'Update live-key-rotator, or configure another secret',
    )
  }
  return format
}

const REVOKED = { kid: matching(/^[0-9a-f]{12}$/, 'must be 12 hex digits'), at: time }

const FIELDS = {
  format: readFormat,
  cachedUntil: own(futureTime),
  discovered: own(list(text)),
  known: own(matching(KNOWN, 'has another form')),
  lineage: text,
  group: text,
  revision: integer(1, LAST_REVISION),
  ttl: integer(SECOND, DAY),
  updatedAt: time,
  keys: list(readEntry),
  revoked: list<RevokedKid>((value, path, latest) => readFields(value, path, latest, REVOKED)),
}

/** Where a document comes from, as far as known: the version of the secret, and when it was stored. */
export interface Origin {
  readonly versionId?: string | undefined
  /** By KMS's clock, in milliseconds since the epoch. */
  readonly storedAt?: number | undefined
}

/**
 * Reads a keyset document, as text or already parsed, and checks every rule and bound of the format. Does no I/O. Cheap
 * however deeply nested or large the document is.
 *
 * @param document - The SecretData of the group's secret, or the result of `JSON.parse` for it.
 * @throws InvalidKeyset that names the field; RotatorError `keyset` for another format. Neither holds a key.
 *
 * @example
 * ```ts
 * const keyset = readKeyset(secretData, { versionId: 'keyset-00000007' })
 * keyset.keys.map((entry) => `${entry.kid} is ${entry.state}`)
 * ```
 */
export function readKeyset(document: unknown, origin: Origin = {}): Keyset {
  const keyset = readTrust(document, origin)
  return { ...keyset, keys: withEmergency(keyset.keys) }
}

/** The same for receivers: without what only the rotator infers from older writers' documents. */
export function readTrust(document: unknown, { versionId, storedAt }: Origin = {}): Keyset {
  const latest = (storedAt ?? Infinity) + DAY
  const { format: _, ...keyset } = readFields(parsed(document), DOCUMENT, latest, FIELDS)
  checkRules(keyset)
  const { revision } = keyset
  const isIts = versionId === undefined || revisionOf(versionId) === revision
  check(isIts, 'revision', `is ${revision}, which is not the number of its version`)
  return keyset
}

function parsed(document: unknown): unknown {
  const value = typeof document === 'string' ? parsedText(document) : document
  check(!isTooDeep(value), DOCUMENT, `must be at most ${DEEPEST} levels deep`)
  return value
}

function parsedText(text: string): unknown {
  check(text.length <= LONGEST_TEXT, DOCUMENT, `must have at most ${LONGEST_TEXT} characters`)
  try {
    return JSON.parse(text)
  } catch {
    // The parser's message quotes the text around the error, which may be a key.
    throw invalid(DOCUMENT, 'is not JSON')
  }
}

/** Deeper nesting than {@link DEEPEST} would overflow the stack when the document is rewritten. */
function isTooDeep(value: unknown, levelsLeft = DEEPEST): boolean {
  if (!isObject(value)) return false
  return levelsLeft === 0 || Object.values(value).some((inner) => isTooDeep(inner, levelsLeft - 1))
}

/**
 * The document as it is stored, with the keys in clear. Reading it yields the same {@link Keyset}, unknown fields
 * included.
 */
export function serializeKeyset(keyset: Keyset): string {
  const { lineage, group, revision, ttl, updatedAt, keys, revoked, cachedUntil, discovered, known, extra } =
    keyset
  return JSON.stringify({
    format: KEYSET_FORMAT,
    lineage,
    group,
    revision,
    ttl,
    updatedAt,
    cachedUntil,
    keys: keys.map(writeEntry),
    revoked: revoked.map(({ kid, at, extra: revokedExtra }) => ({ kid, at, ...revokedExtra })),
    discovered,
    known,
    ...extra,
  })
}

/** From this state on there may be several keys. */
const SEVERAL = KEY_STATES.indexOf('previous')

/** Checks the rules that span several fields. */
function checkRules(keyset: Keyset): void {
  const seen = new Set<string>()
  let last = 0
  for (const [index, { kid, state }] of keyset.keys.entries()) {
    const path = `keys[${index}]`
    check(!seen.has(kid), `${path}.kid`, `appears twice (${kid})`)
    seen.add(kid)
    const rank = KEY_STATES.indexOf(state)
    check(rank >= last, `${path}.state`, `is out of order: the order is ${KEY_STATES.join(', ')}`)
    const another = index > 0 && rank === last && rank < SEVERAL
    check(!another, `${path}.state`, `makes a second ${state} key; at most one is allowed`)
    last = rank
  }
  for (const [index, { kid }] of keyset.revoked.entries()) {
    check(!seen.has(kid), `revoked[${index}].kid`, `is also in keys (${kid})`)
  }
}
