import { RotatorError } from '../../core/errors.ts'
import { isOk, type GroupReport, type Report } from './report.ts'

/**
 * Returns the report if none of its groups is `failed` or `incomplete`.
 *
 * @throws RotatorError `rotationFailed` otherwise: a sentence for each such group, then the whole report as JSON on a line
 *   of its own.
 */
export function throwIfFailed(report: Report): Report {
  if (report.ok) return report
  const bad = report.groups.filter((group) => !isOk(group))
  throw new RotatorError('rotationFailed', `${bad.map(sentence).join('; ')}\n${JSON.stringify(report)}`)
}

function sentence({ group, outcome, error, domains }: GroupReport): string {
  const failed = domains.failed.map(({ domain, code }) => `${domain} (${code})`).join(', ')
  return `${group}: ${outcome}: ${error?.message ?? failed}`
}
