import { count, number } from '../../core/counts.ts'
import type { InEachLanguage } from '../../core/language.ts'
import { names, namesInChinese } from '../../core/names.ts'
import type { KeyState, OnRunningStreams } from '../../keyset/keyset.ts'
import type { Outcome, Phase } from '../../rotation/report/report.ts'
import { humanAge, humanDuration } from '../text/human.ts'
import { codeInChinese, problemInChinese } from './problem-words.ts'

/** An instance that showed that it uses the keyset of a cut-off, and when. */
export interface InstanceSeen {
  readonly id: string
  readonly time: string
}

/** The texts of a report besides its findings. */
export interface ReportWords {
  readonly outcomes: Readonly<Record<Outcome, string>>
  readonly phases: Readonly<Record<Phase, string>>
  readonly states: Readonly<Record<KeyState, string>>
  readonly modes: Readonly<Record<OnRunningStreams, string>>
  readonly stateWith: (state: string, mode: string) => string
  readonly found: string
  readonly problem: (code: string, message: string) => string
  readonly failure: (domain: string, code: string, message: string) => string
  readonly until: (time: string) => string
  readonly keysetUnread: string
  readonly noKeyset: string
  readonly revision: (revision: number) => string
  readonly domains: (total: number) => string
  readonly key: (kid: string) => string
  /** `off`: domains set to the key with authentication off. */
  readonly onKey: (on: number, total: number, kid: string, off: number) => string
  readonly columns: readonly [string, string, string, string, string, string]
  readonly age: (ms: number) => string
  readonly moreKeys: (more: number) => string
  readonly holdingBack: (domains: readonly string[]) => string
  readonly dueSince: (time: string) => string
  readonly dueFrom: (time: string) => string
  readonly untrustedSince: (time: string) => string
  readonly untrustedFrom: (time: string) => string
  readonly streamsLeft: (streams: number, kid: string, domains: readonly string[]) => string
  /** Domains that failed like the one before. */
  readonly sameFailure: (domains: readonly string[]) => string
  readonly moreFailures: (more: number) => string
  readonly endedEarly: string
  /** `ms` is null if unknown. */
  readonly setDomains: (domains: number, ms: number | null) => string
  readonly cutOff: (savedMs: number, receiversMs: number, domainsMs: number | null, streams: number) => string
  /** `expected` is null where nobody said how many instances there are. */
  readonly cutOffSeen: (url: string, seen: readonly InstanceSeen[], expected: number | null) => string
  readonly calls: (made: readonly string[], throttled: number) => string
}

const SHOWN_STREAM_DOMAINS = 5

const english: ReportWords = {
  outcomes: {
    rotated: 'rotated',
    reconciled: 'reconciled',
    waiting: 'waiting',
    notDue: 'notDue',
    planned: 'planned',
    incomplete: 'incomplete',
    failed: 'failed',
    reported: 'reported',
  },
  phases: { idle: 'idle', publishing: 'publishing', applying: 'applying', draining: 'draining' },
  states: { pending: 'pending', current: 'current', previous: 'previous', compromised: 'compromised' },
  modes: { quarantine: 'quarantine', reject: 'reject', interrupt: 'interrupt' },
  stateWith: (state, mode) => `${state} (${mode})`,
  found: 'found, not trusted',
  problem: (code, message) => `${code}: ${message}`,
  failure: (domain, code, message) => `${domain} (${code}): ${message}`,
  until: (time) => `until ${time}`,
  keysetUnread: 'keyset not read',
  noKeyset: 'no keyset yet',
  revision: (revision) => `revision ${revision}`,
  domains: (total) => count(total, 'domain'),
  key: (kid) => `key ${kid}`,
  onKey: (on, total, kid, off) =>
    `${number(on)} of ${count(total, 'domain')} on key ${kid}${off > 0 ? `, ${number(off)} more with authentication off` : ''}`,
  columns: ['key', 'state', 'age', 'domains', 'running streams', 'oldest push'],
  age: humanAge,
  moreKeys: (more) => `and ${count(more, 'more key')}: --json has them all`,
  holdingBack: (domains) => {
    const it = domains.length === 1 ? 'it' : 'them'
    return `a rotation would end incomplete: ${names(domains)} cannot be read; fix or remove ${it}, or add ${it} to apply.tolerate`
  },
  dueSince: (time) => `a rotation has been due since ${time}`,
  dueFrom: (time) => `the next rotation is due from ${time}`,
  untrustedSince: (time) => `no receiver that reads the keyset has trusted a leaked key since ${time}`,
  untrustedFrom: (time) => `no receiver that reads the keyset trusts a leaked key from ${time}`,
  streamsLeft: (streams, kid, domains) =>
    `${count(streams, 'running stream')} may still sign with ${kid}, for example on ${names(domains, SHOWN_STREAM_DOMAINS)}`,
  sameFailure: (domains) => `the same for ${names(domains)}`,
  moreFailures: (more) => `and ${count(more, 'more domain')}: --json names them all`,
  endedEarly: 'the run ended before everything was done; the next run continues',
  setDomains: (domains, ms) =>
    `set ${count(domains, 'domain')}${ms === null ? '' : ` in ${humanDuration(ms)}`}`,
  cutOff: (savedMs, receiversMs, domainsMs, streams) =>
    `cut off: saved after ${humanDuration(savedMs)}, no receiver trusts a leaked key after ${humanDuration(receiversMs)}` +
    (domainsMs === null
      ? ''
      : `; every domain that answers on the fresh key after ${humanDuration(domainsMs)}`) +
    (streams === 0 ? '' : `; ${count(streams, 'stream')} cut`),
  cutOffSeen: (url, seen, expected) =>
    `${expected === null ? '' : `${number(seen.length)} of `}${count(expected ?? seen.length, 'instance')} of ${url} seen without it: ` +
    seen.map(({ id, time }) => `${id} at ${time}`).join(', '),
  calls: (made, throttled) => `calls: ${made.join(', ')}; throttled ${number(throttled)}`,
}

