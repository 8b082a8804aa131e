import { systemClock, type Clock, type Random } from '../core/clock.ts'
import type { RotatorError } from '../core/errors.ts'

/** How a source caches. All durations are in milliseconds, as the document's own `ttl` is. */
export interface CacheOptions {
  /** After how long the keyset is read again. Default, and upper limit: the document's own `ttl`. */
  readonly ttl?: number
  /** How long beyond its `ttl` the last good keyset is used while it cannot be read. Default 24 hours. */
  readonly maxStale?: number
  /** How long one read, and a verification that waits for one, may take. Default 3,000: Live waits for 5 seconds. */
  readonly timeout?: number
  /** The least time between two reads that unknown signatures cause. Default 10,000. */
  readonly cooldown?: number
  /** Told of every read that failed: for the log. */
  readonly onError?: (error: RotatorError) => unknown
  readonly clock?: Clock
  readonly random?: Random
}

const HOUR = 3_600_000
const LONGEST_TIMER = 2 ** 31 - 1

/** The options with their defaults, checked. */
export function readCacheOptions(options: CacheOptions) {
  return {
    ttl: milliseconds('ttl', options.ttl, Infinity, Infinity, 1),
    maxStale: milliseconds('maxStale', options.maxStale, 24 * HOUR, Infinity),
    timeout: milliseconds('timeout', options.timeout, 3_000, LONGEST_TIMER),
    cooldown: milliseconds('cooldown', options.cooldown, 10_000, Infinity),
    onError: options.onError,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  }
}

function milliseconds(
  name: string,
  value: number | undefined,
  fallback: number,
  most: number,
  least = 0,
): number {
  if (value === undefined) return fallback
  if (!(typeof value === 'number' && value >= least && value <= most)) {
    throw new TypeError(`"${name}" must be a number of milliseconds, from ${least} to ${most}`)
  }
  return value
}
