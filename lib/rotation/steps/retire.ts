import type { GroupConfig } from '../../config/types.ts'
import { isOld, pendingKey, type KeyEntry, type Keyset } from '../../keyset/keyset.ts'
import { retire, revoke } from '../../keyset/moves/retire.ts'
import type { OnlineStream } from '../ports.ts'
import type { GroupContext } from '../state/context.ts'
import { withCleared, withKnown } from '../state/readings.ts'
import type { Observation } from '../state/observation.ts'
import { fateOf, isRejected, nameOf } from '../state/streams.ts'
import { surveyStreams } from './survey.ts'

/**
 * Drops old keys that nothing can sign with, judging by the keys on domains and the running streams, which it lists if that
 * is not done yet. If no key can leave yet, it still records since when no domain is set to one; without an old key, only
 * which domains are known. One save at most; a warning for each key dropped by `overlap.max`. If the clocks disagree,
 * nothing is done by time.
 */
export async function retireKeys(run: GroupContext): Promise<void> {
  if (!run.ledger.keyset?.keys.some(isOld)) return saveKnown(run)
  if (!run.seen.survey) await surveyStreams(run)
  const { seen, ledger, journal, clocksAgree } = run
  let going: readonly Going[] = []
  const saved = await ledger.change('retired', (document, now) => {
    const known = withKnown(document, seen)
    const cleared = clocksAgree ? withCleared(known, seen, ledger.generation) : known
    going = goingKeys(cleared, seen, ledger.generation, run.group, now).filter(
      ({ entry }) => clocksAgree || isRejected(entry),
    )
    const kids = going.map(({ entry }) => entry.kid)
    const next = kids.length === 0 ? cleared : revoke(retire(cleared, kids), kids, seen.kidsInUse(), now)
    return next === document ? null : next
  })
  if (!saved || going.length === 0) return
  journal.note({ level: 'info', event: 'retired', kids: going.map(({ entry }) => entry.kid) })
  const domains = [...new Set([...(seen.survey?.unlisted ?? []), ...seen.unread()])]
  for (const { entry, expired } of going) {
    if (expired) journal.warn({ kind: 'keyExpired', kid: entry.kid, streams: expired.map(nameOf), domains })
  }
}

/** Saves which domains are known, if that changed. */
async function saveKnown({ ledger, seen }: GroupContext): Promise<void> {
  await ledger.change('known', (document) => {
    const known = withKnown(document, seen)
    return known === document ? null : known
  })
}

/** Saves which old keys the domains have left, if that changed. */
export async function saveCleared({ ledger, seen }: GroupContext): Promise<void> {
  await ledger.change('cleared', (document) => {
    const cleared = withCleared(document, seen, ledger.generation)
    return cleared === document ? null : cleared
  })
}

export interface Going {
  readonly entry: KeyEntry
  /** The streams that may still sign with it, if `overlap.max` drops it. */
  readonly expired?: readonly OnlineStream[]
}

/** The old keys that may leave the document. Pure. */
export function goingKeys(
  keyset: Keyset,
  seen: Observation,
  generation: number,
  group: GroupConfig,
  now: number,
): Going[] {
  if (!seen.survey || !seen.complete || !seen.isOf(generation) || pendingKey(keyset)) return []
  // A domain that could not be read may be on any key, so it counts like one whose streams could not be listed.
  const survey = { ...seen.survey, unlisted: [...new Set([...seen.survey.unlisted, ...seen.unread()])] }
  const inUse = seen.kidsInUse()
  return keyset.keys.flatMap((entry): Going[] => {
    if (!isOld(entry) || inUse.has(entry.kid)) return []
    if (isRejected(entry)) return [{ entry }]
    const fate = fateOf(entry, survey, group, now)
    if (fate.kind === 'keep') return []
    return [fate.kind === 'drop' ? { entry } : { entry, expired: fate.streams }]
  })
}
