import { hasCode, RotatorError } from '../errors.ts'
import { Key } from '../keyset/key.ts'
import { currentKey, pendingKey, type KeyEntry, type Keyset } from '../keyset/keyset.ts'
import { checkRoom, promote, revoke, rollBack, stage, startEmergency } from '../keyset/moves.ts'
import { apply, outliveDisplacedRun } from './apply.ts'
import type { CauseCode } from './causes.ts'
import { decide, type Intent } from './decide.ts'
import { drain, interruptStreams, isRejected, noteSeen } from './drain.ts'
import type { GroupRun } from './group-run.ts'
import { names, observe, saveImports, withImports } from './observe.ts'
import { publish } from './publish.ts'
import type { Outcome } from './report.ts'

/** So many domains are named in a warning about them. */
const NAMED = 50

/** How a group's run ended. */
export interface Ending {
  readonly outcome: Outcome
  readonly waitingUntil?: number
  readonly error?: RotatorError
  /** Why it is `incomplete`, where it is not for its domains. */
  readonly stoppedBy?: Extract<CauseCode, 'receiversRefuse' | 'streamsLeft' | 'superseded'>
}

/**
 * One group, in the order of the effects: every action is this function, and every run that was killed is finished by
 * calling it again, for all decisions come from the keyset and the domains.
 *
 * 1. cut off: an emergency takes the leaked keys' trust away before anything else, and stages a fresh key with it
 * 2. observe: every domain is queried; keys that nobody knew are taken in
 * 3. stage: the new key is durable before anything outside changes
 * 4. publish: receivers learn it before any domain signs with it
 * 5. apply: each domain is set and read back
 * 6. promote: the pending key becomes the current one
 * 7. drain: old keys are forgotten when nothing can sign with them any more
 */
export async function rotateGroup(run: GroupRun): Promise<Ending> {
  await run.ledger.load()
  await bringForward(run)
  const intent = intentFor(run, run.ledger.keyset)
  if (intent === 'notDue' || leakedElsewhere(run)) return { outcome: 'notDue' }

  if (intent === 'emergency') await cutOff(run)
  const urgent = run.request.emergency || pendingOf(run)?.emergency === true
  await observe(run, urgent)
  if (intent === 'stage' || intent === 'rollback') await stageKey(run, intent)
  else await saveImports(run)

  const pending = pendingOf(run)
  // Another run rotated between this one's first look and its save.
  if (intent === 'stage' && !pending) return { outcome: 'notDue' }
  if (run.ledger.keyset && pending) {
    const published = await publish(run, run.ledger.keyset, pending)
    if (published.kind === 'waiting') return waiting(published.until)
    if (published.kind === 'refused') return incomplete(published.error, 'receiversRefuse')
    await apply(run, pending, urgent)
    await outliveDisplacedRun(run, pending, urgent)
    if (run.ranOutOfTime()) return waiting()
    if (!mayPromote(run, pending)) return incomplete(heldBack(run))
    await promoteKey(run, pending)
  } else if (run.ledger.keyset) {
    await repair(run, currentKey(run.ledger.keyset), urgent)
  }

  const interrupted = await interruptStreams(run)
  if (interrupted.kind === 'waiting') return waiting(interrupted.until)
  await drain(run)
  if (interrupted.kind === 'left') return incomplete(interrupted.error, 'streamsLeft')
  if (run.ranOutOfTime()) return waiting()
  if (run.holdingBack().length > 0) return incomplete(heldBack(run))
  return { outcome: run.request.action === 'reconcile' ? 'reconciled' : 'rotated' }
}

/** What the request comes to on this document, or on the one that another run saved meanwhile. */
function intentFor(run: GroupRun, keyset: Keyset | null): Intent {
  return decide(run.request, keyset?.revision === 0 ? null : keyset, run.group, run.now())
}

function pendingOf(run: GroupRun): KeyEntry | undefined {
  return run.ledger.keyset ? pendingKey(run.ledger.keyset) : undefined
}

/** Somebody may have pointed ACSCurrent, which receivers read, at an older document. */
async function bringForward(run: GroupRun): Promise<void> {
  const behind = run.ledger.currentIsBehind
  if (behind === null) return
  await run.ledger.moveCurrentForward()
  run.warn(
    `ACSCurrent of secret ${run.group.secret} pointed to the older version ${behind}; it was moved forward`,
  )
}

async function cutOff(run: GroupRun): Promise<void> {
  const key = Key.generate()
  const saved = await run.ledger.change(
    'emergency: leaked keys are cut off, a fresh key is staged',
    (keyset, now) => {
      // Another run may have begun the same emergency meanwhile: its fresh key is as good.
      if (intentFor(run, keyset) !== 'emergency') return null
      checkLeaked(run, keyset)
      return startEmergency(keyset, key, { ...stageOptions(run), ...run.request }, now)
    },
  )
  const fresh = pendingOf(run)
  if (saved && fresh?.knownFrom !== undefined) {
    run.cutOff = { savedAt: run.now(), trustGoneAt: Date.parse(fresh.knownFrom) }
  }
  logStaged(run)
}

/** A request for all groups names keys of some of them: the others are left alone. */
function leakedElsewhere(run: GroupRun): boolean {
  const { leaked, group } = run.request
  if (group !== null || leaked.length === 0) return false
  const elsewhere = unknownLeaked(run, run.ledger.keyset).length === leaked.length
  if (elsewhere)
    run.warn(`group ${run.group.name} has none of the leaked keys ${leaked.join(', ')}; it is left alone`)
  return elsewhere
}

