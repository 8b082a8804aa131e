import { oneLine } from '../../core/plain-text.ts'
import { names } from '../../core/names.ts'
import type { GroupReport, KeyReport, Outcome, Report } from '../../rotation/report/report.ts'
import { dueAtOf, holdingBack, type KnownGroup } from '../next/outlook.ts'
import type { Style } from '../style.ts'
import { count, number } from '../../core/counts.ts'
import { humanAge, humanDuration } from './human.ts'
import { localTime } from './local-time.ts'
import { planText } from './plan-text.ts'
import { table } from './table.ts'

const INDENT = 2
const SHOWN_FAILURES = 20
const SHOWN_KEYS = 12
const SHOWN_STREAM_DOMAINS = 5

/**
 * A report for people, group by group.
 *
 * @param known - What the local configuration says of the groups.
 */
export function reportText(report: Report, style: Style, known: readonly KnownGroup[] = []): string {
  return plainReport(report)
    .groups.map((group) => groupText(group, report.finishedAt, style, known))
    .join('\n\n')
}

/** The same report; only its texts, of which some are of servers and streams, become plain. */
function plainReport(report: Report): Report {
  const plain = (_: string, value: unknown) => (typeof value === 'string' ? oneLine(value) : value)
  return JSON.parse(JSON.stringify(report, plain)) as Report
}

function groupText(group: GroupReport, now: string, style: Style, known: readonly KnownGroup[]): string {
  const { color } = style
  const lines = [headline(group, now, style)]
  if (group.error !== undefined) lines.push(color.red(`  ${group.error.code}: ${group.error.message}`))
  if (group.plan !== undefined) lines.push(planText(group.plan, now, style))
  if (group.outcome === 'planned') lines.push(...holdingBackLines(holdingBack(group, known), style))
  if (group.keys.length > 0) lines.push(indent(keysTable(group.keys, now, style)))
  if (group.outcome === 'reported') lines.push(...timeLines(group, dueAtOf(group, now, known), now, style))
  lines.push(...streamLines(group), ...failureLines(group, style), ...workLines(group, style))
  for (const warning of group.warnings) lines.push(color.yellow(`  ! ${warning}`))
  return lines.join('\n')
}

function headline(report: GroupReport, now: string, style: Style): string {
  const { group, outcome, phase, revision, keyset, waitingUntil } = report
  const parts = [`${style.color.bold(group)}: ${paint(outcome, style)}`]
  if (waitingUntil !== null) parts.push(`until ${localTime(waitingUntil, now, style.timeZone)}`)
  parts.push(...progressOf(report))
  if (keyset === 'unread') parts.push('keyset not read')
  else parts.push(phase, revision === null ? 'no keyset yet' : `revision ${revision}`)
  return parts.join(' · ')
}

/** How far the group's domains are. */
function progressOf({ kid, keyset, domains, keys }: GroupReport): string[] {
  const { confirmed, total } = domains
  // Before the keyset is read, domains that have to be discovered are not known.
  if (kid === null) return keyset === 'unread' && total === 0 ? [] : [count(total, 'domain')]
  const set = keys.find((key) => key.kid === kid)?.domains ?? null
  // A run that had nothing to do has not asked the domains.
  if (set === null) return [`key ${kid}`]
  const off = set > confirmed ? `, ${number(set - confirmed)} more switched off` : ''
  return [`${number(confirmed)} of ${count(total, 'domain')} on key ${kid}${off}`]
}

function paint(outcome: Outcome, { color }: Style): string {
  if (outcome === 'failed' || outcome === 'incomplete') return color.red(outcome)
  return outcome === 'waiting' ? color.yellow(outcome) : color.green(outcome)
}

function stateText(state: string, found?: boolean, onRunningStreams?: string): string {
  if (found === true) return 'found, not trusted'
  return onRunningStreams === undefined ? state : `${state} (${onRunningStreams})`
}

