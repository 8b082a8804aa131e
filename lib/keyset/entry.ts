import { Fields } from './fields.ts'
import { invalid } from './invalid.ts'
import {
  KEY_STATES,
  ON_RUNNING_STREAMS,
  type KeyEntry,
  type KeyState,
  type OnRunningStreams,
} from './keyset.ts'

/** Times of one and the same save are closer to each other. */
const ONE_SAVE_MS = 1_000

/** In one order of fields, whatever moves the entry has come through: the same document is the same text. */
export function writeEntry(entry: KeyEntry): Record<string, unknown> {
  return {
    kid: entry.kid,
    key: entry.key.reveal(),
    state: entry.state,
    createdAt: entry.createdAt,
    stagedAt: entry.stagedAt,
    firstStagedAt: entry.firstStagedAt,
    signsFrom: entry.signsFrom,
    appliedAt: entry.appliedAt,
    clearedAt: entry.clearedAt,
    compromisedAt: entry.compromisedAt,
    onRunningStreams: entry.onRunningStreams,
    request: entry.request,
    knownFrom: entry.knownFrom,
    emergency: entry.emergency,
    displaced: entry.displaced,
    late: entry.late,
    found: entry.found,
    ...entry.extra,
  }
}

/** @param latest - No time may be later, in milliseconds since the epoch. */
export function readEntry(value: unknown, index: number, latest: number): KeyEntry {
  const fields = new Fields(value, `keys[${index}]`, latest)
  const state = fields.oneOf('state', KEY_STATES)
  const key = fields.key('key')
  const optional = {
    createdAt: fields.optionalTime('createdAt'),
    stagedAt: fields.optionalTime('stagedAt'),
    firstStagedAt: fields.ownNullableTime('firstStagedAt'),
    signsFrom: fields.own('signsFrom', (name) => fields.optionalTime(name)),
    appliedAt: fields.optionalTime('appliedAt'),
    clearedAt: fields.nullableTime('clearedAt'),
    compromisedAt: fields.optionalTime('compromisedAt'),
    onRunningStreams: fields.optionalOneOf<OnRunningStreams>('onRunningStreams', ON_RUNNING_STREAMS),
    request: fields.optionalString('request'),
    knownFrom: fields.own('knownFrom', (name) => fields.optionalFutureTime(name)),
    emergency: fields.own('emergency', (name) => fields.optionalBoolean(name)),
    displaced: fields.own('displaced', (name) => fields.optionalBoolean(name)),
    late: fields.own('late', (name) => fields.optionalTexts(name)),
    found: fields.own('found', (name) => fields.optionalBoolean(name)),
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
export function withEmergency(keys: readonly KeyEntry[]): KeyEntry[] {
  const cutOffs = keys.flatMap(({ compromisedAt, found }) =>
    compromisedAt === undefined || found === true ? [] : [compromisedAt],
  )
  return keys.map((entry) => {
    const { state, stagedAt, firstStagedAt, emergency } = entry
    const isTarget = state === 'pending' || state === 'current'
    if (!isTarget || stagedAt === undefined || firstStagedAt !== undefined || emergency !== undefined)
      return entry
    const sameSave = cutOffs.some((at) => Math.abs(Date.parse(at) - Date.parse(stagedAt)) < ONE_SAVE_MS)
    return sameSave ? { ...entry, emergency: true } : entry
  })
}

function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
