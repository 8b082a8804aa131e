import type { Style } from '../../../style.ts'
import { table } from '../../../text/table.ts'
import type { Trial } from './run-try.ts'

/** What was measured, for people, and what it is good for. */
export function trialText({ measured, file }: Trial, style: Style): string {
  return [
    table(
      ['question', 'this cloud'],
      measured.map(({ question, answer }) => [question, answer]),
      style,
    ),
    `wrote ${file}: live-key-rotator emulator --assumptions ${file} behaves like this cloud.`,
    'How callbacks are sent again and signed, and how refused calls count, is not measured.',
  ].join('\n')
}
