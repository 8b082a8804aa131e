import { isoTime, steadyNow } from '../../core/clock.ts'
import type { KeyEntry, Keyset } from '../../keyset/keyset.ts'
import { stagedLate } from '../../keyset/moves/revision.ts'
import { isProven } from '../evidence.ts'
import type { FindingOf } from '../report/findings.ts'
import { shownUrl } from '../shown-url.ts'
import type { GroupContext } from '../state/context.ts'
import { askForEvidence, gatherEvidence } from './gather-evidence.ts'

const PROBE_PAUSE_MS = 1_000
const LONGEST_PROBE_PAUSE_MS = 15_000
/** A save takes a moment, and the cloud reports whole seconds: a smaller lateness is not worth a warning. */
const UNREMARKABLE_MS = 5_000

export type Published =
  | { readonly kind: 'done' }
  /** Receivers need more time than this run may wait. */
  | { readonly kind: 'waiting'; readonly until: number }
  | FindingOf<'receiversRefuse'>

/**
 * Waits until every receiver knows the pending key: until older documents have expired at every receiver that respects
 * their ttl, and every configured probe URL has accepted a probe signed with the key. Evidence from every instance
 * (`propagation.instances`) ends the wait; without it, the run waits the full time and warns. Other probes shorten the
 * wait only if the operator states that they reach every instance. In an emergency a refused probe does not hold the
 * switch back: to keep signing with the leaked key is worse.
 */
export async function publish(run: GroupContext, keyset: Keyset, pending: KeyEntry): Promise<Published> {
  const { clock, waitUntil } = run.environment
  const steady = steadyNow(clock)
  const known = run.publishedAt(pending, keyset)
  if (await isShownByAll(run, pending, Math.min(known, waitUntil))) return { kind: 'done' }

  const { propagation, probes } = run.group
  const giveUp = Math.max(known, Date.parse(pending.stagedAt ?? keyset.updatedAt) + propagation.maxMs)
  const lateMs = stagedLate(pending, keyset, run.ledger.storedAt)
  if (lateMs > UNREMARKABLE_MS) run.journal.warn({ kind: 'storedLate', lateMs })
  const probesMayShorten = probes.length > 0 && propagation.probesCoverAllInstances
  const refusing = new Map(probes.map((url) => [url, 'not asked yet']))

  for (let pause = PROBE_PAUSE_MS; ;) {
    await probeAll(run, pending, refusing)
    const now = steady()
    const timeIsUp = now >= known
    if (refusing.size === 0 && (timeIsUp || probesMayShorten)) return { kind: 'done' }
    if (timeIsUp && pending.emergency) {
      for (const receiver of receiversOf(refusing)) run.journal.warn({ kind: 'receiverRefuses', ...receiver })
      return { kind: 'done' }
    }
    if (now >= giveUp) return { kind: 'receiversRefuse', receivers: receiversOf(refusing) }

    const worthAsking = timeIsUp || probesMayShorten
    const next = worthAsking ? Math.min(now + pause, timeIsUp ? giveUp : known) : known
    if (next > waitUntil) {
      return { kind: 'waiting', until: timeIsUp ? next : known }
    }
    run.journal.note({
      level: 'info',
      event: 'waiting',
      kid: pending.kid,
      phase: 'publishing',
      until: isoTime(next),
    })
    await clock.sleep(next - now)
    // Back off only now: before, an answer would have ended the wait at once; a receiver that still refuses is broken.
    if (timeIsUp) pause = Math.min(pause * 2, LONGEST_PROBE_PAUSE_MS)
  }
}

/** Whether evidence shows that every instance knows the key. */
async function isShownByAll(run: GroupContext, pending: KeyEntry, until: number): Promise<boolean> {
  if (run.group.instances === null) return false
  await run.alarm
  await gatherEvidence(run, pending.key, until)
  if (run.receivers.areProven) return true
  const receivers = run.receivers.evidence.filter((evidence) => !isProven(evidence))
  run.journal.warn({
    kind: 'evidenceLacking',
    receivers: receivers.map(({ url, expected, instances, impossible, last }) => ({
      url: shownUrl(url),
      expected: expected ?? 0,
      seen: instances.length,
      why: impossible ?? 'tooFew',
      detail: last?.detail ?? '',
    })),
  })
  return false
}

/** Asks every receiver that has not accepted yet, concurrently. */
async function probeAll(run: GroupContext, { key }: KeyEntry, refusing: Map<string, string>): Promise<void> {
  await Promise.all(
    [...refusing.keys()].map(async (url) => {
      const { accepted, detail } = await askForEvidence(run, url, key)
      if (accepted) refusing.delete(url)
      else refusing.set(url, detail)
    }),
  )
}

function receiversOf(refusing: ReadonlyMap<string, string>): { url: string; detail: string }[] {
  return [...refusing].map(([url, detail]) => ({ url: shownUrl(url), detail }))
}
