import { count, number } from '../../core/counts.ts'
import type { InEachLanguage } from '../../core/language.ts'
import { humanDuration } from '../text/human.ts'

/** The texts of a plan besides its steps. */
export interface PlanWords {
  readonly times: (publishMs: number, applyMs: number, domains: number) => string
  readonly calls: (calls: readonly string[]) => string
  readonly earliest: (time: string) => string
  readonly streamsUnknown: string
  readonly moreDomains: (more: number) => string
  /** `where`: the domains with their numbers of streams. */
  readonly affected: (streams: number, domains: number, where: readonly string[]) => string
  readonly choice: (mode: string, effect: string) => string
}

const english: PlanWords = {
  times: (publishMs, applyMs, domains) =>
    `${humanDuration(publishMs)} until receivers know the key, then ` +
    `${humanDuration(applyMs)} for ${count(domains, 'domain')} at the permitted rate`,
  calls: (calls) => `calls needed: ${calls.join(', ')}`,
  earliest: (time) => `the previous key stays until ${time} at least`,
  streamsUnknown: 'unknown how many running streams are affected: they could not be listed',
  moreDomains: (more) => count(more, 'more domain'),
  affected: (streams, domains, where) =>
    `${count(streams, 'running stream')} on ${count(domains, 'domain')} affected` +
    (where.length > 0 ? ` (${where.join(', ')})` : ''),
  choice: (mode, effect) => `--on-running-streams ${mode}: ${effect}`,
}

const chinese: PlanWords = {
  times: (publishMs, applyMs, domains) =>
    `接收端获知密钥需 ${humanDuration(publishMs, 'zh')}，再以允许的速率设置 ${number(domains)} 个域名需 ${humanDuration(applyMs, 'zh')}`,
  calls: (calls) => `需要的调用：${calls.join('、')}`,
  earliest: (time) => `旧密钥最早可在 ${time} 清除`,
  streamsUnknown: '不知道会影响多少路正在推的流：无法列出',
  moreDomains: (more) => `另外 ${number(more)} 个域名`,
  affected: (streams, domains, where) =>
    `影响 ${number(domains)} 个域名上正在推的 ${number(streams)} 路流` +
    (where.length > 0 ? `（${where.join('、')}）` : ''),
  choice: (mode, effect) => `--on-running-streams ${mode}：${effect}`,
}

export const planWords: InEachLanguage<PlanWords> = { en: english, zh: chinese }
