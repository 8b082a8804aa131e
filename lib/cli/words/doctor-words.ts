import { count, number } from '../../core/counts.ts'
import type { InEachLanguage } from '../../core/language.ts'
import type { GivenUp } from '../commands/doctor/try/given-up.ts'

/** What `doctor` says besides its checks. */
export interface DoctorWords {
  readonly colon: string
  readonly comma: string
  readonly looking: (groups: number) => string
  readonly summary: (ok: number, warn: number, fail: number, skipped: number) => string
  /** Asks whether a trial may begin. */
  readonly agree: (up: GivenUp) => string
  readonly question: string
  readonly thisCloud: string
  readonly wrote: (file: string) => string
}

const english: DoctorWords = {
  colon: ': ',
  comma: ', ',
  looking: (groups) => `looking at ${count(groups, 'group')}; nothing is changed`,
  summary: (ok, warn, fail, skipped) => {
    const parts = [
      `${count(ok, 'check')} passed`,
      ...(warn > 0 ? [count(warn, 'warning')] : []),
      ...(fail > 0 ? [`${fail} failed`] : []),
      ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ]
    return `${parts.join(', ')}. Reading cannot show what you may write: the first rotation does.`
  },
  agree: ({ domain, secret, mayBurst, reception }) =>
    [
      `Change the callback keys of ${domain} and the versions of secret ${secret}, and leave them so`,
      ...(reception === null ? [] : ['cut its streams']),
      ...(mayBurst ? ['use up the calls of DeleteSnapshotCallbackAuth of this account for 4 s'] : []),
    ].join('; ') + '?',
  question: 'question',
  thisCloud: 'this cloud',
  wrote: (file) =>
    `wrote ${file}: live-key-rotator emulator --assumptions ${file} behaves like this cloud; what was not measured has its default there.`,
}

const chinese: DoctorWords = {
  colon: '：',
  comma: '、',
  looking: (groups) => `检查 ${number(groups)} 个组，不做任何改动`,
  summary: (ok, warn, fail, skipped) => {
    const parts = [
      `${number(ok)} 项通过`,
      ...(warn > 0 ? [`${number(warn)} 项警告`] : []),
      ...(fail > 0 ? [`${number(fail)} 项失败`] : []),
      ...(skipped > 0 ? [`${number(skipped)} 项跳过`] : []),
    ]
    return `${parts.join('，')}。只读检查看不出写权限：第一次轮转时才知道。`
  },
  agree: ({ domain, secret, mayBurst, reception }) =>
    [
      `改动域名 ${domain} 的回调密钥和凭据 ${secret} 的版本，之后不再恢复`,
      ...(reception === null ? [] : ['切断该域名的流']),
      ...(mayBurst ? ['在 4 秒内用尽该账号 DeleteSnapshotCallbackAuth 的调用频率'] : []),
    ].join('；') + '，可以吗？',
  question: '问题',
  thisCloud: '这个云',
  wrote: (file) =>
    `已写入 ${file}：live-key-rotator emulator --assumptions ${file} 的行为与这个云一致，未测量的取默认值。`,
}

export const doctorWords: InEachLanguage<DoctorWords> = { en: english, zh: chinese }
