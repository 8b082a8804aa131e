import { count } from '../../core/counts.ts'
import { commandLine } from '../next/asked.ts'
import type { NextStep, Reason } from '../next/next-steps.ts'
import type { Style } from '../style.ts'
import { humanAge } from './human.ts'
import { localTime } from './local-time.ts'
import { nextLine } from './next-line.ts'

/**
 * What to type next, for people: for each step what it is for, and then a line `next:` with the command.
 *
 * @param now - When the run ended: times of the same day go without their date.
 */
export function nextText(steps: readonly NextStep[], now: string, { color, timeZone }: Style): string[] {
  const time = (at: string) => localTime(at, now, timeZone)
  return steps.flatMap(({ reason, args }) => [
    reasonText(reason, time),
    nextLine(color.bold(commandLine(args))),
  ])
}

function reasonText(reason: Reason, time: (at: string) => string): string {
  switch (reason.kind) {
    case 'stay':
      return `Receivers may not know the key before ${time(reason.until)}. To wait for that and finish:`
    case 'afterWait':
      return `Receivers may not know the key before ${time(reason.until)}; the function's next timer finishes. To finish it yourself after that:`
    case 'continue':
      return 'The run ended before everything was done. To continue:'
    case 'young':
      return youngText(reason, time)
    case 'sameId':
      return `The run with the id ${reason.id} is done. To rotate again, leave the id out:`
    case 'freshKeyKept':
      return `The emergency before is still fresh, so its key ${reason.kid} is kept. If that key has leaked too:`
    case 'pushAgain':
      return `Have ${reason.streams === null ? 'the running streams' : count(reason.streams, 'running stream')} pushed again: until then callbacks are signed with a leaked key. To cut them instead, with another fresh key:`
    case 'diagnose':
      return 'To see what is missing:'
    case 'finish':
      return 'To finish, once that is fixed:'
    case 'unfinished':
      return 'A rotation is not finished. To finish it:'
    case 'askReceivers':
      return 'To ask the receivers:'
    case 'cutAgain':
      return 'To cut them again:'
    case 'withoutTimeLimit':
      return 'To finish from here, without a time limit:'
    case 'watch':
      return 'To see how things stand:'
    case 'restore':
      return 'To bring the newest valid keyset back:'
    case 'tryAgain':
      return 'To try again:'
    case 'repair':
      return 'To repair it:'
  }
}

function youngText(
  { age, dueAt }: Extract<Reason, { readonly kind: 'young' }>,
  time: (at: string) => string,
): string {
  const made = age === null ? 'young' : `${humanAge(age * 1_000)} old`
  const due = dueAt === null ? '' : `; a rotation is due from ${time(dueAt)} on`
  return `The current key is ${made}${due}. To rotate now:`
}
