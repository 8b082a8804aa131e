import type { Clock } from '../../../core/clock.ts'
import type { Key } from '../../../keyset/key.ts'
import type { Probe, ProbeEvidence } from '../../../rotation/probe.ts'

/** No URL is probed more often than ten times a second. */
const PACE_MS = 100
const MOST_PROBES = 60

/** What a receiver answered, over all of its instances that were reached. */
export interface ReceiverAnswer {
  readonly url: string
  /** The HTTP status, of a refusal if there was one; null if no answer came. */
  readonly status: number | null
  /** Whether every probe was accepted. */
  readonly accepted: boolean
  readonly instances: readonly ProbeEvidence[]
  /** In words that may be shown. */
  readonly detail: string
  /** The receiver's clock minus ours, in milliseconds; null if it does not say. */
  readonly clockGapMs: number | null
}

/**
 * Probes a receiver over new connections until twice as many as it has shown instances bring nothing new, or one of them
 * refuses. Sends at most ten probes a second, and sixty in all. Never throws.
 */
export async function askReceiver(
  url: string,
  key: Key,
  probe: Probe,
  clock: Clock,
): Promise<ReceiverAnswer> {
  const instances = new Map<string, ProbeEvidence>()
  let sinceNews = 0
  for (let sent = 1; ; sent++) {
    const { accepted, status = null, evidence, answeredAt, detail } = await probe(url, key)
    // The answer's Date is in whole seconds.
    const clockGapMs = answeredAt === undefined ? null : answeredAt + 500 - clock.now()
    const isNew = evidence !== undefined && !instances.has(evidence.instance)
    if (evidence !== undefined) instances.set(evidence.instance, evidence)
    sinceNews = isNew ? 0 : sinceNews + 1
    const isOver = !accepted || evidence === undefined || sinceNews >= 2 * instances.size
    if (isOver || sent === MOST_PROBES) {
      return { url, status, accepted, instances: [...instances.values()], detail, clockGapMs }
    }
    await clock.sleep(PACE_MS)
  }
}
