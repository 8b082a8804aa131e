import {
  boolean,
  futureTime,
  key,
  list,
  nullable,
  oneOf,
  optional,
  own,
  ownStrict,
  readFields,
  record,
  text,
  time,
  type Read,
} from './fields.ts'
import { check } from './invalid.ts'
import { KEY_STATES, ON_RUNNING_STREAMS, type KeyEntry, type KeyState } from './keyset.ts'

/** Times of one save are closer to each other than this. */
const ONE_SAVE_MS = 1_000

/** Writes the fields in a fixed order, so that equal documents have equal text. */
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
    arrivedAt: entry.arrivedAt,
    found: entry.found,
    ...entry.extra,
  }
}

const ENTRY = {
  state: oneOf(KEY_STATES),
  key,
  createdAt: optional(time),
  stagedAt: optional(time),
  firstStagedAt: ownStrict(nullable(time)),
  signsFrom: own(time),
  appliedAt: optional(time),
  clearedAt: optional(nullable(time)),
  compromisedAt: optional(time),
  onRunningStreams: optional(oneOf(ON_RUNNING_STREAMS)),
  request: optional(text),
  knownFrom: own(futureTime),
  emergency: own(boolean),
  displaced: own(boolean),
  late: own(list(text)),
  arrivedAt: own(record(time)),
  found: own(boolean),
  kid: text,
}

const NEEDED: Readonly<Record<KeyState, readonly (keyof typeof ENTRY)[]>> = {
  pending: ['stagedAt'],
  current: ['appliedAt'],
  previous: [],
  compromised: ['compromisedAt', 'onRunningStreams'],
}

export const readEntry: Read<KeyEntry> = (value, path, latest) => {
  const entry = readFields(value, path, latest, ENTRY)
  const { kid } = entry.key
  check(entry.kid === kid, `${path}.kid`, `must be the kid of its key, ${kid}`)
  for (const name of NEEDED[entry.state]) {
    check(entry[name] !== undefined, `${path}.${name}`, `is required for a ${entry.state} key`)
  }
  return entry
}

/** Infers `emergency` for writers that do not know the field: their save distrusts the leaked keys and stages the fresh key. */
export function withEmergency(keys: readonly KeyEntry[]): KeyEntry[] {
  const cutOffs = keys.filter(({ found }) => found !== true).map(({ compromisedAt }) => millis(compromisedAt))
  return keys.map((entry) => {
    const { state, stagedAt, firstStagedAt, emergency } = entry
    const isTarget = state === 'pending' || state === 'current'
    if (!isTarget || firstStagedAt !== undefined || emergency !== undefined) return entry
    const sameSave = cutOffs.some((at) => Math.abs(at - millis(stagedAt)) < ONE_SAVE_MS)
    return sameSave ? { ...entry, emergency: true } : entry
  })
}

/** NaN, which is close to no time, for one that is absent. */
function millis(time: string | undefined): number {
  return Date.parse(time ?? '')
}
