import type { Cause, CauseCode } from '../rotation/report/findings.ts'
import { causeName, MOST_NOTICES, type Notice } from '../rotation/report/notices.ts'
import type { GroupReport, Outcome } from '../rotation/report/report.ts'

/** What a run's report makes of the notices, and which causes somebody is to be told of now. */
export interface NextNotices {
  readonly notices: readonly Notice[]
  readonly tell: readonly Cause[]
}

/** These tell nothing of the group: what was noticed stays as it is. */
const LOOKED_ONLY: readonly Outcome[] = ['notDue', 'planned', 'reported']

/** What may mend itself by the next run is told when the run after has met it too. */
const OFTEN_PASSES: readonly CauseCode[] = [
  'domainFailed',
  'discoveryFailed',
  'receiversRefuse',
  'streamsLeft',
  'tooShort',
  'superseded',
  'clocksDisagree',
]

/** What only one run can see. It stays noticed until somebody was told, however late. */
const HAPPEN_ONCE: readonly CauseCode[] = ['driftRepaired', 'keyFound', 'overlapMax']

/** An incomplete run by one of these has not come to its domains: what they were noticed for may go on. */
const STOPS_EARLY: readonly CauseCode[] = ['receiversRefuse', 'superseded', 'tooShort']

/**
 * Decides what is new. Pure, and idempotent: the same report on its own result changes nothing once a cause was told.
 *
 * A cause is told once, from when it is first seen until a run finds it gone; then it may come again and is told again.
 */
export function nextNotices(known: readonly Notice[], group: GroupReport, now: string): NextNotices {
  if (LOOKED_ONLY.includes(group.outcome)) return { notices: known, tell: [] }
  const causes = summarised(
    (group.causes ?? []).filter((cause) => !isMending(cause, known)),
    known,
  )
  const present = new Map(causes.map((cause) => [nameOf(cause), cause]))
  const kept = known.filter(
    (notice) => present.has(notice.cause) || owedOf(notice) || !isGone(notice.cause, group, causes),
  )
  const added = [...present.keys()]
    .filter((name) => !kept.some(({ cause }) => cause === name))
    .slice(0, Math.max(0, MOST_NOTICES - kept.length))
    .map((cause): Notice => ({ cause, since: now, count: 0, toldAt: null }))

  const tell: Cause[] = []
  const notices = [...kept, ...added].map((notice) => {
    const cause = present.get(notice.cause) ?? owedOf(notice)
    if (!cause || notice.toldAt !== null) return notice
    const needed = OFTEN_PASSES.includes(cause.code) && !cause.urgent ? 2 : 1
    const count = Math.min(notice.count + 1, Math.max(notice.count, needed))
    if (count >= needed) tell.push(cause)
    return count === notice.count ? notice : { ...notice, count }
  })
  return { notices, tell }
}

/** The notices after `causes` were told. */
export function markTold(notices: readonly Notice[], causes: readonly Cause[], now: string): Notice[] {
  const told = new Set(causes.map(nameOf))
  return notices.map((notice) => (told.has(notice.cause) ? { ...notice, toldAt: now } : notice))
}

export function sameNotices(a: readonly Notice[], b: readonly Notice[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/** A domain that could not be reached and is brought to the key at last has not drifted. */
function isMending({ code, subject }: Cause, known: readonly Notice[]): boolean {
  const failing = ['domainFailed', causeName('domainFailed', subject)]
  return code === 'driftRepaired' && known.some(({ cause }) => failing.includes(cause))
}

/**
 * While very many subjects of one kind are noticed as one cause, it stands for all of that kind: a number that goes up
 * and down around the limit is no news.
 */
function summarised(causes: readonly Cause[], known: readonly Notice[]): Cause[] {
  const codes = new Set(causes.filter(({ subject }) => subject !== null).map(({ code }) => code))
  return [...codes].reduce<Cause[]>(
    (all, code) => {
      if (!known.some(({ cause }) => cause === code)) return all
      const mine = all.filter((cause) => cause.code === code)
      const urgent = mine.some((cause) => cause.urgent)
      const one: Cause = { code, subject: null, total: mine.length, ...(urgent && { urgent }) }
      return [...all.filter((cause) => cause.code !== code), one]
    },
    [...causes],
  )
}

/** The cause of a notice that nobody could be told of when it happened. */
function owedOf({ cause, toldAt }: Notice): Cause | undefined {
  const { code, subject } = partsOf(cause)
  const known = HAPPEN_ONCE.find((one) => one === code)
  return known && toldAt === null ? { code: known, subject } : undefined
}

function isGone(name: string, group: GroupReport, causes: readonly Cause[]): boolean {
  const { code, subject } = partsOf(name)
  if (code === 'emergencyDone') return subject !== group.kid
  if (code === 'failed') return group.outcome !== 'failed'
  if (group.outcome === 'incomplete') return !causes.some((cause) => STOPS_EARLY.includes(cause.code))
  return group.outcome === 'rotated' || group.outcome === 'reconciled'
}

function partsOf(name: string): { readonly code: string; readonly subject: string | null } {
  const [code = '', subject = null] = name.split(':')
  return { code, subject }
}

function nameOf({ code, subject }: Cause): string {
  return causeName(code, subject)
}
