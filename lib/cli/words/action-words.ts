import { count, number } from '../../core/counts.ts'
import type { InEachLanguage } from '../../core/language.ts'
import { humanDuration } from '../text/human.ts'

/** The texts of the actions besides their report. */
export interface ActionWords {
  readonly started: (action: string, id: string) => string
  readonly looking: string
  readonly stopping: (looksOnly: boolean) => string
  /** `streams` is null if they could not be counted. */
  readonly cutsAhead: (streams: number | null, domains: number, ms: number) => string
  readonly keepRunning: (command: string) => string
}

const english: ActionWords = {
  started: (action, id) => `${action}, run ${id}`,
  looking: 'reading the keyset and the domains; this changes nothing',
  stopping: (looksOnly) =>
    `stopping${looksOnly ? '' : ': what is done stays done, and the next run continues from there'} (Ctrl-C again to quit at once)`,
  cutsAhead: (streams, domains, ms) =>
    `after this wait ${
      streams === null
        ? 'the running streams that sign with a leaked key are cut'
        : `${count(streams, 'running stream')} on ${count(domains, 'domain')} will be cut, in about ${humanDuration(ms)}`
    }; their encoders push again`,
  keepRunning: (command) => `to keep them running: Ctrl-C, and then ${command}`,
}

const chinese: ActionWords = {
  started: (action, id) => `${action}，运行 ${id}`,
  looking: '读取密钥集和域名，不做任何改动',
  stopping: (looksOnly) =>
    `正在停止${looksOnly ? '' : '：已完成的保留，下一次运行从那里继续'}（再按一次 Ctrl-C 立即退出）`,
  cutsAhead: (streams, domains, ms) =>
    `等待之后，${
      streams === null
        ? '会切断用泄露的密钥签名的流'
        : `会切断 ${number(domains)} 个域名上正在推的 ${number(streams)} 路流，约需 ${humanDuration(ms, 'zh')}`
    }；编码器会重新推流`,
  keepRunning: (command) => `如果不想切断：按 Ctrl-C，然后执行 ${command}`,
}

export const actionWords: InEachLanguage<ActionWords> = { en: english, zh: chinese }
