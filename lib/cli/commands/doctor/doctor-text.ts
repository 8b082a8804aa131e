import { doctorWords, type DoctorWords } from '../../words/doctor-words.ts'
import type { Style } from '../../style.ts'
import type { Check, CheckStatus } from './check.ts'

const MARKS: Readonly<Record<CheckStatus, string>> = { ok: '✓', warn: '!', fail: '✗', skipped: '·' }

/** All checks for people: what is to be done stands under what was found. */
export function doctorText(checks: readonly Check[], style: Style): string {
  return [
    ...checks.flatMap((check) => checkLines(check, style)),
    '',
    summary(checks, doctorWords[style.language]),
  ].join('\n')
}

function checkLines(check: Check, { color, language }: Style): string[] {
  const { id, status } = check
  const subject = check.subject[language]
  const message = check.message[language]
  const fix = check.fix?.[language] ?? null
  const { colon } = doctorWords[language]
  const paint = { ok: color.green, warn: color.yellow, fail: color.red, skipped: color.dim }[status]
  const text = `${id} ${color.bold(subject)}${colon}${message}`
  return [
    `${paint(MARKS[status])} ${status === 'skipped' ? color.dim(`${id} ${subject}${colon}${message}`) : text}`,
    ...(fix === null || status === 'skipped' ? [] : [`  → ${fix}`]),
  ]
}

function summary(checks: readonly Check[], words: DoctorWords): string {
  const amount = (status: CheckStatus): number => checks.filter((check) => check.status === status).length
  return words.summary(amount('ok'), amount('warn'), amount('fail'), amount('skipped'))
}
