import { currentKey } from '../keyset/keyset.ts'
import {
  endingBy,
  heldBack,
  incomplete,
  notAdopted,
  outOfTime,
  waiting,
  type Ending,
} from './report/ending.ts'
import type { GroupContext } from './state/context.ts'
import type { GroupDomains } from './state/group-domains.ts'
import { apply } from './steps/apply.ts'
import { cutOff } from './steps/cut-off.ts'
import { interruptStreams } from './steps/interrupt.ts'
import { bringForward, loadKeyset } from './steps/load.ts'
import { nothingToDo } from './steps/nothing-to-do.ts'
import { observe } from './steps/observe.ts'
import { outliveDisplacedRun } from './steps/outlive-displaced-run.ts'
import { mayPromote, promoteKey } from './steps/promote.ts'
import { publish } from './steps/publish.ts'
import { repair, repairFound } from './steps/repair.ts'
import { retireKeys } from './steps/retire.ts'
import { intentFor, stageKey } from './steps/stage.ts'

/**
 * One group, in the order of effects. Every action runs this function, and calling it again finishes a run that was
 * killed, because every decision is made from the keyset and the domains. It starts from the newest keyset, to which it
 * brings ACSCurrent back if something moved it; if the request leaves nothing to do, that is all.
 *
 * 1. cut off: an emergency first distrusts the leaked keys and stages a fresh key, in one save
 * 2. observe: every domain is queried
 * 3. stage: the new key is durable before anything outside changes; unknown keys are imported
 * 4. publish: receivers learn the key before any domain signs with it; domains that something else set meanwhile go back
 *    to the current key
 * 5. apply: each domain is set and read back, and again if a displaced run may have set it since
 * 6. promote: the pending key becomes the current one (if none is pending, drift is repaired instead)
 * 7. interrupt: streams that sign with a leaked key are cut, if the emergency chose that
 * 8. retire: old keys are dropped once nothing can sign with them
 *
 * @throws RotatorError that ends the run; `endingOf` maps it to an outcome.
 */
export async function rotateGroup(run: GroupContext, domains: () => Promise<GroupDomains>): Promise<Ending> {
  await loadKeyset(run)
  const intent = intentFor(run)
  if (nothingToDo(run, intent)) {
    await bringForward(run)
    return { outcome: 'notDue' }
  }

  if (run.request.emergency) await cutOff(run)
  await bringForward(run)

  const urgent = run.request.emergency || run.pending?.emergency === true
  await observe(run, await domains(), urgent)
  const cutShort = outOfTime(run.seen, run)
  if (cutShort) return cutShort
  const lacking = run.ledger.keyset === null ? notAdopted(run.seen, run.group) : undefined
  if (lacking) return incomplete(lacking)
  const observed = run.seen

  await stageKey(run, intent)
  const { keyset } = run.ledger
  const { pending } = run
  // Another run rotated between this run's first read and its save.
  if (intent === 'stage' && !pending) return { outcome: 'notDue' }

  if (keyset && pending) {
    run.journal.noteResumed()
    await repairFound(run, keyset)
    const published = await publish(run, keyset, pending)
    if (published.kind === 'waiting') return waiting(published.until)
    if (published.kind === 'receiversRefuse') return incomplete(published)
    await apply(run, pending, urgent)
    await outliveDisplacedRun(run, { keyset, target: pending, first: observed, urgent })
    if (run.seen.ranOutOfTime() || run.timeIsOver()) return waiting()
    if (!mayPromote(pending, run.seen, run.group)) return incomplete(heldBack(run.seen, run.group))
    await promoteKey(run, pending)
  } else if (keyset) {
    const current = currentKey(keyset)
    if (current) await repair(run, current, urgent)
  }

  const interrupted = await interruptStreams(run)
  if (interrupted.kind === 'waiting') return waiting(interrupted.until)
  await retireKeys(run)
  if (interrupted.kind === 'streamsLeft') return incomplete(interrupted)
  return endingBy(run.seen, run.group, run.request)
}