function unknownLeaked(run: GroupRun, keyset: Keyset | null): string[] {
  const known = keyset ? [...keyset.keys, ...keyset.revoked].map(({ kid }) => kid) : []
  return run.request.leaked.filter((kid) => !known.includes(kid))
}

function checkLeaked(run: GroupRun, keyset: Keyset): void {
  const unknown = run.request.group === null ? [] : unknownLeaked(run, keyset)
  if (unknown.length === 0) return
  throw new RotatorError(
    'usage',
    `group ${run.group.name} has no key ${unknown.join(', ')}, so it cannot have leaked there; ` +
      `its keys are ${keyset.keys.map(({ kid }) => kid).join(', ') || 'none'}. Leave "leaked" out to distrust every key`,
  )
}

async function stageKey(run: GroupRun, intent: Intent & ('stage' | 'rollback')): Promise<void> {
  const key = Key.generate()
  await run.ledger.change(
    intent === 'stage' ? 'a new key is staged' : 'an earlier key is staged again',
    (keyset, now) => {
      // After a lost race another run's key may be pending: that one is resumed.
      const staged =
        intentFor(run, keyset) !== intent
          ? keyset
          : intent === 'rollback'
            ? rollBack(keyset, stageOptions(run), now)
            : stage(keyset, key, stageOptions(run), now)
      if (intent === 'stage') checkRoom(staged)
      const next = withImports(run, staged, now)
      return next === keyset ? null : next
    },
  )
  logStaged(run)
}

function stageOptions(run: GroupRun): { ttlMs: number; request?: string } {
  return { ttlMs: run.group.ttlMs, ...(run.request.id !== null && { request: run.request.id }) }
}

function logStaged(run: GroupRun): void {
  const pending = pendingOf(run)
  if (pending) run.log({ level: 'info', event: 'staged', kid: pending.kid, phase: 'publishing' })
}

/**
 * Brings domains to the current key that are not on it although no rotation is under way: new ones, and those that
 * somebody changed by hand.
 */
async function repair(run: GroupRun, current: KeyEntry | undefined, urgent: boolean): Promise<void> {
  if (!current) return
  const off = run.domainsNotOn(current.kid).flatMap((domain) => run.domains.get(domain)?.reading ?? [])
  await apply(run, current, urgent)
  const mended = off.filter(({ domain }) => run.isOn(domain, current.kid))
  const fresh = mended.filter(({ key }) => key === null).map(({ domain }) => domain)
  const drifted = mended.filter(({ key }) => key !== null).map(({ domain }) => domain)
  run.drifted.push(...drifted)
  if (fresh.length > 0)
    run.warn(`${names(fresh, NAMED)}: had no key yet, and got the current key ${current.kid}`)
  if (drifted.length > 0) {
    run.warn(`${names(drifted, NAMED)}: not on the current key, or switched off; set to ${current.kid} again`)
  }
}

/**
 * Every domain that can be reached must be on the key. One that fails for good holds promotion back until it is mended,
 * removed or tolerated; in an emergency only the reachable ones count, the others are repaired later.
 */
function mayPromote(run: GroupRun, pending: KeyEntry): boolean {
  if (!run.complete) return false
  return pending.emergency === true || run.holdingBack().length === 0
}

async function promoteKey(run: GroupRun, pending: KeyEntry): Promise<void> {
  const appliedAt = run.lastConfirmedAt ?? run.lastReadAt()
  await run.ledger.change('the key is on every domain', (keyset, now) => {
    if (pendingKey(keyset)?.kid !== pending.kid) return null
    const seen = noteSeen(run, promote(keyset, appliedAt))
    const rejected = seen.keys.filter(isRejected).map(({ kid }) => kid)
    return revoke(seen, rejected, run.kidsInUse(), now)
  })
  run.log({ level: 'info', event: 'promoted', kid: pending.kid, phase: 'draining' })
}

function heldBack(run: GroupRun): RotatorError {
  const failed = run.holdingBack()
  if (failed.length === 0) {
    return new RotatorError(
      'rotationFailed',
      `group ${run.group.name}: the list of its domains could not be read to its end, so nothing is promoted or retired; ` +
        'the next run goes on',
    )
  }
  const codes = failed.map((domain) => `${domain} (${run.domains.get(domain)?.failure?.code ?? 'unknown'})`)
  return new RotatorError(
    'rotationFailed',
    `group ${run.group.name}: ${failed.length} of ${run.domains.size} domains failed: ${names(codes)}. Mend them, remove ` +
      'them from the configuration, or name them in apply.tolerate; the next run goes on',
  )
}

function incomplete(error: RotatorError, stoppedBy?: Ending['stoppedBy']): Ending {
  return { outcome: 'incomplete', error, ...(stoppedBy && { stoppedBy }) }
}

function waiting(until?: number): Ending {
  return { outcome: 'waiting', ...(until !== undefined && { waitingUntil: until }) }
}

/** What a run that stopped by an error comes to. */
export function endingOf(error: RotatorError): Ending {
  if (hasCode(error, 'deadline')) return waiting()
  if (hasCode(error, 'fenced', 'conflict')) return incomplete(error, 'superseded')
  return { outcome: 'failed', error }
}
