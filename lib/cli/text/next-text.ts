import { commandLine } from '../next/asked.ts'
import type { NextStep } from '../next/next-steps.ts'
import type { Style } from '../style.ts'
import { nextWords, reasonText } from '../words/next-words.ts'
import { localTime } from './local-time.ts'
import { nextLine } from './next-line.ts'

/**
 * What to type next, for people: for each step its purpose, then a line `next:` with the command.
 *
 * @param now - When the run ended: times of the same day omit the date.
 */
export function nextText(
  steps: readonly NextStep[],
  now: string,
  { color, timeZone, language }: Style,
): string[] {
  const time = (at: string) => localTime(at, now, timeZone)
  return steps.flatMap(({ reason, args }) => [
    reasonText(reason, nextWords[language], time),
    nextLine(color.bold(commandLine(args)), language),
  ])
}
