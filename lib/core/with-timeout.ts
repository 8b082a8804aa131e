import type { Clock } from './clock.ts'

/**
 * Waits for `work`, but not longer than `timeoutMs`; what it brings later is left alone.
 *
 * @param work - Its signal is aborted when nobody waits any longer.
 * @param late - Returns or throws what comes of it when the time is over.
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
    over.abort()
  }
}
