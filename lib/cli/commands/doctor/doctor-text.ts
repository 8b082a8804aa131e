import { doctorWords, type DoctorWords } from '../../words/doctor-words.ts'
import type { Style } from '../../style.ts'
import type { Check, CheckStatus } from './check.ts'

const MARKS: Readonly<Record<CheckStatus, string>> = { ok: '✓', warn: '!', fail: '✗', skipped: '·' }

/** All checks for people: what to do follows what was found. */
export function doctorText(checks: readonly Check[], style: Style): string {
  return [
    ...alike(checks).flatMap((those) => checkLines(those, style)),
    '',
    summary(checks, doctorWords[style.language]),
  ].join('\n')
}

/** Groups checks that were skipped for the same reason. */
function alike(checks: readonly Check[]): Check[][] {
  const runs: Check[][] = []
  for (const check of checks) {
    const last = runs.at(-1)
    if (last?.[0] !== undefined && isSkippedLike(last[0], check)) last.push(check)
    else runs.push([check])
  }
  return runs
}

function isSkippedLike(one: Check, other: Check): boolean {
  const [a, b] = [one, other].map(({ status, subject, message }) => [status, subject.en, message.en].join())
  return one.status === 'skipped' && a === b
}

function checkLines(checks: readonly Check[], { color, language }: Style): string[] {
  const [check] = checks
  if (check === undefined) return []
  const { status } = check
  const subject = check.subject[language]
  const message = check.message[language]
  const fix = check.fix?.[language] ?? null
  const { colon, comma } = doctorWords[language]
  const id = checks.map((each) => each.id).join(comma)
  const paint = { ok: color.green, warn: color.yellow, fail: color.red, skipped: color.dim }[status]
  const text = `${id} ${color.bold(subject)}${colon}${message}`
  return [
    `${paint(MARKS[status])} ${status === 'skipped' ? color.dim(`${id} ${subject}${colon}${message}`) : text}`,
    ...(fix === null ? [] : [`  → ${fix}`]),
  ]
}

function summary(checks: readonly Check[], words: DoctorWords): string {
  const amount = (status: CheckStatus): number => checks.filter((check) => check.status === status).length
  return words.summary(amount('ok'), amount('warn'), amount('fail'), amount('skipped'))
}
