import { CALL_TIMEOUT_MS } from '../../core/call-timeout.ts'
import type { Clock } from '../../core/clock.ts'
import { withTimeout } from '../../core/with-timeout.ts'
import { timedOut, type CallName } from './errors.ts'

/** The SDKs time connecting and answering apart; together they must fit into {@link CALL_TIMEOUT_MS}. */
export const SDK_TIMEOUTS = { connectTimeout: CALL_TIMEOUT_MS / 2, readTimeout: CALL_TIMEOUT_MS / 2 }

/**
 * Waits for one call, but no longer than {@link CALL_TIMEOUT_MS}, or than `timeoutMs` for the run of a function: the
 * SDKs' own timers start anew with every piece of an answer.
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
