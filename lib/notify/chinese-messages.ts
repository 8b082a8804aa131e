import { chineseFindings } from '../rotation/report/chinese.ts'
import { findingText, type Cause, type Warning } from '../rotation/report/findings.ts'
import type { GroupReport } from '../rotation/report/report.ts'
import { findingOf, sentence, someFailures, streamsOnLeaked, type MessageTexts } from './message-texts.ts'

const MEND = '请修复它、从配置中移除，或写入 apply.tolerate；下一次运行会自行完成。'
const MEND_LIST = '请查看这次运行的警告，以及它的角色是否有 live:DescribeLiveUserDomains 权限。'
const FIND_OUT =
  '除非它刚加入该组，或以前无法访问，否则就是有人绕过轮转程序设置密钥。请查明是谁：回调可能被拒绝。'
const PUSH_AGAIN = '请让这些流重新推流；调大 overlap.max 可以给以后的流更多时间。'

/** The messages of errors stay in English, as they were thrown: they are what one searches for. */
export const chineseMessages: MessageTexts = {
  urgent: '应急尚未完成。',
  ofGroup: (group, text) => `组 ${group}：${text}`,
  seeLog: '…（详见日志）',
  causes: {
    failed: ({ subject }, group) =>
      `运行失败（${subject ?? '原因不明'}）：${errorOf(group)}下一次定时触发器会重试。`,
    domainFailed: (cause, group) =>
      cause.subject === null ? manyFailed(cause, group) : oneFailed(cause, cause.subject, group),
    discoveryFailed: () => `域名列表没有读全，因此不切换也不清除任何密钥。${MEND_LIST}`,
    receiversRefuse: (_, group) => errorOf(group),
    streamsLeft: (_, group) => errorOf(group),
    tooShort: (_, group) => errorOf(group),
    superseded: (_, group) => `${errorOf(group)}已连续两次如此：请查看还有谁在启动运行。`,
    clocksDisagree: (cause, group) =>
      told(findingOf(cause, group, 'clocksDisagree'), '本机时钟与阿里云不一致'),
    driftRepaired: ({ subject, total }) => {
      const what = subject === null ? `${total ?? '多'} 个域名` : `域名 ${subject} `
      return `${what}不在该组的密钥上，或鉴权已关闭；已改回。${FIND_OUT}`
    },
    keyFound: foundKey,
    overlapMax: expired,
    emergencyDone: ({ subject }, group) => {
      const { domains } = group
      const { leaked, streams } = streamsOnLeaked(group)
      const again = streams === 0 ? '' : `：请让可能仍在使用它的 ${streams} 路流重新推流`
      const rest = leaked ? `用泄露的密钥签名的回调会被隔离${again}。` : '用泄露的密钥签名的回调会被拒绝。'
      return `应急已完成。${domains.confirmed}/${domains.total} 个域名使用新密钥 ${subject ?? ''}。${rest}`
    },
  },
}

function oneFailed(cause: Cause, domain: string, { domains }: GroupReport): string {
  const failure = domains.failed.find((one) => one.domain === domain)
  const again = cause.urgent ? '' : '连续两次'
  const why = failure ? `（${failure.code}）：${sentence(failure.message, '。')}` : '。'
  return `域名 ${domain} ${again}失败${why}${MEND}`
}

function manyFailed({ total }: Cause, group: GroupReport): string {
  const { domains } = group
  const shown = someFailures(group, ({ domain, code }) => `${domain}（${code}）`)
  return `${domains.total} 个域名中有 ${total ?? domains.failed.length} 个失败，例如 ${shown.join('、')}。${MEND}`
}

function foundKey(cause: Cause, group: GroupReport): string {
  const { subject, total } = cause
  if (subject === null)
    return `有人绕过轮转程序，在它的域名上设置了${total === undefined ? '多' : ` ${total} `}个密钥，均不受信任。${FIND_OUT}`
  return told(findingOf(cause, group, 'keyFound'), `发现外来密钥 ${subject}，不受信任`)
}

function expired(cause: Cause, group: GroupReport): string {
  const { subject, total } = cause
  if (subject === null)
    return `${total === undefined ? '多' : `${total} `}个旧密钥到了 overlap.max，已清除。${PUSH_AGAIN}`
  return told(findingOf(cause, group, 'keyExpired'), `密钥 ${subject} 到了 overlap.max，已清除`) + PUSH_AGAIN
}

function errorOf({ error }: GroupReport): string {
  const text = error?.finding ? findingText(error.finding, chineseFindings) : error?.message
  return sentence(text ?? '没有给出原因', '。')
}

/** The finding in words; the report of an older version has none as data. */
function told(finding: Warning | undefined, otherwise: string): string {
  return sentence(finding ? findingText(finding, chineseFindings) : otherwise, '。')
}
