import { CALL_TIMEOUT_MS } from '../../core/call-timeout.ts'
import type { Clock } from '../../core/clock.ts'
import { RotatorError } from '../../core/errors.ts'
import { mayStillLand } from '../transport/errors.ts'

/** How often a change is sent in all whose outcome was not known every time. */
const SENDINGS = 4

export interface ChangeOptions {
  readonly clock: Clock
  /** Wall-clock milliseconds: no outcome is waited for beyond it. */
  readonly deadline?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** Sends a change once, and makes known when it has no clear answer. */
export type Watch = (sending: () => Promise<void>) => Promise<void>

/**
 * Makes a change that must never be in flight twice. One whose outcome is not known may land until
 * {@link CALL_TIMEOUT_MS} after it was sent: only then is it read back, and sent again where it has had no effect.
 *
 * @param make - Makes the change, each sending through `watch`; not to be repeated after a {@link mayStillLand} error.
 * @param hasLanded - Reads whether the change has taken effect.
 * @throws What `make` or `hasLanded` throws. RotatorError `deadline` when the outcome cannot be waited for.
 */
export async function changeOneAtATime(
  make: (watch: Watch) => Promise<void>,
  hasLanded: () => Promise<boolean>,
  { clock, deadline = Infinity, signal }: ChangeOptions,
): Promise<void> {
  // Other errors of `make`, such as a fence's, look the same.
  const sentAt = new Map<unknown, number>()
  const watch: Watch = async (sending) => {
    const tick = clock.tick()
    try {
      await sending()
    } catch (error) {
      if (mayStillLand(error)) sentAt.set(error, tick)
      throw error
    }
  }
  for (let sending = 1; ; sending++) {
    try {
      await make(watch)
      return
    } catch (error) {
      const sent = sentAt.get(error)
      if (sent === undefined || !(error instanceof RotatorError)) throw error
      const waitMs = Math.max(0, sent + CALL_TIMEOUT_MS - clock.tick())
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
