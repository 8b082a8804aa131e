import { hasCode } from '../core/errors.ts'
import { isOk, type Report } from '../rotation/report/report.ts'
import type { ExitCode } from './io.ts'

/** A failed or incomplete group outweighs a waiting one. */
export function exitCodeOf(report: Report): ExitCode {
  if (!report.groups.every(isOk)) return 1
  return report.groups.some(({ outcome }) => outcome === 'waiting') ? 3 : 0
}

/** Distinguishes wrong use, wrong configuration and a stop from a failure at work. */
export function exitCodeOfError(error: unknown): ExitCode {
  if (hasCode(error, 'deadline')) return 3
  return hasCode(error, 'usage', 'config') ? 2 : 1
}
