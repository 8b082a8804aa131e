import { describe, expect, test } from 'vitest'
import { bodiesOf, KEYWORD } from '../../lib/notify/formats.ts'
import { messageOf } from '../../lib/notify/message.ts'
import type { Cause, CauseCode, Warning } from '../../lib/rotation/report/findings.ts'
import type { GroupReport } from '../../lib/rotation/report/report.ts'

const KID = '0f3a0f3a0f3a'
const DOMAIN = 'live3.example.com'
const found: Warning = { kind: 'keyFound', kid: KID, domains: [DOMAIN] }
const expired: Warning = { kind: 'keyExpired', kid: KID, streams: ['live3.example.com/app/s1'], domains: [] }
const clocks: Warning = { kind: 'clocksDisagree', aheadMs: 120_000, skewMs: 60_000 }

const GROUP: GroupReport = {
  group: 'default',
  outcome: 'incomplete',
  did: 'nothing',
  phase: 'applying',
  revision: 7,
  kid: KID,
  waitingUntil: null,
  domains: {
    total: 200,
    set: 50,
    unchanged: 0,
    confirmed: 199,
    failed: [{ domain: DOMAIN, code: 'denied', message: 'REFUSED' }],
  },
  keys: [{ kid: KID, state: 'compromised', age: 60, runningStreams: 3, domains: 0 }],
  calls: {},
  throttled: 0,
  warnings: [],
  findings: [found, expired, clocks],
  error: {
    code: 'rotationFailed',
    message: 'one of 200 domains failed',
    finding: { kind: 'domainsFailed', failed: [{ domain: DOMAIN, code: 'denied' }], total: 200 },
  },
}

/** One of each, and those that stand for very many. */
const EACH: Readonly<Record<CauseCode, readonly Cause[]>> = {
  failed: [{ code: 'failed', subject: 'denied' }],
  domainFailed: [
    { code: 'domainFailed', subject: DOMAIN },
    { code: 'domainFailed', subject: null, total: 12, urgent: true },
  ],
  discoveryFailed: [{ code: 'discoveryFailed', subject: null }],
  receiversRefuse: [{ code: 'receiversRefuse', subject: null }],
  streamsLeft: [{ code: 'streamsLeft', subject: null, urgent: true }],
  tooShort: [{ code: 'tooShort', subject: null }],
  superseded: [{ code: 'superseded', subject: null }],
  clocksDisagree: [{ code: 'clocksDisagree', subject: null }],
  driftRepaired: [
    { code: 'driftRepaired', subject: DOMAIN },
    { code: 'driftRepaired', subject: null, total: 9 },
  ],
  keyFound: [
    { code: 'keyFound', subject: KID },
    { code: 'keyFound', subject: null, total: 9 },
  ],
  overlapMax: [
    { code: 'overlapMax', subject: KID },
    { code: 'overlapMax', subject: null },
  ],
  emergencyDone: [{ code: 'emergencyDone', subject: KID }],
}
const CAUSES = Object.values(EACH).flat()

describe('in Chinese', () => {
  test.each(CAUSES)('$code $subject', (cause) => {
    const text = messageOf(cause, GROUP, 'zh')
    expect(text).toMatch(/\p{sc=Han}/u)
    // No two English words stand beside each other: what is left are names of options, keys and domains.
    expect(text).not.toMatch(/[a-z]{2,}[, ]+[a-z]{2,}/i)
    // Every sentence has its full stop, once.
    expect(text).toMatch(/[^。]。$/)
    expect(text).not.toContain('。。')
    expect(text.startsWith('应急尚未完成。')).toBe(cause.urgent === true)
  })

  test('says what happened and what to do', () => {
    expect(messageOf({ code: 'domainFailed', subject: DOMAIN }, GROUP, 'zh')).toBe(
      '组 default：域名 live3.example.com 连续两次失败（denied）：REFUSED。请修复它、从配置中移除，或写入 apply.tolerate；下一次运行会自行完成。',
    )
  })

  test('the keyword of a robot stays the same', () => {
    const cause: Cause = { code: 'discoveryFailed', subject: null }
    const one = { group: GROUP, cause, message: messageOf(cause, GROUP, 'zh') }
    expect(JSON.stringify(bodiesOf('dingtalk', [one], 'cn-shanghai', 'zh'))).toContain(`[${KEYWORD}]`)
  })
})
