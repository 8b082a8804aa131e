import { hasCode, RotatorError } from '../core/errors.ts'
import { Key } from '../keyset/key.ts'
import { currentKey, pendingKey, targetKey, type KeyEntry, type Keyset } from '../keyset/keyset.ts'
import { distrust, noteLate, promote, revoke, rollBack, stage, startEmergency } from '../keyset/moves.ts'
import { apply, outliveDisplacedRun } from './steps/apply.ts'
import { incomplete, waiting, type Ending } from './report/ending.ts'
import { problemOf, type FindingOf } from './report/findings.ts'
import { decide, type Intent } from './decide.ts'
import { drain, isRejected, noteSeen } from './steps/retire.ts'
import type { GroupDomains } from './state/group-domains.ts'
import type { GroupRun } from './state/group-run.ts'
import { interruptStreams } from './steps/interrupt.ts'
import { observe, saveSeen, withSeen } from './steps/observe.ts'
import { publish } from './steps/publish.ts'
import { interruptKeys } from './state/streams.ts'

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
export async function rotateGroup(run: GroupRun, domains: () => Promise<GroupDomains>): Promise<Ending> {
  await load(run)
  const intent = intentFor(run, run.ledger.keyset)
  if (intent === 'notDue' || leakedElsewhere(run)) {
    await bringForward(run)
    return { outcome: 'notDue' }
  }

  if (intent === 'emergency') await cutOff(run)
  else if (run.request.emergency) await distrustFurther(run)
  await bringForward(run)
  run.take(await domains())
  const urgent = run.request.emergency || pendingOf(run)?.emergency === true
  await observe(run, urgent)
  if (run.ranOutOfTime())
    return wasStopped(run) ? waiting() : incomplete({ kind: 'tooShort', total: run.domains.size })
  if (run.timeIsOver()) return waiting()
  if (intent === 'stage' || intent === 'rollback') await stageKey(run, intent)
  else await saveSeen(run)

  const pending = pendingOf(run)
  // Another run rotated between this one's first look and its save.
  if (intent === 'stage' && !pending) return { outcome: 'notDue' }
  if (run.ledger.keyset && pending) {
    const published = await publish(run, run.ledger.keyset, pending)
    if (published.kind === 'waiting') return waiting(published.until)
    if (published.kind === 'receiversRefuse') return incomplete(published)
    await apply(run, pending, urgent)
    await outliveDisplacedRun(run, run.ledger.keyset, pending, urgent)
    if (run.ranOutOfTime() || run.timeIsOver()) return waiting()
    if (!mayPromote(run, pending)) return incomplete(heldBack(run))
    await promoteKey(run, pending)
  } else if (run.ledger.keyset) {
    await repair(run, currentKey(run.ledger.keyset), urgent)
  }

  const interrupted = await interruptStreams(run)
  if (interrupted.kind === 'waiting') return waiting(interrupted.until)
  await drain(run)
  if (interrupted.kind === 'streamsLeft') return incomplete(interrupted)
  if (run.ranOutOfTime()) return waiting()
  if (run.holdingBack().length > 0 || !run.complete) return incomplete(heldBack(run))
  return { outcome: run.request.action === 'reconcile' ? 'reconciled' : 'rotated' }
}

/** An emergency is not held up by a document that breaks the rules: it goes on from the newest valid one. */
async function load(run: GroupRun): Promise<void> {
  if (!run.request.emergency) return run.ledger.load()
  const invalid = await run.ledger.loadOrRecover()
  if (invalid) run.warn({ kind: 'keysetRestored', problem: problemOf(invalid) })
}

/** What the request comes to on this document, or on the one that another run saved meanwhile. */
function intentFor(run: GroupRun, keyset: Keyset | null): Intent {
  return decide(run.request, keyset?.revision === 0 ? null : keyset, run.group, run.now())
}

function pendingOf(run: GroupRun): KeyEntry | undefined {
  return run.ledger.keyset ? pendingKey(run.ledger.keyset) : undefined
}

/** Somebody may have pointed ACSCurrent, which receivers read, at an older document or at something else. */
async function bringForward(run: GroupRun): Promise<void> {
  const behind = run.ledger.currentIsBehind
  await run.ledger.bringForward()
  if (behind !== null) run.warn({ kind: 'currentMovedForward', secret: run.group.secret, version: behind })
}

async function cutOff(run: GroupRun): Promise<void> {
  const key = Key.generate()
  const saved = await run.ledger.change('cutOff', (keyset, now) => {
    // Another run may have begun the same emergency meanwhile: its fresh key is as good.
    if (intentFor(run, keyset) !== 'emergency') return null
    const { leaked, onRunningStreams } = run.request
    return startEmergency(keyset, key, { ...stageOptions(run), leaked, onRunningStreams }, now)
  })
  const fresh = pendingOf(run)
  if (saved && fresh?.knownFrom !== undefined) {
    run.cutOff = { savedAt: run.now(), trustGoneAt: Date.parse(fresh.knownFrom) }
  }
  logStaged(run)
}

