import { oneLine } from '../../core/plain-text.ts'
import type { Language } from '../../core/language.ts'
import { isOld } from '../../keyset/keyset.ts'
import { findingText, type FailedDomain } from '../../rotation/report/findings.ts'
import {
  isOk,
  type GroupReport,
  type KeyReport,
  type Outcome,
  type Report,
} from '../../rotation/report/report.ts'
import { reportTexts } from '../../rotation/report/texts.ts'
import { dueAtOf, holdingBack, type KnownGroup } from '../next/outlook.ts'
import type { Style } from '../style.ts'
import { number } from '../../core/counts.ts'
import { reportWords } from '../words/report-words.ts'
import { localTime } from './local-time.ts'
import { planText } from './plan-text.ts'
import { table } from './table.ts'

const INDENT = 2
const SHOWN_FAILURES = 20
const SHOWN_KEYS = 12

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

/** The same report with plain texts: some come from servers and streams. */
function plainReport(report: Report): Report {
  const plain = (_: string, value: unknown) => (typeof value === 'string' ? oneLine(value) : value)
  return JSON.parse(JSON.stringify(report, plain)) as Report
}

function groupText(group: GroupReport, now: string, style: Style, known: readonly KnownGroup[]): string {
  const { color, language } = style
  const words = reportWords[language]
  const lines = [headline(group, now, style)]
  const error = errorOf(group, language)
  if (error !== undefined) lines.push(color.red(`  ${words.problem(error.code, error.message)}`))
  if (group.plan !== undefined) lines.push(planText(group.plan, now, style))
  // A plan with unreadable domains would not finish.
  const unread = group.outcome === 'planned' ? holdingBack(group, known) : []
  if (unread.length > 0) lines.push(color.yellow(`  ${words.holdingBack(unread)}`))
  if (group.keys.length > 0) lines.push(indent(keysTable(group.keys, now, style)))
  if (group.outcome === 'reported') lines.push(...timeLines(group, dueAtOf(group, now, known), now, style))
  lines.push(...streamLines(group, style), ...failureLines(group, style), ...workLines(group, now, style))
  for (const warning of warningsOf(group, language)) lines.push(color.yellow(`  ! ${warning}`))
  return lines.join('\n')
}

/** Why a group failed or is incomplete, in the reader's language if known as data. */
export function errorOf({ error }: GroupReport, language: Language): GroupReport['error'] {
  if (error?.finding === undefined) return error
  return { ...error, message: findingText(error.finding, reportTexts[language].findings) }
}

/** The warnings in the reader's language. Another version's may be of an unknown kind. */
export function warningsOf({ warnings, findings = [] }: GroupReport, language: Language): readonly string[] {
  const texts = reportTexts[language].findings
  return warnings.map((warning, index) => {
    const finding = findings[index]
    return finding === undefined || !Object.hasOwn(texts, finding.kind)
      ? warning
      : findingText(finding, texts)
  })
}

function headline(report: GroupReport, now: string, style: Style): string {
  const { group, outcome, phase, revision, keyset, waitingUntil } = report
  const words = reportWords[style.language]
  const parts = [`${style.color.bold(group)}: ${paint(outcome, style)}`]
  if (waitingUntil !== null) parts.push(words.until(localTime(waitingUntil, now, style.timeZone)))
  parts.push(...progressOf(report, style))
  if (keyset === 'unread') parts.push(words.keysetUnread)
  else parts.push(words.phases[phase], revision === null ? words.noKeyset : words.revision(revision))
  return parts.join(' · ')
}

/** The progress of the group's domains. */
function progressOf({ kid, keyset, domains, keys }: GroupReport, { language }: Style): string[] {
  const words = reportWords[language]
  const { confirmed, total } = domains
  // Before the keyset is read, discovered domains are unknown.
  if (kid === null) return keyset === 'unread' && total === 0 ? [] : [words.domains(total)]
  const set = keys.find((key) => key.kid === kid)?.domains ?? null
  // A run with nothing to do does not query the domains.
  if (set === null) return [words.key(kid)]
  return [words.onKey(confirmed, total, kid, set - confirmed)]
}

function paint(outcome: Outcome, { color, language }: Style): string {
  const text = reportWords[language].outcomes[outcome]
  if (!isOk({ outcome })) return color.red(text)
  return outcome === 'waiting' ? color.yellow(text) : color.green(text)
}

function stateText({ state, found, onRunningStreams }: KeyReport, { language }: Style): string {
  const words = reportWords[language]
  if (found === true) return words.found
  return onRunningStreams === undefined
    ? named(state, words.states)
    : words.stateWith(named(state, words.states), named(onRunningStreams, words.modes))
}

/** A function of another version may have more states. */
function named(name: string, names: Readonly<Record<string, string>>): string {
  return (Object.hasOwn(names, name) ? names[name] : undefined) ?? name
}

