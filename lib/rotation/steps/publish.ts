import { isoTime } from '../../core/clock.ts'
import type { Key } from '../../keyset/key.ts'
import type { KeyEntry, Keyset } from '../../keyset/keyset.ts'
import { publishedAt } from '../decide.ts'
import type { FindingOf } from '../report/findings.ts'
import type { GroupContext } from '../state/context.ts'

const FIRST_PROBE_PAUSE_MS = 1_000
const LONGEST_PROBE_PAUSE_MS = 15_000

export type Published =
  | { readonly kind: 'done' }
  /** Receivers need longer than this run may wait. */
  | { readonly kind: 'waiting'; readonly until: number }
  | FindingOf<'receiversRefuse'>

/**
 * Waits until every receiver knows the pending key: until the documents before it have run out at every receiver that
 * keeps to their ttl, and until every configured probe URL has accepted a probe signed with the key. Probes shorten the
 * wait only where the operator says that they reach every instance. In an emergency a probe that refuses does not hold
 * the switch back: the leaked key is worth less than nothing by then.
 */
export async function publish(run: GroupContext, keyset: Keyset, pending: KeyEntry): Promise<Published> {
  const { propagation, probes } = run.group
  const { clock, waitUntil } = run.environment
  const known = publishedAt(pending, keyset, run.group, run.ledger.storedAt)
  const giveUp = Math.max(known, Date.parse(pending.stagedAt ?? keyset.updatedAt) + propagation.maxMs)
  const probesMayShorten = probes.length > 0 && propagation.probesCoverAllInstances
  const refusing = new Map(probes.map((url) => [url, 'not asked yet']))

  for (let pause = FIRST_PROBE_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PROBE_PAUSE_MS)) {
    await probeAll(run, pending.key, refusing)
    const now = clock.now()
    const timeIsUp = now >= known
    if (refusing.size === 0 && (timeIsUp || probesMayShorten)) return { kind: 'done' }
    if (timeIsUp && pending.emergency) {
      for (const receiver of receiversOf(refusing)) run.journal.warn({ kind: 'receiverRefuses', ...receiver })
      return { kind: 'done' }
    }
    if (now >= giveUp) return { kind: 'receiversRefuse', receivers: receiversOf(refusing) }

    const worthAsking = refusing.size > 0 && (timeIsUp || probesMayShorten)
    const next = worthAsking ? Math.min(now + pause, timeIsUp ? giveUp : known) : known
    if ((probesMayShorten ? next : Math.max(next, known)) > waitUntil) {
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
  }
}

/** Asks every receiver that has not accepted yet, all at once. */
async function probeAll(run: GroupContext, key: Key, refusing: Map<string, string>): Promise<void> {
  await Promise.all(
    [...refusing.keys()].map(async (url) => {
      const { accepted, detail } = await run.environment.probe(url, key)
      run.journal.note({
        level: 'debug',
        event: 'probe',
        kid: key.kid,
        url: shown(url),
        accepted,
        message: detail,
      })
      if (accepted) refusing.delete(url)
      else refusing.set(url, detail)
    }),
  )
}

function receiversOf(refusing: ReadonlyMap<string, string>): { url: string; detail: string }[] {
  return [...refusing].map(([url, detail]) => ({ url: shown(url), detail }))
}

/** A probe URL as it may be printed: what follows the path may be a credential of the operator's. */
function shown(url: string): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}