/**
 * An emergency that is repeated, or comes soon after another, keeps that one's fresh key. Keys that it names and that are
 * still trusted lose their trust all the same.
 */
async function distrustFurther(run: GroupRun): Promise<void> {
  const { leaked, onRunningStreams } = run.request
  const isTrusted = ({ kid, state }: KeyEntry): boolean =>
    state !== 'compromised' && (leaked.length === 0 || leaked.includes(kid))
  await run.ledger.change('distrusted', (keyset, now) => {
    const fresh = targetKey(keyset)
    const trusted = keyset.keys.filter((entry) => isTrusted(entry) && entry.kid !== fresh?.kid)
    if (trusted.length === 0) return null
    return distrust(keyset, { leaked: trusted.map(({ kid }) => kid), onRunningStreams }, now)
  })
  const fresh = run.ledger.keyset ? targetKey(run.ledger.keyset) : undefined
  if (!fresh) return
  if (fresh.request !== run.request.id)
    run.warn({ kind: 'freshKeyKept', kid: fresh.kid, leaked: leaked.includes(fresh.kid) })
}

/** A request for all groups names keys of some of them: the others are left alone. */
function leakedElsewhere(run: GroupRun): boolean {
  const { leaked } = run.request
  if (leaked.length === 0) return false
  const { keys = [], revoked = [] } = run.ledger.keyset ?? {}
  if ([...keys, ...revoked].some(({ kid }) => leaked.includes(kid))) return false
  run.warn({ kind: 'leakedElsewhere', kids: leaked })
  return true
}

async function stageKey(run: GroupRun, intent: Intent & ('stage' | 'rollback')): Promise<void> {
  const key = Key.generate()
  await run.ledger.change(intent === 'stage' ? 'staged' : 'rolledBack', (keyset, now) => {
    // After a lost race another run's key may be pending: that one is resumed.
    if (intentFor(run, keyset) !== intent) return changed(keyset, withSeen(run, keyset, now))
    const staged =
      intent === 'rollback'
        ? rollBack(keyset, stageOptions(run), now)
        : stage(keyset, key, stageOptions(run), now)
    return withSeen(run, staged, now)
  })
  logStaged(run)
}

function changed(before: Keyset, after: Keyset): Keyset | null {
  return after === before ? null : after
}

function stageOptions(run: GroupRun): { ttlMs: number; request?: string } {
  return { ttlMs: run.group.ttlMs, ...(run.request.id !== null && { request: run.request.id }) }
}

function logStaged(run: GroupRun): void {
  const pending = pendingOf(run)
  if (pending) run.log({ level: 'info', event: 'staged', kid: pending.kid })
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
  if (fresh.length > 0) run.warn({ kind: 'domainsAdded', domains: fresh, kid: current.kid })
  if (drifted.length > 0) run.warn({ kind: 'driftRepaired', domains: drifted, kid: current.kid })
}

/**
 * Every domain that can be reached must be on the key. One that fails for good holds promotion back until it is mended,
 * removed or tolerated; in an emergency only the reachable ones count, the others are repaired later.
 */
function mayPromote(run: GroupRun, pending: KeyEntry): boolean {
  const failed = run.holdingBack()
  if (!run.complete) return false
  if (failed.length === 0) return true
  const reachable = failed.some((domain) =>
    hasCode(run.domains.get(domain)?.failure, 'notConfirmed', 'throttled'),
  )
  return pending.emergency === true && !reachable && run.domainsOn(pending.kid).length > 0
}

async function promoteKey(run: GroupRun, pending: KeyEntry): Promise<void> {
  const appliedAt = run.lastConfirmedAt ?? run.lastReadAt()
  const saved = await run.ledger.change('promoted', (keyset, now) => {
    if (pendingKey(keyset)?.kid !== pending.kid) return null
    const promoted = noteSeen(run, promote(keyset, appliedAt))
    const seen =
      interruptKeys(promoted).length > 0 ? noteLate(promoted, run.domainsNotOn(pending.kid)) : promoted
    const rejected = seen.keys.filter(isRejected).map(({ kid }) => kid)
    return revoke(seen, rejected, run.kidsInUse(), now)
  })
  if (saved) run.log({ level: 'info', event: 'promoted', kid: pending.kid })
  const { keyset } = run.ledger
  if (keyset && currentKey(keyset)?.kid === pending.kid) return
  throw new RotatorError(
    'fenced',
    `another run has gone on meanwhile and key ${pending.kid} is not to become the current one; ` +
      'the other run or the next reconcile finishes',
  )
}

/** Somebody who stops a run gives it a deadline in the past: its time was not too short. */
function wasStopped(run: GroupRun): boolean {
  return run.environment.deadline < run.startedAt
}

function heldBack(run: GroupRun): FindingOf<'domainsFailed' | 'domainsUnknown'> {
  const failed = run.holdingBack()
  if (failed.length === 0) return { kind: 'domainsUnknown' }
  const codes = failed.map((domain) => ({
    domain,
    code: run.domains.get(domain)?.failure?.code ?? 'unknown',
  }))
  return { kind: 'domainsFailed', failed: codes, total: run.domains.size }
}
