import type { Clock } from './clock.ts'

/** Created once: an error with its own stack for every call would cost more than the timer. */
const OVER = new Error('no longer needed')

/**
 * Waits for `work` for at most `timeoutMs`; ignores a later result.
 *
 * @param work - Its signal is aborted at the timeout.
 * @param late - Returns or throws the result of a timeout.
 * @throws What `late` or `work` throws.
 */
export async function withTimeout<T>(
  work: (signal: AbortSignal) => Promise<T>,
  timeoutMs: number,
  clock: Clock,
  late: () => T,
): Promise<T> {
  const over = new AbortController()
  try {
    return await Promise.race([work(over.signal), clock.sleep(timeoutMs, over.signal).then(late)])
  } finally {
    over.abort(OVER)
  }
}
