import { count } from '../core/counts.ts'
import { oneLine } from '../core/plain-text.ts'
import type { Cause } from '../rotation/report/findings.ts'
import { english } from '../rotation/report/english.ts'
import { findingText } from '../rotation/report/findings.ts'
import type { GroupReport } from '../rotation/report/report.ts'

const LONGEST_DETAIL = 600
const SHOWN_DOMAINS = 5

const MEND =
  'Mend it, remove it from the configuration, or name it in apply.tolerate; the next run finishes by itself.'
const MEND_LIST = 'See the warnings of the run, and whether its role may call live:DescribeLiveUserDomains.'
const FIND_OUT =
  'Unless this is new in the group or could not be reached before, somebody sets keys beside the rotator. Find out who: ' +
  'callbacks can be refused.'
const PUSH_AGAIN = 'Have these streams pushed again; a longer overlap.max gives the next ones more time.'

/**
 * What a person reads, in one line: what happened, to which group, and what to do next. Made of a report, so it holds no
 * key and no URL with parameters.
 */
export function messageOf(cause: Cause, group: GroupReport): string {
  const urgent = cause.urgent ? 'EMERGENCY NOT FINISHED. ' : ''
  return oneLine(`${urgent}Group ${group.group}: ${sentence(cause, group)}`)
}

function sentence(cause: Cause, group: GroupReport): string {
  switch (cause.code) {
    case 'failed':
      return `the run failed (${cause.subject ?? 'unknown'}): ${errorOf(group)} The next timer tries again.`
    case 'domainFailed':
      return cause.subject === null ? manyFailed(cause, group) : oneFailed(cause, cause.subject, group)
    case 'discoveryFailed':
      return `the list of its domains cannot be read to its end, so nothing is promoted or retired. ${MEND_LIST}`
    case 'receiversRefuse':
    case 'streamsLeft':
    case 'tooShort':
      return errorOf(group)
    case 'superseded':
      return `${errorOf(group)} It happened in two runs in a row: see who else starts runs.`
    case 'clocksDisagree':
      return clocks(group)
    case 'driftRepaired':
      return drifted(cause)
    case 'keyFound':
      return foundKey(cause, group)
    case 'overlapMax':
      return expired(cause, group)
    case 'emergencyDone':
      return emergencyDone(cause, group)
  }
}

function oneFailed(cause: Cause, domain: string, { domains }: GroupReport): string {
  const failure = domains.failed.find((one) => one.domain === domain)
  const again = cause.urgent ? '' : ' in two runs in a row'
  const why = failure ? ` (${failure.code}): ${ended(shortened(failure.message))}` : '.'
  return `domain ${domain} failed${again}${why} ${MEND}`
}

function manyFailed({ total }: Cause, { domains }: GroupReport): string {
  const shown = domains.failed.slice(0, SHOWN_DOMAINS).map(({ domain, code }) => `${domain} (${code})`)
  return `${total ?? domains.failed.length} of ${domains.total} domains fail, such as ${shown.join(', ')}. ${MEND}`
}

function drifted({ subject, total }: Cause): string {
  const what = subject === null ? `${total ?? 'many'} domains` : `domain ${subject}`
  return `${what}: not on the group's key, or switched off. It was set back. ${FIND_OUT}`
}

function clocks({ findings = [] }: GroupReport): string {
  const gap = findings.find(({ kind }) => kind === 'clocksDisagree')
  return ended(shortened(gap ? findingText(gap, english.findings) : 'the clocks disagree'))
}

function foundKey({ subject, total }: Cause, { findings = [] }: GroupReport): string {
  if (subject === null)
    return `${total ?? 'several'} keys were set on its domains behind the rotator's back. They are not trusted. ${FIND_OUT}`
  const found = findings.find((finding) => finding.kind === 'keyFound' && finding.kid === subject)
  return ended(
    shortened(found ? findingText(found, english.findings) : `key ${subject} was found, and is not trusted`),
  )
}

function expired({ subject, total }: Cause, { findings = [] }: GroupReport): string {
  if (subject === null) return `${total ?? 'several'} old keys were dropped by overlap.max. ${PUSH_AGAIN}`
  const expiry = findings.find((finding) => finding.kind === 'keyExpired' && finding.kid === subject)
  const text = expiry ? findingText(expiry, english.findings) : `key ${subject} was dropped by overlap.max`
  return `${ended(shortened(text))} ${PUSH_AGAIN}`
}

function emergencyDone({ subject }: Cause, { keys, domains }: GroupReport): string {
  const leaked = keys.filter(({ state }) => state === 'compromised')
  const streams = leaked.reduce((sum, { runningStreams }) => sum + (runningStreams ?? 0), 0)
  const again =
    streams === 0 ? '' : `: have the ${count(streams, 'running stream')} that may do so pushed again`
  const rest =
    leaked.length === 0
      ? 'What is signed with a leaked key is refused.'
      : `Callbacks that are signed with a leaked key are quarantined${again}.`
  return `the emergency is done. ${domains.confirmed} of ${domains.total} domains are on the fresh key ${subject ?? ''}. ${rest}`
}

function errorOf({ error }: GroupReport): string {
  return ended(shortened(error?.message ?? 'no reason was given'))
}

function shortened(text: string): string {
  return text.length > LONGEST_DETAIL ? `${text.slice(0, LONGEST_DETAIL)}…` : text
}

function ended(text: string): string {
  return /[.…!?]$/.test(text) ? text : `${text}.`
}
