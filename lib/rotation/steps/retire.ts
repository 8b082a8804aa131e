import { RotatorError } from '../../core/errors.ts'
import { pendingKey, type KeyEntry, type Keyset } from '../../keyset/keyset.ts'
import { noteDomains, retire, revoke } from '../../keyset/moves.ts'
import type { GroupRun } from '../state/group-run.ts'
import { problemOf } from '../report/findings.ts'
import type { OnlineStream } from '../ports.ts'
import { fateOf } from '../state/streams.ts'

/** Lists the running streams of every domain; where a list cannot be had, its domain is kept as unlisted. */
export async function surveyStreams(run: GroupRun): Promise<void> {
  const unlisted: string[] = []
  let problem: RotatorError | undefined
  const lists = await Promise.all(
    [...run.domains.keys()].map(async (domain) => {
      const streams = await listStreams(run, domain)
      if (!(streams instanceof RotatorError)) return streams
      unlisted.push(domain)
      problem ??= streams
      return []
    }),
  )
  if (problem) {
    run.warn({ kind: 'streamsNotListed', domains: unlisted, problem: problemOf(problem) })
  }
  run.survey = { streams: lists.flat(), unlisted }
}

/** The running streams of a domain, or why they cannot be had. */
export async function listStreams(
  run: GroupRun,
  domain: string,
): Promise<readonly OnlineStream[] | RotatorError> {
  try {
    return await run.ports.live.streams(domain, { deadline: run.environment.deadline })
  } catch (error) {
    if (!(error instanceof RotatorError)) throw error
    // A domain that is gone has no streams; every other failure may hide some.
    if (error.code === 'notFound') return []
    run.log({ level: 'warn', event: 'unlisted', domain, code: error.code, message: error.message })
    return error
  }
}

/**
 * Lets old keys go that nothing can sign with any more, by evidence: what the domains are set to, and which streams
 * still run. Also where nothing can go yet, it writes down since when no domain is set to a key.
 */
export async function drain(run: GroupRun): Promise<void> {
  if (!run.ledger.keyset?.keys.some(isOld)) return
  if (!run.survey) await surveyStreams(run)
  let going: Going[] = []
  const saved = await run.ledger.change('retired', (document, now) => {
    const seen = noteSeen(run, document)
    going = drained(run, seen, now)
    const kids = going.map(({ entry }) => entry.kid)
    const next = kids.length === 0 ? seen : revoke(retire(seen, kids), kids, run.kidsInUse(), now)
    return next === document ? null : next
  })
  if (!saved || going.length === 0) return
  run.log({ level: 'info', event: 'retired', kids: going.map(({ entry }) => entry.kid) })
  for (const { entry, expired } of going) if (expired) reportExpired(run, entry, expired)
}

/** Writes down what the domains' readings tell of old keys, where that is news. */
export async function saveCleared(run: GroupRun): Promise<void> {
  await run.ledger.change('cleared', (document) => {
    const seen = noteSeen(run, document)
    return seen === document ? null : seen
  })
}

/** The document with what the domains' readings tell of its old keys. */
export function noteSeen(run: GroupRun, keyset: Keyset): Keyset {
  return noteDomains(keyset, run.kidsInUse(), run.provesAbsence(), run.lastReadAt())
}

interface Going {
  readonly entry: KeyEntry
  /** The streams that may still sign with it, where `overlap.max` ends it all the same. */
  readonly expired?: readonly OnlineStream[]
}

function drained(run: GroupRun, keyset: Keyset, now: number): Going[] {
  if (!run.survey || !run.complete || run.ledger.othersSaved || pendingKey(keyset)) return []
  // A domain that could not be read may be on any key, as one whose streams could not be listed.
  const survey = { ...run.survey, unlisted: [...new Set([...run.survey.unlisted, ...run.unread()])] }
  const inUse = run.kidsInUse()
  return keyset.keys.flatMap((entry): Going[] => {
    if (!isOld(entry) || inUse.has(entry.kid)) return []
    if (isRejected(entry)) return [{ entry }]
    const fate = fateOf(entry, survey, run.group, now)
    if (fate.kind === 'keep') return []
    return [fate.kind === 'drop' ? { entry } : { entry, expired: fate.streams }]
  })
}

/** A leaked key whose streams are given up: it goes as soon as the fresh key is promoted. */
export function isRejected(entry: KeyEntry): boolean {
  return entry.state === 'compromised' && entry.onRunningStreams === 'reject'
}

function isOld(entry: KeyEntry): boolean {
  return entry.state === 'previous' || entry.state === 'compromised'
}

function reportExpired(run: GroupRun, entry: KeyEntry, streams: readonly OnlineStream[]): void {
  const domains = [...new Set([...(run.survey?.unlisted ?? []), ...run.unread()])]
  run.expired.add(entry.kid)
  run.warn({ kind: 'keyExpired', kid: entry.kid, streams: streams.map(nameOf), domains })
}

/** A stream as people name it. */
export function nameOf({ domain, app, stream }: OnlineStream): string {
  return `${domain}/${app}/${stream}`
}
