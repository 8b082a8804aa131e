import { CALL_TIMEOUT_MS } from '../../core/call-timeout.ts'
import type { Clock } from '../../core/clock.ts'
import { RotatorError } from '../../core/errors.ts'
import { mayStillLand } from '../transport/errors.ts'

/** Maximum number of attempts whose outcome is unknown. */
const SENDINGS = 4

/** An attempt without a clear answer: it may still take effect until `landsUntil`, by the clock's tick. */
export class UncertainWrite extends RotatorError {
  readonly landsUntil: number

  constructor(error: RotatorError, landsUntil: number) {
    const { code, message, retryable, vendorCode, retryAfterMs } = error
    super(code, message, {
      retryable,
      vendorCode,
      retryAfterMs,
      cause: error,
    })
    this.landsUntil = landsUntil
  }
}

/**
 * One attempt of a write.
 *
 * @throws UncertainWrite if its outcome is unknown; what `send` throws otherwise.
 */
export async function attemptWrite(send: () => Promise<void>, clock: Clock): Promise<void> {
  const sentAt = clock.tick()
  try {
    await send()
  } catch (error) {
    if (error instanceof RotatorError && mayStillLand(error))
      throw new UncertainWrite(error, sentAt + CALL_TIMEOUT_MS)
    throw error
  }
}

export interface WriteOptions {
  readonly clock: Clock
  /** Wall-clock milliseconds: the longest to wait for an outcome. */
  readonly deadline?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Makes a write that must never be in flight twice: sends it; if the outcome is unknown, waits until it cannot land any
 * more, reads back, and sends again if it had no effect.
 *
 * @param send - Uses {@link attemptWrite}; does not retry an UncertainWrite.
 * @param hasLanded - Reads whether the write has taken effect.
 * @throws What `send` or `hasLanded` throws. RotatorError `deadline` if there is no time to wait for the outcome.
 */
export async function writeOneAtATime(
  send: () => Promise<void>,
  hasLanded: () => Promise<boolean>,
  { clock, deadline = Infinity, signal }: WriteOptions,
): Promise<void> {
  for (let sending = 1; ; sending++) {
    try {
      await send()
      return
    } catch (error) {
      if (!(error instanceof UncertainWrite)) throw error
      const waitMs = Math.max(0, error.landsUntil - clock.tick())
      if (clock.now() + waitMs > deadline) {
        const message = `the run's time ended before the outcome of a call was known: ${error.message}`
        throw new RotatorError('deadline', message, { cause: error })
      }
      await clock.sleep(waitMs, signal)
      if (await hasLanded()) return
      if (sending === SENDINGS) throw error
    }
  }
}
