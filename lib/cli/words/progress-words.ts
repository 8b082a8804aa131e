import { count, number } from '../../core/counts.ts'
import type { InEachLanguage } from '../../core/language.ts'
import { answerInChinese } from '../../rotation/report/chinese.ts'
import { humanDuration, movingDuration } from '../text/human.ts'

/** The texts of a running rotation besides its events. */
export interface ProgressWords {
  readonly readingDomains: string
  readonly readDomains: (total: number) => string
  readonly inspecting: string
  readonly inspected: (total: number) => string
  readonly settingDomains: string
  readonly setDomains: (total: number, tookMs: number) => string
  readonly cuttingStreams: string
  readonly cutStreams: (cut: number, total: number, tookMs: number) => string
  readonly saved: (revision: number, change: string) => string
  readonly retired: (kids: readonly string[]) => string
  readonly waitingForReceivers: string
  readonly waitingForStreams: string
  readonly waitUntil: (label: string, time: string, ms: number) => string
  readonly accepts: (url: string) => string
  readonly refuses: (url: string, answer: string) => string
  readonly working: (ms: number) => string
  readonly left: (ms: number) => string
  /** `leftMs` is null if there is no estimate. */
  readonly doneOf: (done: number, total: number, leftMs: number | null) => string
  readonly howFar: (label: string, done: number, total: number) => string
}

const english: ProgressWords = {
  readingDomains: 'reading domains',
  readDomains: (total) => `read ${count(total, 'domain')}`,
  inspecting: 'reading SnapshotNotifyConfig',
  inspected: (total) => `read the SnapshotNotifyConfig of ${count(total, 'domain')}`,
  settingDomains: 'setting domains',
  setDomains: (total, tookMs) => `set and read back ${count(total, 'domain')} in ${humanDuration(tookMs)}`,
  cuttingStreams: 'cutting streams',
  cutStreams: (cut, total, tookMs) =>
    `cut ${number(cut)} of ${count(total, 'stream')} in ${humanDuration(tookMs)}`,
  saved: (revision, change) => `saved revision ${revision}: ${change}`,
  retired: (kids) => `retired ${kids.join(', ')}: nothing can sign with it any more`,
  waitingForReceivers: 'waiting for receivers',
  waitingForStreams: 'waiting to list streams',
  waitUntil: (label, time, ms) => `${label} until ${time}, ${humanDuration(ms)}`,
  accepts: (url) => `receiver ${url} accepts the new key`,
  refuses: (url, answer) => `receiver ${url} does not accept the new key yet: ${answer}`,
  working: (ms) => `working, ${movingDuration(ms)}`,
  left: (ms) => `${movingDuration(ms)} left`,
  doneOf: (done, total, leftMs) =>
    `${number(done)} of ${number(total)}${leftMs === null ? '' : `, ${humanDuration(leftMs)} left`}`,
  howFar: (label, done, total) => `${label}: ${done} of ${total}`,
}

const duration = (ms: number): string => humanDuration(ms, 'zh')

const chinese: ProgressWords = {
  readingDomains: '读取域名',
  readDomains: (total) => `已读取 ${number(total)} 个域名`,
  inspecting: '读取 SnapshotNotifyConfig',
  inspected: (total) => `已读取 ${number(total)} 个域名的 SnapshotNotifyConfig`,
  settingDomains: '设置域名',
  setDomains: (total, tookMs) => `已设置并回读 ${number(total)} 个域名，用时 ${duration(tookMs)}`,
  cuttingStreams: '切断流',
  cutStreams: (cut, total, tookMs) => `已切断 ${number(cut)}/${number(total)} 路流，用时 ${duration(tookMs)}`,
  saved: (revision, change) => `已保存修订 ${revision}：${change}`,
  retired: (kids) => `已清除 ${kids.join('、')}：不会再有流用它签名`,
  waitingForReceivers: '等待接收端',
  waitingForStreams: '等待列出流',
  waitUntil: (label, time, ms) => `${label}，到 ${time}，${duration(ms)}`,
  accepts: (url) => `接收端 ${url} 接受新密钥`,
  refuses: (url, answer) => `接收端 ${url} 还不接受新密钥：${answerInChinese(answer)}`,
  working: (ms) => `进行中，${movingDuration(ms, 'zh')}`,
  left: (ms) => `还剩 ${movingDuration(ms, 'zh')}`,
  doneOf: (done, total, leftMs) =>
    `${number(done)}/${number(total)}${leftMs === null ? '' : `，还剩 ${duration(leftMs)}`}`,
  howFar: (label, done, total) => `${label}：${done}/${total}`,
}

export const progressWords: InEachLanguage<ProgressWords> = { en: english, zh: chinese }
