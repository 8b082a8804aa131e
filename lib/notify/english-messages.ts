import { count } from '../core/counts.ts'
import { english } from '../rotation/report/english.ts'
import { findingText, type Cause, type Warning } from '../rotation/report/findings.ts'
import type { GroupReport } from '../rotation/report/report.ts'
import { findingOf, sentence, someFailures, streamsOnLeaked, type MessageTexts } from './message-texts.ts'

const FIX = 'Fix or remove it, or add it to apply.tolerate; the next run continues.'
const FIX_LIST = "See the run's warnings, and check that its role may call live:DescribeLiveUserDomains."
const FIND_OUT =
  'Unless the domain is new to the group or was unreachable before, something else sets keys too. Find out what: ' +
  'callbacks can be refused.'
const PUSH_AGAIN = 'Push these streams again; a longer overlap.max gives the next ones more time.'

export const englishMessages: MessageTexts = {
  urgent: 'EMERGENCY NOT FINISHED. ',
  ofGroup: (group, text) => `Group ${group}: ${text}`,
  seeLog: '… (see the log)',
  causes: {
    failed: ({ subject }, group) =>
      `the run failed (${subject ?? 'unknown'}): ${errorOf(group)} The next timer tries again.`,
    domainFailed: (cause, group) =>
      cause.subject === null ? manyFailed(cause, group) : oneFailed(cause, cause.subject, group),
    discoveryFailed: () =>
      `the list of its domains could not be read to the end, so nothing is promoted or retired. ${FIX_LIST}`,
    receiversRefuse: (_, group) => errorOf(group),
    streamsLeft: (_, group) => errorOf(group),
    tooShort: (_, group) => errorOf(group),
    superseded: (_, group) =>
      `${errorOf(group)} This happened in two runs in a row: find out what else starts runs.`,
    clocksDisagree: (cause, group) => told(findingOf(cause, group, 'clocksDisagree'), 'the clocks disagree'),
    driftRepaired: ({ subject, total }) => {
      const what = subject === null ? `${total ?? 'many'} domains` : `domain ${subject}`
      return `${what}: not on the group's key, or authentication was off. Repaired. ${FIND_OUT}`
    },
    keyFound: foundKey,
    overlapMax: expired,
    emergencyDone: ({ subject }, group) => {
      const { domains } = group
      const { leaked, streams } = streamsOnLeaked(group)
      const again = streams === 0 ? '' : `: push the ${count(streams, 'running stream')} that may do so again`
      const rest = leaked
        ? `Callbacks signed with a leaked key are quarantined${again}.`
        : 'Callbacks signed with a leaked key are refused.'
      return `the emergency is done. ${domains.confirmed} of ${domains.total} domains are on the fresh key ${subject ?? ''}. ${rest}`
    },
  },
}

function oneFailed(cause: Cause, domain: string, { domains }: GroupReport): string {
  const failure = domains.failed.find((one) => one.domain === domain)
  const again = cause.urgent ? '' : ' in two runs in a row'
  const why = failure ? ` (${failure.code}): ${sentence(failure.message, '.')}` : '.'
  return `domain ${domain} failed${again}${why} ${FIX}`
}

function manyFailed({ total }: Cause, group: GroupReport): string {
  const { domains } = group
  const shown = someFailures(group, ({ domain, code }) => `${domain} (${code})`)
  return `${total ?? domains.failed.length} of ${domains.total} domains fail, such as ${shown.join(', ')}. ${FIX}`
}

function foundKey(cause: Cause, group: GroupReport): string {
  const { subject, total } = cause
  if (subject === null)
    return `${total ?? 'several'} keys that this rotator did not set are on its domains. They are not trusted. ${FIND_OUT}`
  return told(findingOf(cause, group, 'keyFound'), `key ${subject} was found and is not trusted`)
}

function expired(cause: Cause, group: GroupReport): string {
  const { subject, total } = cause
  if (subject === null) return `${total ?? 'several'} old keys were dropped by overlap.max. ${PUSH_AGAIN}`
  const expiry = findingOf(cause, group, 'keyExpired')
  return `${told(expiry, `key ${subject} was dropped by overlap.max`)} ${PUSH_AGAIN}`
}

function errorOf({ error }: GroupReport): string {
  return sentence(error?.message ?? 'no reason was given', '.')
}

/** The finding in words; the report of an older version has none as data. */
function told(finding: Warning | undefined, otherwise: string): string {
  return sentence(finding ? findingText(finding, english.findings) : otherwise, '.')
}
