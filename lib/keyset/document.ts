import { RotatorError } from '../core/errors.ts'
import { Key } from './key.ts'
import {
  KEYSET_FORMAT,
  ON_RUNNING_STREAMS,
  type ExtraFields,
  type KeyEntry,
  type Keyset,
  type KeyState,
  type OnRunningStreams,
  type RevokedKid,
} from './keyset.ts'

/** Times of one and the same save are closer to each other. */
const ONE_SAVE_MS = 1_000

const STATES: readonly KeyState[] = ['pending', 'current', 'previous', 'compromised']

/**
 * Reads a keyset document, as it stands in the secret, and checks every rule of the format. Does no I/O.
 *
 * @param text - The SecretData of the group's secret.
 * @throws RotatorError `keyset` that names the field; never with a key in it.
 *
 * @example
 * ```ts
 * const keyset = parseKeyset(secretData)
 * keyset.keys.map((entry) => `${entry.kid} is ${entry.state}`)
 * ```
 */
export function parseKeyset(text: string): Keyset {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    // The parser's message quotes the text around the fault, which may be a key.
    throw invalid('the document', 'is not JSON')
  }
  return readKeyset(document)
}

/**
 * The same for a document that is parsed already.
 *
 * @throws RotatorError `keyset` that names the field; never with a key in it.
 */
export function readKeyset(document: unknown): Keyset {
  const fields = new Fields(document, 'the document')
  const format = fields.string('format')
  if (format !== KEYSET_FORMAT) {
    throw invalid('format', `must be "${KEYSET_FORMAT}"; this document is of another format`)
  }
  const cachedUntil = fields.own('cachedUntil', (name) => fields.optionalTime(name))
  const discovered = fields.own('discovered', (name) => fields.optionalTexts(name))
  const keyset: Keyset = {
    lineage: fields.string('lineage'),
    group: fields.string('group'),
    revision: fields.integer('revision', 1),
    ttl: fields.integer('ttl', 1),
    updatedAt: fields.time('updatedAt'),
    keys: withEmergency(fields.list('keys').map(readEntry)),
    revoked: fields.list('revoked').map(readRevoked),
    ...(cachedUntil !== undefined && { cachedUntil }),
    ...(discovered !== undefined && { discovered }),
    extra: fields.rest(),
  }
  checkRules(keyset)
  return keyset
}

/**
 * The document as it is stored, with the keys in clear. Whatever is read from it gives the same {@link Keyset} again,
 * unknown fields included.
 */
export function serializeKeyset(keyset: Keyset): string {
  const { lineage, group, revision, ttl, updatedAt, keys, revoked, cachedUntil, discovered, extra } = keyset
  return JSON.stringify({
    format: KEYSET_FORMAT,
    lineage,
    group,
    revision,
    ttl,
    updatedAt,
    ...(cachedUntil !== undefined && { cachedUntil }),
    keys: keys.map(writeEntry),
    revoked: revoked.map(({ kid, at, extra: revokedExtra }) => ({ kid, at, ...revokedExtra })),
    discovered,
    ...extra,
  })
}

/** The size of the stored document in bytes, which KMS limits (`KEYSET_MAX_BYTES`). */
export function keysetBytes(keyset: Keyset): number {
  return Buffer.byteLength(serializeKeyset(keyset), 'utf8')
}

/** In one order of fields, whatever moves the entry has come through: the same document is the same text. */
function writeEntry(entry: KeyEntry): Record<string, unknown> {
  return {
    kid: entry.kid,
    key: entry.key.reveal(),
    state: entry.state,
    createdAt: entry.createdAt,
    stagedAt: entry.stagedAt,
    firstStagedAt: entry.firstStagedAt,
    appliedAt: entry.appliedAt,
    clearedAt: entry.clearedAt,
    compromisedAt: entry.compromisedAt,
    onRunningStreams: entry.onRunningStreams,
    request: entry.request,
    knownFrom: entry.knownFrom,
    emergency: entry.emergency,
    displaced: entry.displaced,
    late: entry.late,
    ...entry.extra,
  }
}

function readEntry(value: unknown, index: number): KeyEntry {
  const fields = new Fields(value, `keys[${index}]`)
  const state = fields.oneOf('state', STATES)
  const key = fields.key('key')
  const optional = {
    createdAt: fields.optionalTime('createdAt'),
    stagedAt: fields.optionalTime('stagedAt'),
    firstStagedAt: fields.own('firstStagedAt', (name) => fields.nullableTime(name)),
    appliedAt: fields.optionalTime('appliedAt'),
    clearedAt: fields.nullableTime('clearedAt'),
    compromisedAt: fields.optionalTime('compromisedAt'),
    onRunningStreams: fields.optionalOneOf<OnRunningStreams>('onRunningStreams', ON_RUNNING_STREAMS),
    request: fields.optionalString('request'),
    knownFrom: fields.own('knownFrom', (name) => fields.optionalTime(name)),
    emergency: fields.own('emergency', (name) => fields.optionalBoolean(name)),
    displaced: fields.own('displaced', (name) => fields.optionalBoolean(name)),
    late: fields.own('late', (name) => fields.optionalTexts(name)),
  }
  const kid = fields.string('kid')
  if (kid !== key.kid) throw invalid(fields.path('kid'), `must be the kid of its key, ${key.kid}`)
  const needed: Record<KeyState, readonly (keyof typeof optional)[]> = {
    pending: ['stagedAt'],
    current: ['appliedAt'],
    previous: [],
    compromised: ['compromisedAt', 'onRunningStreams'],
  }
  for (const name of needed[state]) {
    if (optional[name] === undefined) throw invalid(fields.path(name), `is needed for a ${state} key`)
  }
  return { kid, key, state, ...defined(optional), extra: fields.rest() }
}

