import { count } from '../../../core/counts.ts'
import type { Style } from '../../style.ts'
import type { Check, CheckStatus } from './check.ts'

const MARKS: Readonly<Record<CheckStatus, string>> = { ok: '✓', warn: '!', fail: '✗', skipped: '·' }

/** All checks for people: what is to be done stands under what was found. */
export function doctorText(checks: readonly Check[], style: Style): string {
  return [...checks.flatMap((check) => checkLines(check, style)), '', summary(checks)].join('\n')
}

function checkLines({ id, subject, status, message, fix }: Check, { color }: Style): string[] {
  const paint = { ok: color.green, warn: color.yellow, fail: color.red, skipped: color.dim }[status]
  const text = `${id} ${color.bold(subject)}: ${message}`
  return [
    `${paint(MARKS[status])} ${status === 'skipped' ? color.dim(`${id} ${subject}: ${message}`) : text}`,
    ...(fix === null || status === 'skipped' ? [] : [`  → ${fix}`]),
  ]
}

function summary(checks: readonly Check[]): string {
  const amount = (status: CheckStatus): number => checks.filter((check) => check.status === status).length
  const parts = [
    `${count(amount('ok'), 'check')} in order`,
    ...(amount('warn') > 0 ? [count(amount('warn'), 'warning')] : []),
    ...(amount('fail') > 0 ? [`${amount('fail')} to be mended`] : []),
    ...(amount('skipped') > 0 ? [`${amount('skipped')} skipped`] : []),
  ]
  return `${parts.join(', ')}. What may be written cannot be told by reading: a rotation shows it.`
}
