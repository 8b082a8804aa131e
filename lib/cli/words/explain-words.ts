import type { InEachLanguage } from '../../core/language.ts'
import type { Diagnosis, KnownKey } from '../commands/explain/diagnosis.ts'
import { humanDuration } from '../text/human.ts'
import { reportWords } from './report-words.ts'

type Verdict = Diagnosis['verdict']
type State = KnownKey['state']

/** What `explain` says besides its hint. */
export interface ExplainWords {
  readonly verdict: (verdict: Verdict, facts: readonly string[]) => string
  readonly underKey: (kid: string, state: State) => string
  readonly forHost: (host: string) => string
  /** In seconds; negative for a time that is ahead. */
  readonly age: (seconds: number) => string
}

const english: ExplainWords = {
  verdict: (verdict, facts) => `${verdict}${facts.length > 0 ? `: ${facts.join(', ')}` : ''}`,
  underKey: (kid, state) => `under key ${kid} (${state})`,
  forHost: (host) => `for host ${host}`,
  age: (seconds) =>
    seconds < 0 ? `${humanDuration(-seconds * 1_000)} ahead` : `${humanDuration(seconds * 1_000)} old`,
}

const VERDICTS: Readonly<Record<Verdict, string>> = {
  accepted: '接受',
  quarantined: '隔离',
  rejected: '拒绝',
}
const STATES: Readonly<Record<State, string>> = {
  ...reportWords.zh.states,
  revoked: '已作废',
  retired: '已清除',
  unknown: '未知',
}

const chinese: ExplainWords = {
  verdict: (verdict, facts) => `${VERDICTS[verdict]}${facts.length > 0 ? `：${facts.join('，')}` : ''}`,
  underKey: (kid, state) => `密钥 ${kid}（${STATES[state]}）`,
  forHost: (host) => `主机 ${host}`,
  age: (seconds) =>
    seconds < 0
      ? `比本机快 ${humanDuration(-seconds * 1_000, 'zh')}`
      : `已过 ${humanDuration(seconds * 1_000, 'zh')}`,
}

export const explainWords: InEachLanguage<ExplainWords> = { en: english, zh: chinese }
