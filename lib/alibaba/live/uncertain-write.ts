import { CALL_TIMEOUT_MS } from '../../core/call-timeout.ts'
import type { Clock } from '../../core/clock.ts'
import { RotatorError } from '../../core/errors.ts'
import { mayStillLand } from '../transport/errors.ts'

/** How often a write is sent in all whose outcome was not known every time. */
const SENDINGS = 4

/** A write whose attempt had no clear answer: it may still take effect until `landsUntil`, by the clock's tick. */
export class UncertainWrite extends RotatorError {
  readonly landsUntil: number

  constructor(error: RotatorError, landsUntil: number) {
    const { code, message, retryable, vendorCode, retryAfterMs } = error
    super(code, message, {
      retryable,
      ...(vendorCode !== undefined && { vendorCode }),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
      cause: error,
    })
    this.landsUntil = landsUntil
  }
}

/**
 * One attempt of a write.
 *
 * @throws UncertainWrite when its outcome is not known; what `send` throws otherwise.
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
  /** Wall-clock milliseconds: no outcome is waited for beyond it. */
  readonly deadline?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Makes a write that must never be in flight twice: sends; where the outcome is not known, waits until it cannot land any
 * more; reads back, and sends again where it has had no effect.
 *
 * @param send - By {@link attemptWrite}; does not repeat an UncertainWrite.
 * @param hasLanded - Reads whether the write has taken effect.
 * @throws What `send` or `hasLanded` throws. RotatorError `deadline` when the outcome cannot be waited for.
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
        const message = `the time is over before the outcome of a call is known: ${error.message}`
        throw new RotatorError('deadline', message, { cause: error })
      }
      await clock.sleep(waitMs, signal)
      if (await hasLanded()) return
      if (sending === SENDINGS) throw error
    }
  }
}