function keysTable(keys: readonly KeyReport[], now: string, style: Style): string {
  const words = reportWords[style.language]
  const rows = keys.slice(0, SHOWN_KEYS).map((key) => {
    const { kid, age, runningStreams, domains, oldestStreamSince } = key
    return [
      kid,
      stateText(key, style),
      age === null ? '-' : words.age(age * 1_000),
      domains === null ? '-' : number(domains),
      runningStreams === null ? '-' : number(runningStreams),
      oldestStreamSince === undefined ? '-' : words.age(Date.parse(now) - Date.parse(oldestStreamSince)),
    ]
  })
  const shown = table(words.columns, rows, style, INDENT)
  const more = keys.length - SHOWN_KEYS
  return more > 0 ? `${shown}\n${words.moreKeys(more)}` : shown
}

/** When the next rotation is due, and from when no receiver trusts a leaked key. */
function timeLines({ keys }: GroupReport, dueAt: string | null, now: string, style: Style): string[] {
  const words = reportWords[style.language]
  const time = (at: string) => localTime(at, now, style.timeZone)
  const isPast = (at: string) => Date.parse(at) <= Date.parse(now)
  const untrusted = keys
    .flatMap(({ untrustedFrom }) => untrustedFrom ?? [])
    .sort()
    .at(-1)
  const lines: string[] = []
  // A pending rotation comes first.
  const isPending = keys.some(({ state }) => state === 'pending')
  if (dueAt !== null && !isPending)
    lines.push(`  ${isPast(dueAt) ? words.dueSince(time(dueAt)) : words.dueFrom(time(dueAt))}`)
  if (untrusted !== undefined)
    lines.push(
      `  ${isPast(untrusted) ? words.untrustedSince(time(untrusted)) : words.untrustedFrom(time(untrusted))}`,
    )
  return lines
}

/** Which domains hold an old key back; only for keys on their way out. */
function streamLines({ keys }: GroupReport, { language }: Style): string[] {
  return keys
    .filter(isOld)
    .flatMap(({ kid, runningStreams, streamDomains = [] }) =>
      streamDomains.length > 0
        ? [`  ${reportWords[language].streamsLeft(runningStreams ?? 0, kid, streamDomains)}`]
        : [],
    )
}

function failureLines({ outcome, waitingUntil, domains }: GroupReport, style: Style): string[] {
  const { color, language } = style
  const words = reportWords[language]
  const { failed } = domains
  const kinds = alike(failed)
  const lines = kinds
    .slice(0, SHOWN_FAILURES)
    .flatMap(([{ domain, code, message }, ...others]) => [
      color.red(`  ✗ ${words.failure(domain, code, message)}`),
      ...(others.length > 0 ? [color.red(`  ✗ ${words.sameFailure(others.map((one) => one.domain))}`)] : []),
    ])
  const more = kinds.slice(SHOWN_FAILURES).flat().length
  if (more > 0) lines.push(color.red(`  ✗ ${words.moreFailures(more)}`))
  if (outcome === 'waiting' && waitingUntil === null) lines.push(color.yellow(`  ${words.endedEarly}`))
  return lines
}

/** The failures by what failed: a missing permission fails every domain, and is read once. */
function alike(failed: readonly FailedDomain[]): [FailedDomain, ...FailedDomain[]][] {
  const kinds = new Map<string, [FailedDomain, ...FailedDomain[]]>()
  for (const one of failed) {
    const { domain, code, message } = one
    const kind = `${code} ${message.replaceAll(domain, '').replace(/request [\w-]+/, '')}`
    const others = kinds.get(kind)
    if (others === undefined) kinds.set(kind, [one])
    else others.push(one)
  }
  return [...kinds.values()]
}

function workLines(
  { domains, applyMs, cutOff, receivers = [], calls, throttled }: GroupReport,
  now: string,
  { color, language, timeZone }: Style,
): string[] {
  const words = reportWords[language]
  const lines: string[] = []
  if (domains.set > 0) lines.push(words.setDomains(domains.set, applyMs ?? null))
  if (cutOff !== undefined) {
    const { savedMs, receiversMs, domainsMs, interrupted } = cutOff
    lines.push(words.cutOff(savedMs, receiversMs, domainsMs, interrupted))
    for (const { url, instances, expected } of receivers) {
      const seen = instances.map(({ id, seenAt }) => ({ id, time: localTime(seenAt, now, timeZone) }))
      if (seen.length > 0) lines.push(`  ${words.cutOffSeen(url, seen, expected)}`)
    }
  }
  const made = Object.entries(calls).map(([name, times]) => `${name} ${number(times)}`)
  if (made.length > 0) lines.push(color.dim(words.calls(made, throttled)))
  return lines.map((line) => `  ${line}`)
}

function indent(text: string): string {
  return text.replace(/^/gm, ' '.repeat(INDENT))
}
