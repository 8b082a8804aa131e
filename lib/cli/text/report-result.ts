import type { Report } from '../../rotation/report/report.ts'
import { exitCodeOf } from '../exit-code.ts'
import type { Io, Result } from '../io.ts'
import type { Asked } from '../next/asked.ts'
import { nextSteps } from '../next/next-steps.ts'
import { styleOf } from '../style.ts'
import { nextText } from './next-text.ts'
import { reportText } from './report-text.ts'

/** A report as a command's result, with what to type next at its end. */
export function reportResult(report: Report, asked: Asked, io: Io): Result {
  const style = styleOf(io.stdout, io.env)
  const next = nextText(nextSteps(report, asked), report.finishedAt, style)
  return {
    document: report,
    text: [reportText(report, style, asked.groups), ...next].join('\n'),
    exitCode: exitCodeOf(report),
  }
}