function keysTable(keys: readonly KeyReport[], now: string, style: Style): string {
  const rows = keys
    .slice(0, SHOWN_KEYS)
    .map(({ kid, state, found, onRunningStreams, age, runningStreams, domains, oldestStreamSince }) => [
      kid,
      stateText(state, found, onRunningStreams),
      age === null ? '-' : humanAge(age * 1_000),
      domains === null ? '-' : number(domains),
      runningStreams === null ? '-' : number(runningStreams),
      oldestStreamSince === undefined ? '-' : humanAge(Date.parse(now) - Date.parse(oldestStreamSince)),
    ])
  const shown = table(
    ['key', 'state', 'age', 'domains', 'running streams', 'oldest push'],
    rows,
    style,
    INDENT,
  )
  const more = keys.length - SHOWN_KEYS
  return more > 0 ? `${shown}\nand ${count(more, 'more key')}: --json has them all` : shown
}

/** A plan for domains that cannot be read is one that does not end. */
function holdingBackLines(domains: readonly string[], { color }: Style): string[] {
  if (domains.length === 0) return []
  return [
    color.yellow(
      `  a rotation would end incomplete: ${names(domains)} cannot be read; fix or remove ${domains.length === 1 ? 'it' : 'them'}, or add ${domains.length === 1 ? 'it' : 'them'} to apply.tolerate`,
    ),
  ]
}

/** When the next rotation is due, and from when on no receiver trusts a leaked key. */
function timeLines({ keys }: GroupReport, dueAt: string | null, now: string, { timeZone }: Style): string[] {
  const time = (at: string) => localTime(at, now, timeZone)
  const isPast = (at: string) => Date.parse(at) <= Date.parse(now)
  const untrusted = keys
    .flatMap(({ untrustedFrom }) => untrustedFrom ?? [])
    .sort()
    .at(-1)
  const lines: string[] = []
  if (dueAt !== null)
    lines.push(
      isPast(dueAt)
        ? `  a rotation is due since ${time(dueAt)}`
        : `  the next rotation is due from ${time(dueAt)} on`,
    )
  if (untrusted !== undefined)
    lines.push(
      `  no receiver that reads the keyset trusts a leaked key ${isPast(untrusted) ? `since ${time(untrusted)}` : `from ${time(untrusted)} on`}`,
    )
  return lines
}

/** Which domains hold an old key back: only the keys that are on their way out are asked about. */
function streamLines({ keys }: GroupReport): string[] {
  return keys.flatMap(({ kid, state, runningStreams, streamDomains = [] }) =>
    (state === 'previous' || state === 'compromised') && streamDomains.length > 0
      ? [
          `  ${count(runningStreams ?? 0, 'running stream')} may still sign with ${kid}, for example on ${names(streamDomains, SHOWN_STREAM_DOMAINS)}`,
        ]
      : [],
  )
}

function failureLines({ outcome, waitingUntil, domains }: GroupReport, { color }: Style): string[] {
  const { failed } = domains
  const lines = failed
    .slice(0, SHOWN_FAILURES)
    .map(({ domain, code, message }) => color.red(`  ✗ ${domain} (${code}): ${message}`))
  const more = failed.length - SHOWN_FAILURES
  if (more > 0) lines.push(color.red(`  ✗ and ${count(more, 'more domain')}: --json names them all`))
  if (outcome === 'waiting' && waitingUntil === null)
    lines.push(color.yellow(`  the run ended before all was done; the next run goes on`))
  return lines
}

function workLines({ domains, applyMs, cutOff, calls, throttled }: GroupReport, { color }: Style): string[] {
  const lines: string[] = []
  if (domains.set > 0) {
    const took = applyMs === undefined ? '' : ` in ${humanDuration(applyMs)}`
    lines.push(`  set ${count(domains.set, 'domain')}${took}`)
  }
  if (cutOff !== undefined) {
    const { savedMs, receiversMs, domainsMs, interrupted } = cutOff
    const switched =
      domainsMs === null
        ? ''
        : `; every domain that answers on the fresh key after ${humanDuration(domainsMs)}`
    const cut = interrupted === 0 ? '' : `; ${count(interrupted, 'stream')} cut`
    lines.push(
      `  cut off: saved after ${humanDuration(savedMs)}, no receiver trusts a leaked key after ${humanDuration(receiversMs)}${switched}${cut}`,
    )
  }
  const made = Object.entries(calls).map(([name, times]) => `${name} ${number(times)}`)
  if (made.length > 0) lines.push(color.dim(`  calls: ${made.join(', ')}; throttled ${number(throttled)}`))
  return lines
}

function indent(text: string): string {
  return text.replace(/^/gm, ' '.repeat(INDENT))
}
