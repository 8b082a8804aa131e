import type { Cause, CauseCode, FailedDomain, Warning } from '../rotation/report/findings.ts'
import type { GroupReport } from '../rotation/report/report.ts'

/** What people are told about each cause, in one language. The compiler reports missing ones. */
export interface MessageTexts {
  readonly urgent: string
  readonly ofGroup: (group: string, text: string) => string
  readonly causes: { readonly [Code in CauseCode]: (cause: Cause, group: GroupReport) => string }
  /** At the end of a text that is too long for a chat. */
  readonly seeLog: string
}

const LONGEST_DETAIL = 600
const SHOWN_FAILURES = 5

/** A text as a sentence, shortened; `stop` ends it unless it ends by itself. */
export function sentence(text: string, stop: '.' | '。'): string {
  const short = text.length > LONGEST_DETAIL ? `${text.slice(0, LONGEST_DETAIL)}…` : text
  return /[.。…！？!?]$/.test(short) ? short : short + stop
}

/** The finding of the report that a cause stands for. */
export function findingOf(
  { subject }: Cause,
  { findings = [] }: GroupReport,
  kind: Warning['kind'],
): Warning | undefined {
  return findings.find((one) => one.kind === kind && (!('kid' in one) || one.kid === subject))
}

/** Some of the domains that failed, each in one language's words. */
export function someFailures({ domains }: GroupReport, tell: (failed: FailedDomain) => string): string[] {
  return domains.failed.slice(0, SHOWN_FAILURES).map(tell)
}

/** Running streams that can sign with a leaked key, as far as they were counted. */
export function streamsOnLeaked({ keys }: GroupReport): {
  readonly leaked: boolean
  readonly streams: number
} {
  const leaked = keys.filter(({ state }) => state === 'compromised')
  return {
    leaked: leaked.length > 0,
    streams: leaked.reduce((sum, { runningStreams }) => sum + (runningStreams ?? 0), 0),
  }
}
