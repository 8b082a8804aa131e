import type { Cause, CauseCode } from '../rotation/report/findings.ts'
import type { GroupReport } from '../rotation/report/report.ts'

/** What people are told about each cause, in one language. The compiler reports missing ones. */
export interface MessageTexts {
  readonly urgent: string
  readonly ofGroup: (group: string, sentence: string) => string
  readonly causes: { readonly [Code in CauseCode]: (cause: Cause, group: GroupReport) => string }
  /** At the end of a text that is too long for a chat. */
  readonly seeLog: string
}

const LONGEST_DETAIL = 600

export function shortened(text: string): string {
  return text.length > LONGEST_DETAIL ? `${text.slice(0, LONGEST_DETAIL)}…` : text
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
