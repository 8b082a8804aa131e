import { count, number } from '../../core/counts.ts'
import type { InEachLanguage } from '../../core/language.ts'
import type { Reason, ReasonOf } from '../next/next-steps.ts'
import { humanAge } from '../text/human.ts'

/** Formats a time for the reader. */
type Time = (at: string) => string

/** The purpose of a command to type next. The compiler says which reason is missing. */
export type NextWords = {
  readonly [Kind in Reason['kind']]: (reason: ReasonOf<Kind>, time: Time) => string
}

const english: NextWords = {
  stay: ({ until }, time) => `Receivers may not know the key before ${time(until)}. To wait and finish:`,
  afterWait: ({ until }, time) =>
    `Receivers may not know the key before ${time(until)}; the function's next timer finishes. To finish it yourself after that:`,
  continue: () => 'The run ended before everything was done. To continue:',
  young: ({ age, dueAt }, time) => {
    const made = age === null ? 'young' : `${humanAge(age * 1_000)} old`
    const due = dueAt === null ? '' : `; a rotation is due from ${time(dueAt)}`
    return `The current key is ${made}${due}. To rotate now:`
  },
  sameId: ({ id }) => `The run with id ${id} is done. To rotate again, leave the id out:`,
  freshKeyKept: ({ kid }) =>
    `The last emergency is recent, so its key ${kid} is kept. If that key has leaked too:`,
  pushAgain: ({ streams }) =>
    `Have ${streams === null ? 'the running streams' : streamsText(streams)} pushed again: until then, their callbacks are signed with a leaked key. To cut them instead, with another fresh key:`,
  diagnose: () => 'To see what is missing:',
  finish: () => 'To finish, once that is fixed:',
  unfinished: () => 'A rotation is unfinished. To finish it:',
  askReceivers: () => 'To probe the receivers:',
  cutAgain: () => 'To cut them again:',
  withoutTimeLimit: () => 'To finish from here, without a time limit:',
  watch: () => 'To see the state:',
  restore: () => 'To bring the newest valid keyset back:',
  tryAgain: () => 'To try again:',
  repair: () => 'To repair it:',
}

function streamsText({
  number: streams,
  isExact,
}: {
  readonly number: number
  readonly isExact: boolean
}): string {
  return `${isExact ? '' : 'up to '}${count(streams, 'running stream')}`
}

const chinese: NextWords = {
  stay: ({ until }, time) => `${time(until)} 之前，接收端可能还不知道新密钥。要等到那时并完成：`,
  afterWait: ({ until }, time) =>
    `${time(until)} 之前，接收端可能还不知道新密钥；函数的下一次定时触发器会完成。要在那之后自己完成：`,
  continue: () => '运行提前结束。要继续：',
  young: ({ age, dueAt }, time) => {
    const made = age === null ? '当前密钥还很新' : `当前密钥已使用 ${humanAge(age * 1_000, 'zh')}`
    const due = dueAt === null ? '' : `；从 ${time(dueAt)} 起才到期`
    return `${made}${due}。要现在轮转：`
  },
  sameId: ({ id }) => `id 为 ${id} 的运行已完成。要再次轮转，请不带 id：`,
  freshKeyKept: ({ kid }) => `上一次应急刚刚完成，因此沿用它的密钥 ${kid}。如果该密钥也已泄露：`,
  pushAgain: ({ streams }) =>
    `请让${streams === null ? '' : `${streams.isExact ? ' ' : '最多 '}${number(streams.number)} 路`}正在推的流重新推流：在此之前，回调仍用泄露的密钥签名。要改为切断它们，并再换一个新密钥：`,
  diagnose: () => '查看缺少什么：',
  finish: () => '修复之后，要完成：',
  unfinished: () => '轮转还没有完成。要完成：',
  askReceivers: () => '探测接收端：',
  cutAgain: () => '要再次切断：',
  withoutTimeLimit: () => '要在本机完成，不限时间：',
  watch: () => '查看当前状态：',
  restore: () => '要恢复最新的有效密钥集：',
  tryAgain: () => '要重试：',
  repair: () => '要修复：',
}

export const nextWords: InEachLanguage<NextWords> = { en: english, zh: chinese }

export function reasonText<K extends Reason['kind']>(
  reason: ReasonOf<K>,
  words: NextWords,
  time: Time,
): string {
  const tell: NextWords[K] = words[reason.kind]
  return tell(reason, time)
}
