import { RotatorError } from '../../core/errors.ts'
import type { GroupReport, Report } from './report.ts'

/**
 * Passes a report on when all of its groups are well.
 *
 * @throws RotatorError `rotationFailed` when a group is `failed` or `incomplete`: a sentence for each of them, then the
 *   whole report as JSON on a line of its own.
 */
export function throwIfFailed(report: Report): Report {
  if (report.ok) return report
  const bad = report.groups.filter(({ outcome }) => outcome === 'failed' || outcome === 'incomplete')
  throw new RotatorError('rotationFailed', `${bad.map(sentence).join('; ')}\n${JSON.stringify(report)}`)
}

function sentence({ group, outcome, error, domains }: GroupReport): string {
  const failed = domains.failed.map(({ domain, code }) => `${domain} (${code})`).join(', ')
  return `${group}: ${outcome}: ${error?.message ?? failed}`
}
