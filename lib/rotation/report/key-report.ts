import { isoTime } from '../../core/clock.ts'
import { defined } from '../../core/objects.ts'
import type { KeyEntry, Keyset } from '../../keyset/keyset.ts'
import type { OnlineStream } from '../ports.ts'
import type { GroupContext } from '../state/context.ts'
import { streamsSigningWith } from '../state/streams.ts'
import type { KeyReport } from './report.ts'

const SHOWN_DOMAINS = 50

/** What is known about one key: its times, the domains that are set to it and the streams that can sign with it. */
export function keyReport(run: GroupContext, entry: KeyEntry, keyset: Keyset): KeyReport {
  const { group, seen } = run
  const survey = seen.completeSurvey
  const since = entry.appliedAt ?? entry.createdAt
  const wasRead = [...seen.domains.values()].some(({ reading }) => reading)
  const streams = survey ? streamsSigningWith(entry, survey, group) : null
  return defined({
    kid: entry.kid,
    state: entry.state,
    onRunningStreams: entry.state === 'compromised' ? entry.onRunningStreams : undefined,
    found: entry.found === true ? true : undefined,
    untrustedFrom: entry.compromisedAt === undefined ? undefined : untrustedFrom(entry.compromisedAt, keyset),
    times: timesOf(entry),
    age: since === undefined ? null : Math.max(0, Math.floor((run.now() - Date.parse(since)) / 1000)),
    runningStreams: streams?.length ?? null,
    ...(streams && streams.length > 0 && aboutStreams(streams)),
    domains: wasRead ? seen.domainsOn(entry.kid).length : null,
  })
}

function aboutStreams(
  streams: readonly OnlineStream[],
): Required<Pick<KeyReport, 'streamDomains' | 'oldestStreamSince'>> {
  const domains = new Set(streams.map(({ domain }) => domain))
  const oldest = streams.reduce((at, { publishedAt }) => Math.min(at, publishedAt), Infinity)
  return { streamDomains: [...domains].slice(0, SHOWN_DOMAINS), oldestStreamSince: isoTime(oldest) }
}

/** When the last receiver that respects the ttl stops trusting a leaked key. */
function untrustedFrom(compromisedAt: string, { ttl, cachedUntil }: Keyset): string {
  const held = cachedUntil === undefined ? 0 : Date.parse(cachedUntil)
  return isoTime(Math.max(Date.parse(compromisedAt) + ttl, held))
}

function timesOf(entry: KeyEntry): NonNullable<KeyReport['times']> {
  const { createdAt, stagedAt, appliedAt, clearedAt, compromisedAt } = entry
  return defined({ createdAt, stagedAt, appliedAt, clearedAt: clearedAt ?? undefined, compromisedAt })
}
