import type { Style } from '../../../style.ts'
import { table } from '../../../text/table.ts'
import { doctorWords } from '../../../words/doctor-words.ts'
import type { Trial } from './run-try.ts'

/** The measurements for people, and what they are for. */
export function trialText({ measured, file }: Trial, style: Style): string {
  const { language } = style
  const words = doctorWords[language]
  return [
    table(
      [words.question, words.thisCloud],
      measured.map(({ question, answer }) => [question[language], answer[language]]),
      style,
    ),
    words.wrote(file),
  ].join('\n')
}
