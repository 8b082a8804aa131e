import { count, number } from '../../core/counts.ts'
import type { InEachLanguage } from '../../core/language.ts'
import type { KeyState } from '../../keyset/keyset.ts'
import { answerInChinese } from '../../rotation/report/chinese.ts'
import { reportWords } from './report-words.ts'

/** What `probe` says of a receiver. */
export interface ProbeWords {
  readonly accepts: (url: string, kid: string, state: KeyState) => string
  readonly refuses: (url: string, kid: string, state: KeyState, answer: string) => string
  readonly noEvidence: string
  readonly instances: (seen: number) => string
  readonly instance: (
    id: string,
    revision: number,
    newest: number,
    place: 'other' | 'behind' | 'upToDate',
  ) => string
}

const english: ProbeWords = {
  accepts: (url, kid, state) => `${url} accepts key ${kid} (${state})`,
  refuses: (url, kid, state, answer) => `${url} refuses key ${kid} (${state}): ${answer}`,
  noEvidence: 'it does not say which instance answered: it may verify by another library',
  instances: (seen) => `${count(seen, 'instance')}:`,
  instance: (id, revision, newest, place) =>
    `${id} on revision ${revision} of ${newest}${{ other: ', of another lineage', behind: ', behind', upToDate: '' }[place]}`,
}

const { states } = reportWords.zh

const chinese: ProbeWords = {
  accepts: (url, kid, state) => `${url} 接受密钥 ${kid}（${states[state]}）`,
  refuses: (url, kid, state, answer) =>
    `${url} 拒绝密钥 ${kid}（${states[state]}）：${answerInChinese(answer)}`,
  noEvidence: '没有说明是哪个实例应答的：可能用别的库校验',
  instances: (seen) => `${number(seen)} 个实例：`,
  instance: (id, revision, newest, place) =>
    `${id} 修订 ${revision}/${newest}${{ other: '，属于另一个密钥集', behind: '，落后', upToDate: '' }[place]}`,
}

export const probeWords: InEachLanguage<ProbeWords> = { en: english, zh: chinese }
