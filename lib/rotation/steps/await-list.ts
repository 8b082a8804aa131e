import { RotatorError } from '../../core/errors.ts'
import type { GroupContext } from '../state/context.ts'

const PAUSE_MS = 1_000
/** A save has happened whatever the list shows, so a list that lags for longer is not waited for. */
const LONGEST_LAG_MS = 60_000

/**
 * Waits until KMS's list of versions shows what the run saved, so that the next reader finds it. Only a run
 * that may wait without end does. Never fails a run that has done its work.
 */
export async function awaitList(run: GroupContext): Promise<void> {
  const { ledger, journal, environment } = run
  if (environment.waitUntil !== Infinity || journal.saved === 0) return
  const until = run.now() + LONGEST_LAG_MS
  try {
    while (!(await ledger.isListed())) {
      if (run.timeIsOver() || run.now() >= until) return
      await environment.clock.sleep(PAUSE_MS)
    }
  } catch (error) {
    if (!(error instanceof RotatorError)) throw error
  }
}
