import { count, number } from '../../core/counts.ts'
import type { InEachLanguage } from '../../core/language.ts'
import type { DemoFigures } from '../demo/figures.ts'
import { humanDuration } from '../text/human.ts'

/** The outcome of callbacks. */
interface Tally {
  readonly sent: number
  readonly accepted: number
  readonly quarantined: number
  readonly rejected: number
}

/** The texts of the demo besides those of the run. */
export interface DemoWords {
  readonly opening: (url: string, domains: number, streams: number, receivers: number) => string
  readonly adopting: string
  readonly sending: string
  readonly rotating: string
  readonly emergency: string
  readonly pushing: string
  readonly page: (url: string) => string
  readonly pageStays: (url: string) => string
  readonly ticker: (tally: Tally) => string
  readonly rotated: (figures: DemoFigures) => string
  readonly throttled: (calls: number) => string
  readonly genuine: (callbacks: DemoFigures['callbacks']) => string
  readonly forged: (forged: DemoFigures['forged']) => string
  readonly cutOff: (cutOff: NonNullable<DemoFigures['cutOff']>) => string
  readonly flawless: string
  readonly flawed: string
}

const english: DemoWords = {
  opening: (url, domains, streams, receivers) =>
    `A local cloud on ${url}: ${count(domains, 'domain')}, ${count(streams, 'stream')}, ${count(receivers, 'receiver')}`,
  adopting: 'Importing the keys that the domains are on',
  sending: 'Streams send snapshot callbacks; an attacker forges others',
  rotating: 'Rotating the key while callbacks continue',
  emergency: 'The key has leaked: emergency',
  pushing: 'Pushing streams again, so that they sign with the new key',
  page: (url) => `The page of this rotation is at ${url}`,
  pageStays: (url) => `The demo has ended. Its page stays at ${url} until Ctrl-C`,
  ticker: ({ sent, accepted, quarantined, rejected }) =>
    `callbacks: ${number(sent)} sent, ${number(accepted)} accepted, ${number(quarantined)} quarantined, ${number(rejected)} rejected`,
  rotated: ({ rotated, domains, elapsedMs, limitMs }) =>
    `${number(rotated)} of ${count(domains, 'domain')} rotated in ${humanDuration(elapsedMs)}; the permitted rate allows ${humanDuration(limitMs)} at best`,
  throttled: (calls) => `${number(calls)} calls throttled`,
  genuine: ({ sent, accepted, newKey, quarantined, rejected }) =>
    `${count(sent, 'genuine callback')}: ${number(accepted)} accepted (${number(newKey)} under the new key), ${number(quarantined)} quarantined, ${number(rejected)} rejected`,
  forged: ({ sent, accepted }) => `${count(sent, 'forged callback')}: ${number(accepted)} accepted`,
  cutOff: ({ shownMs, seenMs }) => {
    const shown =
      shownMs === null
        ? 'not shown by every instance'
        : `shown by every instance after ${humanDuration(shownMs)}`
    return `leaked keys cut off: ${shown}, last accepted after ${humanDuration(seenMs)}`
  },
  flawless: 'No genuine callback was refused, and no forged one was accepted.',
  flawed: 'Something went wrong: a line marked ✗ above does not hold.',
}

const duration = (ms: number): string => humanDuration(ms, 'zh')

const chinese: DemoWords = {
  opening: (url, domains, streams, receivers) =>
    `本地云 ${url}：${number(domains)} 个域名，${number(streams)} 路流，${number(receivers)} 个接收端`,
  adopting: '收入域名上已有的密钥',
  sending: '流发送截图回调，同时有人伪造回调',
  rotating: '轮转密钥，回调不中断',
  emergency: '密钥已泄露：应急处理',
  pushing: '流重新推流，改用新密钥签名',
  page: (url) => `本次轮转的页面：${url}`,
  pageStays: (url) => `演示已结束。页面保留在 ${url}，按 Ctrl-C 退出`,
  ticker: ({ sent, accepted, quarantined, rejected }) =>
    `回调：发送 ${number(sent)}，接受 ${number(accepted)}，隔离 ${number(quarantined)}，拒绝 ${number(rejected)}`,
  rotated: ({ rotated, domains, elapsedMs, limitMs }) =>
    `${number(rotated)}/${number(domains)} 个域名已轮转，用时 ${duration(elapsedMs)}；按允许的速率最快 ${duration(limitMs)}`,
  throttled: (calls) => `${number(calls)} 次调用被限流`,
  genuine: ({ sent, accepted, newKey, quarantined, rejected }) =>
    `${number(sent)} 条真实回调：接受 ${number(accepted)}（新密钥 ${number(newKey)}），隔离 ${number(quarantined)}，拒绝 ${number(rejected)}`,
  forged: ({ sent, accepted }) => `${number(sent)} 条伪造回调：接受 ${number(accepted)}`,
  cutOff: ({ shownMs, seenMs }) =>
    `泄露的密钥已切断：${shownMs === null ? '并非每个实例都已证明' : `${duration(shownMs)}后每个实例都已证明`}，最后一次被接受在 ${duration(seenMs)}时`,
  flawless: '没有误拒一条真实回调，也没有接受一条伪造回调。',
  flawed: '结果不符合预期。',
}

export const demoWords: InEachLanguage<DemoWords> = { en: english, zh: chinese }
