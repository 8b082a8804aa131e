import type { Clock } from './clock.ts'

/**
 * Waits for `work`, but not longer than `timeoutMs`; what it brings later is left alone.
 *
 * @param late - Makes the error for when the time is over.
 * @throws That error, or whatever `work` throws.
 */
export async function withTimeout<T>(
  work: Promise<T>,
  timeoutMs: number,
  clock: Clock,
  late: () => Error,
): Promise<T> {
  const answered = new AbortController()
  const timeout = clock.sleep(timeoutMs, answered.signal).then(() => {
    throw late()
  })
  try {
    return await Promise.race([work, timeout])
  } finally {
    answered.abort()
  }
}
