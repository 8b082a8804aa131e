import { isoTime } from '../../core/clock.ts'
import { defined } from '../../core/objects.ts'
import type { UrlEvidence } from '../evidence.ts'
import { shownUrl } from '../shown-url.ts'
import type { Receivers } from '../state/receivers.ts'
import type { ReceiverReport } from './report.ts'

/** Reports on the receivers that were probed. */
export function receiverReports({ evidence, trusting }: Receivers): ReceiverReport[] {
  return evidence.flatMap((one) => {
    const { instances } = trusting.find(({ url }) => url === one.url) ?? {}
    return one.last === null ? [] : receiverReport(one, one.last.accepted, instances)
  })
}

function receiverReport(
  { url, expected, instances }: UrlEvidence,
  accepted: boolean,
  trusting: readonly string[] | undefined,
): ReceiverReport {
  return defined({
    url: shownUrl(url),
    accepted,
    instances: instances.map(({ id, lineage, revision, at }) => ({
      id,
      lineage,
      revision,
      seenAt: isoTime(at),
    })),
    trusting,
    expected,
    revision: instances.length > 0 ? Math.min(...instances.map(({ revision }) => revision)) : null,
  })
}
