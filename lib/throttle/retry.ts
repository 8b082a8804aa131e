import type { Clock, Random } from '../core/clock.ts'
import { hasCode, RotatorError } from '../core/errors.ts'
import { LONGEST_PAUSE_MS } from './slowdown.ts'

export interface RetryOptions {
  /** Maximum number of attempts. */
  readonly attempts: number
  /** Maximum wait before the second attempt, in milliseconds; doubles with every further one. */
  readonly baseMs: number
  /** Maximum wait, unless the server asks for more. */
  readonly capMs: number
  readonly clock: Clock
  readonly random: Random
  /** Wall-clock time in milliseconds; no wait goes past it. */
  readonly deadline?: number
  /** Ends the wait for the next attempt. */
  readonly signal?: AbortSignal
  /** Default: retry every retryable RotatorError. */
  readonly shouldRetry?: (error: unknown) => boolean
}

/**
 * Retries `work` until it succeeds, fails for good, or runs out of attempts or time. Waits between attempts with
 * exponential backoff and full jitter, never less than the server asked for and never past the deadline.
 *
 * @throws What the last attempt threw, or an earlier error if the server explained that one and the last attempt got no
 *   answer. RotatorError `deadline`, with that error as its cause, if time runs out first. The signal's reason if it is
 *   aborted during a wait.
 *
 * @example
 * ```ts
 * await retry(() => client.query(domain), { attempts: 5, baseMs: 200, capMs: 5_000, clock, random })
 * ```
 */
export async function retry<T>(work: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { attempts, baseMs, capMs, clock, random, signal } = options
  const { deadline = Infinity, shouldRetry = isRetryable } = options
  let telling: unknown
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt)
    } catch (error) {
      if (attempt > 1 && hasCode(error, 'deadline')) throw outOfTime(attempt - 1, telling)
      if (!shouldRetry(error)) throw error
      if (isTelling(error) || !isTelling(telling)) telling = error
      if (attempt >= attempts) throw telling
      const backoff = random() * Math.min(capMs, baseMs * 2 ** (attempt - 1))
      const waitMs = Math.max(backoff, askedToWaitMs(error))
      if (clock.now() + waitMs > deadline) throw outOfTime(attempt, telling)
      await clock.sleep(waitMs, signal)
    }
  }
}

function isRetryable(error: unknown): boolean {
  return error instanceof RotatorError && error.retryable
}

function askedToWaitMs(error: unknown): number {
  const askedMs = error instanceof RotatorError ? (error.retryAfterMs ?? 0) : 0
  return Math.min(askedMs, LONGEST_PAUSE_MS)
}

/** Whether the server itself explained the failure. */
function isTelling(error: unknown): boolean {
  return error instanceof RotatorError && error.vendorCode !== undefined
}

function outOfTime(attempts: number, cause: unknown): RotatorError {
  const tries = attempts === 1 ? 'one failed attempt' : `${attempts} failed attempts`
  const last = cause instanceof Error ? cause.message : 'unknown'
  return new RotatorError('deadline', `the time ran out after ${tries}: ${last}`, { cause })
}
