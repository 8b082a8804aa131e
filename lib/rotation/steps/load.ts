import { problemOf } from '../report/findings.ts'
import type { GroupContext } from '../state/context.ts'

/**
 * Reads the newest document. If it is invalid, an emergency continues from the newest valid one and warns about it.
 */
export async function loadKeyset({ request, ledger, journal }: GroupContext): Promise<void> {
  if (!request.emergency) return ledger.load()
  const invalid = await ledger.loadOrRecover()
  if (invalid) journal.warn({ kind: 'keysetRestored', problem: problemOf(invalid) })
}

/**
 * Brings ACSCurrent, which receivers read, to the newest document: moves it back if it was moved elsewhere, with a warning,
 * or saves the document again if it was only recovered or others could push it out.
 */
export async function bringForward({ group, ledger, journal }: GroupContext): Promise<void> {
  const { currentIsBehind } = ledger
  await ledger.bringForward()
  if (currentIsBehind === null) return
  journal.warn({ kind: 'currentMovedForward', secret: group.secret, version: currentIsBehind })
}
