import { systemClock, type Clock, type Random } from '../core/clock.ts'
import type { RotatorError } from '../core/errors.ts'
import { checkOptions, milliseconds } from './options.ts'

/** A successful read. */
export interface KeysetRead {
  readonly lineage: string
  readonly revision: number
  /** How long ago the document was saved, according to its `updatedAt`, in milliseconds. */
  readonly age: number
  /** Whether this changed the keyset in use. */
  readonly changed: boolean
}

/** How a source caches. All durations are in milliseconds, like the document's own `ttl`, and at least 1,000. */
export interface CacheOptions {
  /** How long until the keyset is read again. Default and upper limit: the document's own `ttl`. */
  readonly ttl?: number
  /** How long past its `ttl` the last good keyset is used while reads fail; 0 for not at all. Default 24 hours. */
  readonly maxStale?: number
  /** How long a read, and a verification that waits for one, may take. Default 3,000; Live itself waits for 5 seconds. */
  readonly timeout?: number
  /** Minimum time between two reads caused by unknown signatures. Default 10,000. */
  readonly cooldown?: number
  /** Called for every failed read, for the log. */
  readonly onError?: (error: RotatorError) => unknown
  /** Called for every successful read, for the log and for metrics. */
  readonly onRead?: (read: KeysetRead) => unknown
  readonly clock?: Clock
  readonly random?: Random
}

const HOUR = 3_600_000

export type CacheSettings = ReturnType<typeof readCacheOptions>

/**
 * The options with their defaults.
 *
 * @param where - Whose options they are, as an error names it.
 * @param others - The names of its other options.
 * @throws TypeError that names the option.
 */
export function readCacheOptions(where: string, options: CacheOptions, others: readonly string[] = []) {
  const settings = {
    ttl: milliseconds('ttl', options.ttl, Infinity, Infinity),
    maxStale: milliseconds('maxStale', options.maxStale, 24 * HOUR, Infinity, true),
    timeout: milliseconds('timeout', options.timeout, 3_000),
    cooldown: milliseconds('cooldown', options.cooldown, 10_000, Infinity),
    onError: options.onError,
    onRead: options.onRead,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  } satisfies { readonly [N in keyof CacheOptions]-?: CacheOptions[N] | undefined }
  checkOptions(where, options, [...others, ...Object.keys(settings)])
  return settings
}
