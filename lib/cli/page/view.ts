import type { GroupReport, KeyReport, Phase, Report } from '../../rotation/report/report.ts'
import type { Asked } from '../next/asked.ts'
import { nextSteps, type NextStep } from '../next/next-steps.ts'
import { dueAtOf, knownGroup } from '../next/outlook.ts'
import { shownPhase, stationsOf, type Station } from './stations.ts'
import { isOld } from '../../keyset/keyset.ts'

/** Everything that a page shows, as data: no texts, no local times. */
export interface PageView {
  /** When it was read, ISO. */
  readonly at: string
  readonly groups: readonly GroupView[]
  /** What to type next. */
  readonly next: readonly NextStep[]
}

export interface GroupView {
  readonly report: GroupReport
  /** An emergency that receivers may not all know of yet, or that one still does not. */
  readonly emergency: EmergencyView | null
  readonly phase: Phase
  /** The newest key's progress; empty if unknown. */
  readonly stations: readonly Station[]
  readonly keys: readonly KeyView[]
  readonly receivers: readonly ReceiverView[]
  /** Old keys that running streams still sign with. */
  readonly streams: readonly KeyReport[]
  /** When the current key is old enough to rotate; null if unknown. */
  readonly dueAt: string | null
}

export interface EmergencyView {
  /** The leaked keys that are still in the document. */
  readonly kids: readonly string[]
  /** From when no receiver that respects the ttl trusts them; null if unknown. */
  readonly untrustedFrom: string | null
  /** Ids of the instances seen, by whether they still trust a leaked key. */
  readonly trusting: readonly string[]
  readonly safe: readonly string[]
  /** Total number of instances; null if not stated. */
  readonly expected: number | null
}

/** A span of a key's life. `meaning` is its role in that time. */
export interface Segment {
  readonly meaning: 'published' | 'current' | 'draining' | 'compromised'
  /** ISO times. `from` null: since before the key was found; `until` null: ongoing. */
  readonly from: string | null
  readonly until: string | null
}

export interface KeyView {
  readonly key: KeyReport
  readonly segments: readonly Segment[]
}

export interface ReceiverView {
  readonly url: string
  readonly accepted: boolean
  readonly expected: number | null
  readonly instances: readonly {
    readonly id: string
    readonly revision: number
    readonly seenAt: string
    readonly trusts: boolean
  }[]
}

/**
 * What a page shows of a report: the current state, a run, or a receipt.
 *
 * @param now - ISO time of the view; later than the report on a live page.
 * @example
 * ```ts
 * const html = renderPage(pageView(report, asked), { texts: english, timeZone: 'Asia/Shanghai', live: false })
 * ```
 */
export function pageView(report: Report, asked: Asked, now: string = report.finishedAt): PageView {
  return {
    at: now,
    next: nextSteps(report, asked).filter(
      ({ reason }) => reason.kind !== 'unfinished' || !isUnderWay(report),
    ),
    groups: report.groups.map((group) => ({
      report: group,
      emergency: emergencyOf(group, now),
      phase: shownPhase(group),
      stations: stationsOf(group, knownGroup(group, asked.groups)),
      keys: group.keys.map((key) => ({ key, segments: segmentsOf(key) })),
      receivers: receiversOf(group),
      streams: group.keys.filter((key) => isOld(key) && key.runningStreams !== 0),
      dueAt: dueAtOf(group, report.finishedAt, asked.groups),
    })),
  }
}

/** A key staged this recently is probably being set by a run right now. */
const UNDER_WAY_MS = 5 * 60_000

function isUnderWay({ groups, finishedAt }: Report): boolean {
  return groups.some(({ keys }) =>
    keys.some(
      ({ state, times }) =>
        state === 'pending' &&
        times?.stagedAt !== undefined &&
        Date.parse(finishedAt) - Date.parse(times.stagedAt) < UNDER_WAY_MS,
    ),
  )
}

function segmentsOf({ state, times = {} }: KeyReport): Segment[] {
  const { stagedAt, appliedAt, clearedAt, compromisedAt } = times
  const segments: Segment[] = []
  const end = compromisedAt ?? null
  if (stagedAt !== undefined) segments.push({ meaning: 'published', from: stagedAt, until: appliedAt ?? end })
  // A key found on domains was on them before it was found.
  const isFound = stagedAt === undefined && state !== 'pending'
  if (appliedAt !== undefined || isFound)
    segments.push({ meaning: 'current', from: appliedAt ?? null, until: clearedAt ?? end })
  if (clearedAt !== undefined) segments.push({ meaning: 'draining', from: clearedAt, until: end })
  if (compromisedAt !== undefined) segments.push({ meaning: 'compromised', from: compromisedAt, until: null })
  return segments.filter(({ from, until }) => from === null || until === null || until > from)
}

function receiversOf({ receivers = [] }: GroupReport): ReceiverView[] {
  return receivers.map(({ url, accepted, expected, instances, trusting = [] }) => ({
    url,
    accepted,
    expected,
    instances: [
      ...instances.map(({ id, revision, seenAt }) => ({
        id,
        revision,
        seenAt,
        trusts: trusting.includes(id),
      })),
    ],
  }))
}

/** Shown first while a receiver may still trust a leaked key. */
function emergencyOf(group: GroupReport, now: string): EmergencyView | null {
  const leaked = group.keys.filter(({ state, found }) => state === 'compromised' && found !== true)
  if (leaked.length === 0) return null
  const untrustedFrom =
    leaked
      .flatMap((key) => key.untrustedFrom ?? [])
      .sort()
      .at(-1) ?? null
  const receivers = group.receivers ?? []
  const trusting = receivers.flatMap((receiver) => receiver.trusting ?? [])
  const isOver = untrustedFrom !== null && untrustedFrom <= now && trusting.length === 0
  if (isOver && group.phase !== 'publishing' && group.phase !== 'applying') return null
  const seen = receivers.flatMap(({ instances }) => instances.map(({ id }) => id))
  const counts = receivers.map(({ expected }) => expected)
  return {
    kids: leaked.map(({ kid }) => kid),
    untrustedFrom,
    trusting,
    safe: seen.filter((id) => !trusting.includes(id)),
    expected:
      counts.length > 0 && counts.every((count) => count !== null)
        ? counts.reduce((sum, count) => sum + count, 0)
        : null,
  }
}
