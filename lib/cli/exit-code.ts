import { hasCode } from '../core/errors.ts'
import type { Report } from '../rotation/report/report.ts'
import type { ExitCode } from './io.ts'

/** A group that failed or is incomplete weighs more than one that waits. */
export function exitCodeOf(report: Report): ExitCode {
  const outcomes = report.groups.map(({ outcome }) => outcome)
  if (outcomes.some((outcome) => outcome === 'failed' || outcome === 'incomplete')) return 1
  return outcomes.includes('waiting') ? 3 : 0
}

/** Wrong use, wrong configuration and what was stopped are told apart from what went wrong while working. */
export function exitCodeOfError(error: unknown): ExitCode {
  if (hasCode(error, 'deadline')) return 3
  return hasCode(error, 'usage', 'config') ? 2 : 1
}
