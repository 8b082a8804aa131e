import { count, number } from '../../core/counts.ts'
import type { InEachLanguage } from '../../core/language.ts'

/** What `doctor` says besides its checks. */
export interface DoctorWords {
  readonly colon: string
  readonly looking: (groups: number) => string
  readonly summary: (ok: number, warn: number, fail: number, skipped: number) => string
}

const english: DoctorWords = {
  colon: ': ',
  looking: (groups) => `looking at ${count(groups, 'group')}; nothing is changed`,
  summary: (ok, warn, fail, skipped) => {
    const parts = [
      `${count(ok, 'check')} in order`,
      ...(warn > 0 ? [count(warn, 'warning')] : []),
      ...(fail > 0 ? [`${fail} to be mended`] : []),
      ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ]
    return `${parts.join(', ')}. What may be written cannot be told by reading: a rotation shows it.`
  },
}

const chinese: DoctorWords = {
  colon: '：',
  looking: (groups) => `检查 ${number(groups)} 个组，不做任何改动`,
  summary: (ok, warn, fail, skipped) => {
    const parts = [
      `${number(ok)} 项正常`,
      ...(warn > 0 ? [`${number(warn)} 项警告`] : []),
      ...(fail > 0 ? [`${number(fail)} 项需要修复`] : []),
      ...(skipped > 0 ? [`${number(skipped)} 项跳过`] : []),
    ]
    return `${parts.join('，')}。只读检查无法判断写权限：轮转时才知道。`
  },
}

export const doctorWords: InEachLanguage<DoctorWords> = { en: english, zh: chinese }