const duration = (ms: number): string => humanDuration(ms, 'zh')

const chinese: ReportWords = {
  outcomes: {
    rotated: '已轮转',
    reconciled: '已核对',
    waiting: '等待中',
    notDue: '未到期',
    planned: '计划',
    incomplete: '未完成',
    failed: '失败',
    reported: '当前状态',
  },
  phases: { idle: '空闲', publishing: '发布中', applying: '设置中', draining: '旧密钥退出中' },
  states: { pending: '待生效', current: '当前', previous: '旧密钥', compromised: '已泄露' },
  modes: { quarantine: '隔离', reject: '拒绝', interrupt: '切断' },
  stateWith: (state, mode) => `${state}（${mode}）`,
  found: '外来密钥，不受信任',
  problem: problemInChinese,
  failure: (domain, code, message) => `${domain}（${codeInChinese(code)}）：${message}`,
  until: (time) => `到 ${time}`,
  keysetUnread: '未能读取密钥集',
  noKeyset: '还没有密钥集',
  revision: (revision) => `修订 ${revision}`,
  domains: (total) => `${number(total)} 个域名`,
  key: (kid) => `密钥 ${kid}`,
  onKey: (on, total, kid, off) =>
    `${number(on)}/${number(total)} 个域名使用密钥 ${kid}${off > 0 ? `，另有 ${number(off)} 个已关闭鉴权` : ''}`,
  columns: ['密钥', '状态', '时长', '域名', '正在推的流', '最早推流'],
  age: (ms) => humanAge(ms, 'zh'),
  moreKeys: (more) => `另有 ${number(more)} 个密钥：--json 会全部列出`,
  holdingBack: (domains) =>
    `现在轮转无法完成：${namesInChinese(domains)} 无法读取；请修复或移除，或加入 apply.tolerate`,
  dueSince: (time) => `轮转从 ${time} 起已到期`,
  dueFrom: (time) => `下一次轮转从 ${time} 起到期`,
  untrustedSince: (time) => `从 ${time} 起，能读取密钥集的接收端都已不再信任泄露的密钥`,
  untrustedFrom: (time) => `从 ${time} 起，能读取密钥集的接收端都不再信任泄露的密钥`,
  streamsLeft: (streams, kid, domains) =>
    `可能还有 ${number(streams)} 路正在推的流用 ${kid} 签名，例如域名 ${namesInChinese(domains, SHOWN_STREAM_DOMAINS)}`,
  sameFailure: (domains) => `同样失败：${namesInChinese(domains)}`,
  moreFailures: (more) => `另有 ${number(more)} 个域名：--json 会全部列出`,
  endedEarly: '运行提前结束；下一次运行会继续',
  setDomains: (domains, ms) =>
    `已设置 ${number(domains)} 个域名${ms === null ? '' : `，用时 ${duration(ms)}`}`,
  cutOff: (savedMs, receiversMs, domainsMs, streams) =>
    `切断泄露的密钥：${duration(savedMs)}后保存，${duration(receiversMs)}后没有接收端再信任它` +
    (domainsMs === null ? '' : `；${duration(domainsMs)}后所有能访问的域名都使用新密钥`) +
    (streams === 0 ? '' : `；切断 ${number(streams)} 路流`),
  cutOffSeen: (url, seen, expected) =>
    `${url} 的${expected === null ? '' : ` ${number(expected)} 个实例中有`} ${number(seen.length)} 个${expected === null ? '实例' : ''}已确认不再信任它：` +
    seen.map(({ id, time }) => `${id}（${time}）`).join('、'),
  calls: (made, throttled) => `调用：${made.join('、')}；被限流 ${number(throttled)} 次`,
}

export const reportWords: InEachLanguage<ReportWords> = { en: english, zh: chinese }
