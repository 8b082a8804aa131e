import { isoTime } from '../../core/clock.ts'
import type { Key } from '../key.ts'
import { inOrder, pendingKey, type KeyEntry, type Keyset, type OnRunningStreams } from '../keyset.ts'
import { becomePrevious, withoutPending, withPending, type StageOptions } from './stage.ts'

export interface EmergencyOptions extends StageOptions {
  /** The leaked kids; empty for every key of the document. */
  readonly leaked: readonly string[]
  readonly onRunningStreams: OnRunningStreams
}

/** Distrusts the leaked keys and stages a fresh key, in one document. */
export function startEmergency(keyset: Keyset, key: Key, options: EmergencyOptions, now: number): Keyset {
  const distrusted = distrust(keyset, options, now).keys.map((entry) =>
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

/** Distrusts the named keys, or every key. */
export function distrust(keyset: Keyset, { leaked, onRunningStreams }: Distrust, now: number): Keyset {
  const keys = keyset.keys.map((entry): KeyEntry => {
    if (leaked.length > 0 && !leaked.includes(entry.kid)) return entry
    const { found: _, ...rest } = withoutPending(entry)
    return {
      ...rest,
      state: 'compromised',
      clearedAt: entry.clearedAt ?? null,
      compromisedAt: entry.compromisedAt ?? isoTime(now),
      onRunningStreams,
    }
  })
  return inOrder({ ...keyset, keys })
}
