import { CALL_TIMEOUT_MS } from '../../core/call-timeout.ts'
import type { Clock } from '../../core/clock.ts'
import { withTimeout } from '../../core/with-timeout.ts'
import { timedOut, type CallName } from './errors.ts'

/** The SDKs time connecting and answering separately; together they must fit into {@link CALL_TIMEOUT_MS}. */
export const SDK_TIMEOUTS = { connectTimeout: CALL_TIMEOUT_MS / 2, readTimeout: CALL_TIMEOUT_MS / 2 }

/**
 * Waits for one call, at most {@link CALL_TIMEOUT_MS}, or `timeoutMs` for a function's run: the SDKs' own timers
 * restart with every chunk of an answer.
 *
 * @throws RotatorError `timeout`; whatever `work` throws.
 */
export function within<T>(
  work: Promise<T>,
  call: CallName,
  clock: Clock,
  timeoutMs = CALL_TIMEOUT_MS,
): Promise<T> {
  return withTimeout(
    () => work,
    timeoutMs,
    clock,
    () => {
      throw timedOut(call, timeoutMs)
    },
  )
}
