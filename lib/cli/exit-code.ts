import { hasCode } from '../core/errors.ts'
import type { Report } from '../rotation/report/report.ts'
import type { ExitCode } from './io.ts'

/** A failed or incomplete group outweighs a waiting one. */
export function exitCodeOf(report: Report): ExitCode {
  const outcomes = report.groups.map(({ outcome }) => outcome)
  if (outcomes.some((outcome) => outcome === 'failed' || outcome === 'incomplete')) return 1
  return outcomes.includes('waiting') ? 3 : 0
}

/** Distinguishes wrong use, wrong configuration and a stop from a failure at work. */
export function exitCodeOfError(error: unknown): ExitCode {
  if (hasCode(error, 'deadline')) return 3
  return hasCode(error, 'usage', 'config') ? 2 : 1
}