/**
 * Writers that do not know the field `emergency` are understood by what they must write: the same save takes the leaked
 * keys' trust and stages the fresh key.
 */
function withEmergency(keys: readonly KeyEntry[]): KeyEntry[] {
  const cutOffs = keys.flatMap(({ compromisedAt }) => (compromisedAt === undefined ? [] : [compromisedAt]))
  return keys.map((entry) => {
    const { state, stagedAt, firstStagedAt, emergency } = entry
    const isTarget = state === 'pending' || state === 'current'
    if (!isTarget || stagedAt === undefined || firstStagedAt !== undefined || emergency !== undefined)
      return entry
    const sameSave = cutOffs.some((at) => Math.abs(Date.parse(at) - Date.parse(stagedAt)) < ONE_SAVE_MS)
    return sameSave ? { ...entry, emergency: true } : entry
  })
}

function readRevoked(value: unknown, index: number): RevokedKid {
  const fields = new Fields(value, `revoked[${index}]`)
  const kid = fields.string('kid')
  if (!/^[0-9a-f]{12}$/.test(kid)) throw invalid(fields.path('kid'), 'must be 12 hex digits')
  return { kid, at: fields.time('at'), extra: fields.rest() }
}

/** What no single field can tell: how the keys stand to each other. */
function checkRules(keyset: Keyset): void {
  const seen = new Set<string>()
  let lastState = 0
  for (const [index, entry] of keyset.keys.entries()) {
    const path = `keys[${index}]`
    if (seen.has(entry.kid)) throw invalid(`${path}.kid`, `stands twice in the document (${entry.kid})`)
    seen.add(entry.kid)
    const rank = STATES.indexOf(entry.state)
    if (rank < lastState) throw invalid(`${path}.state`, `is out of order: ${STATES.join(', ')} is the order`)
    if (rank === lastState && index > 0 && (entry.state === 'pending' || entry.state === 'current')) {
      throw invalid(`${path}.state`, `makes a second ${entry.state} key; at most one is allowed`)
    }
    lastState = rank
  }
  for (const [index, { kid }] of keyset.revoked.entries()) {
    if (seen.has(kid)) throw invalid(`revoked[${index}].kid`, `is also among the keys (${kid})`)
  }
}

function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}

function invalid(path: string, problem: string): RotatorError {
  return new RotatorError('keyset', `the keyset document is not valid: ${path} ${problem}`)
}

/** Reads the fields of one object by name and remembers which, so that the others can be kept. */
class Fields {
  readonly #record: Record<string, unknown>
  readonly #at: string
  readonly #read = new Set<string>()

  constructor(value: unknown, at: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw invalid(at, 'must be an object')
    }
    this.#record = Object.fromEntries(Object.entries(value))
    this.#at = at
    if (at === 'the document') this.#read.add('format')
  }

  path(name: string): string {
    return this.#at === 'the document' ? name : `${this.#at}.${name}`
  }

  string(name: string): string {
    const value = this.#take(name)
    if (typeof value !== 'string' || value === '')
      throw invalid(this.path(name), 'must be a text that is not empty')
    return value
  }

  optionalString(name: string): string | undefined {
    return this.#take(name) === undefined ? undefined : this.string(name)
  }

  integer(name: string, least: number): number {
    const value = this.#take(name)
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) {
      throw invalid(this.path(name), `must be a whole number of at least ${least}`)
    }
    return value
  }

  optionalBoolean(name: string): boolean | undefined {
    const value = this.#take(name)
    if (value !== undefined && typeof value !== 'boolean')
      throw invalid(this.path(name), 'must be true or false')
    return value
  }

  time(name: string): string {
    const value = this.string(name)
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(value) || Number.isNaN(Date.parse(value))) {
      throw invalid(this.path(name), 'must be a time such as 2026-11-24T08:00:00.000Z')
    }
    return value
  }

  optionalTime(name: string): string | undefined {
    return this.#take(name) === undefined ? undefined : this.time(name)
  }

  nullableTime(name: string): string | null | undefined {
    return this.#take(name) === null ? null : this.optionalTime(name)
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T {
    const value = this.string(name)
    const found = allowed.find((candidate) => candidate === value)
    if (found === undefined) throw invalid(this.path(name), `must be one of ${allowed.join(', ')}`)
    return found
  }

  optionalOneOf<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    return this.#take(name) === undefined ? undefined : this.oneOf(name, allowed)
  }

  list(name: string): unknown[] {
    const value = this.#take(name)
    if (!Array.isArray(value)) throw invalid(this.path(name), 'must be a list')
    return value
  }

  optionalTexts(name: string): readonly string[] | undefined {
    if (this.#take(name) === undefined) return undefined
    return this.list(name).map((value) => {
      if (typeof value !== 'string') throw invalid(this.path(name), 'must be a list of texts')
      return value
    })
  }

  /** A field of this project's own. Of another type it is somebody else's of the same name, and kept. */
  own<T>(name: string, read: (name: string) => T): T | undefined {
    try {
      return read(name)
    } catch (error) {
      if (!(error instanceof RotatorError)) throw error
      this.#read.delete(name)
      return undefined
    }
  }

  key(name: string): Key {
    const value = this.string(name)
    try {
      return Key.of(value)
    } catch {
      throw invalid(this.path(name), 'must have 1 to 256 characters')
    }
  }

  rest(): ExtraFields {
    return Object.fromEntries(Object.entries(this.#record).filter(([name]) => !this.#read.has(name)))
  }

  #take(name: string): unknown {
    this.#read.add(name)
    return this.#record[name]
  }
}
