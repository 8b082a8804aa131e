import type { GroupConfig } from '../../config/types.ts'
import type { KeyEntry, Keyset } from '../../keyset/keyset.ts'
import type { OnlineStream } from '../ports.ts'

/** The interval, in milliseconds, in which a push makes a stream sign with a key. */
export interface SigningWindow {
  readonly from: number
  readonly until: number
}

/**
 * When a stream must have been pushed to be able to sign with `entry`. A stream keeps the key that its domain had when
 * it was pushed (Live's usage notes for callback authentication), so the window runs from the key's first staging until
 * the last domain was confirmed on another key, widened by the clock skew on both sides. An imported key has no lower
 * bound.
 */
export function signingWindow(entry: KeyEntry, group: GroupConfig): SigningWindow {
  const skew = group.overlap.clockSkewMs
  return {
    from: firstStaged(entry) - skew,
    until: typeof entry.clearedAt === 'string' ? Date.parse(entry.clearedAt) + skew : Infinity,
  }
}

/** When it was staged for the first time, at the earliest. */
function firstStaged({ firstStagedAt, stagedAt, signsFrom }: KeyEntry): number {
  const first = firstStagedAt === undefined ? stagedAt : firstStagedAt
  if (first === undefined || first === null) return -Infinity
  return Math.min(Date.parse(first), signsFrom === undefined ? Infinity : Date.parse(signsFrom))
}

export function canSignWith(stream: OnlineStream, window: SigningWindow): boolean {
  // Live gives whole seconds: a push at 08:00:00.900 is listed as 08:00:00.
  return stream.publishedAt + 999 >= window.from && stream.publishedAt <= window.until
}

/** The running streams, and the domains whose list could not be read. */
export interface StreamSurvey {
  readonly streams: readonly OnlineStream[]
  readonly unlisted: readonly string[]
}

export function streamsSigningWith(
  entry: KeyEntry,
  survey: StreamSurvey,
  group: GroupConfig,
): OnlineStream[] {
  const window = signingWindow(entry, group)
  return survey.streams.filter((stream) => canSignWith(stream, window))
}

export type Fate =
  | { readonly kind: 'keep' }
  | { readonly kind: 'drop' }
  /** Dropped by `overlap.max` although streams may still sign with it. */
  | { readonly kind: 'expire'; readonly streams: readonly OnlineStream[] }

/**
 * Whether an old key may leave the document: no domain is set to it (since `clearedAt`), `overlap.min` has passed since
 * then, and no running stream can sign with it. A list that failed counts as still in use. After `overlap.max` it leaves
 * regardless.
 */
export function fateOf(entry: KeyEntry, survey: StreamSurvey, group: GroupConfig, now: number): Fate {
  if (typeof entry.clearedAt !== 'string') return { kind: 'keep' }
  const clearedFor = now - Date.parse(entry.clearedAt)
  if (clearedFor < group.overlap.minMs) return { kind: 'keep' }
  const streams = streamsSigningWith(entry, survey, group)
  if (streams.length === 0 && survey.unlisted.length === 0) return { kind: 'drop' }
  return clearedFor >= group.overlap.maxMs ? { kind: 'expire', streams } : { kind: 'keep' }
}

/** The leaked keys whose streams must be cut. */
export function interruptKeys(keyset: Keyset): KeyEntry[] {
  return keyset.keys.filter(
    (entry) => entry.state === 'compromised' && entry.onRunningStreams === 'interrupt',
  )
}

/** A leaked key whose streams are refused: it leaves as soon as the fresh key is promoted. */
export function isRejected(entry: KeyEntry): boolean {
  return entry.state === 'compromised' && entry.onRunningStreams === 'reject'
}

/** The name of a stream for people. */
export function nameOf({ domain, app, stream }: OnlineStream): string {
  return `${domain}/${app}/${stream}`
}
