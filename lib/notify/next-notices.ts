import type { Cause, CauseCode } from '../rotation/report/findings.ts'
import { causeName, MOST_NOTICES, type Notice } from '../rotation/report/notices.ts'
import type { GroupReport, Outcome } from '../rotation/report/report.ts'

/** The notices after a run's report, and the causes to tell people now. */
export interface NextNotices {
  readonly notices: readonly Notice[]
  readonly tell: readonly Cause[]
}

/** Outcomes that say nothing about the group: its notices stay unchanged. */
const LOOKED_ONLY: readonly Outcome[] = ['notDue', 'planned', 'reported']

/** Causes that often go away by themselves: people are told only if the next run meets them too. */
const OFTEN_PASSES: readonly CauseCode[] = [
  'domainFailed',
  'discoveryFailed',
  'receiversRefuse',
  'streamsLeft',
  'tooShort',
  'superseded',
  'clocksDisagree',
]

/** Causes that only one run can see: kept until people are told, however late. */
const HAPPEN_ONCE: readonly CauseCode[] = ['driftRepaired', 'keyFound', 'overlapMax']

/** A run that one of these made incomplete did not reach its domains: their causes may persist. */
const STOPS_EARLY: readonly CauseCode[] = ['receiversRefuse', 'superseded', 'tooShort']

/**
 * Decides what is new. Pure and idempotent: once a cause was told, applying the same report again changes nothing.
 *
 * A cause is told once until a run finds it gone; if it recurs, it is told again.
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

/** Marks `causes` as told. */
export function markTold(notices: readonly Notice[], causes: readonly Cause[], now: string): Notice[] {
  const told = new Set(causes.map(nameOf))
  return notices.map((notice) => (told.has(notice.cause) ? { ...notice, toldAt: now } : notice))
}

export function sameNotices(a: readonly Notice[], b: readonly Notice[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

/** A domain that was unreachable and is now repaired has not drifted. */
function isMending({ code, subject }: Cause, known: readonly Notice[]): boolean {
  const failing = ['domainFailed', causeName('domainFailed', subject)]
  return code === 'driftRepaired' && known.some(({ cause }) => failing.includes(cause))
}

/**
 * Once many subjects of one kind have been reported as one cause, that cause stands for all of its kind: a number that
 * fluctuates around the limit is not news.
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

/** The cause of a notice that could not be delivered when it happened. */
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
