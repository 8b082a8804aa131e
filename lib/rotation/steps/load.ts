import { problemOf } from '../report/findings.ts'
import type { GroupContext } from '../state/context.ts'

/**
 * Reads the newest document. An emergency is not held up by one that breaks the rules: it goes on from the newest valid
 * one, with a warning.
 */
export async function loadKeyset({ request, ledger, journal }: GroupContext): Promise<void> {
  if (!request.emergency) return ledger.load()
  const invalid = await ledger.loadOrRecover()
  if (invalid) journal.warn({ kind: 'keysetRestored', problem: problemOf(invalid) })
}

/**
 * Sees to it that ACSCurrent, which receivers read, is on the newest document again where somebody has pointed it
 * elsewhere, with a warning.
 */
export async function bringForward({ group, ledger, journal }: GroupContext): Promise<void> {
  const { currentIsBehind } = ledger
  await ledger.bringForward()
  if (currentIsBehind === null) return
  journal.warn({ kind: 'currentMovedForward', secret: group.secret, version: currentIsBehind })
}
