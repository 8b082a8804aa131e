import { describe, expect, it } from 'vitest'
import { eventText, type Change, type LogEvent } from '../../lib/rotation/report/events.ts'
import { findingText, type Obstacle, type Warning } from '../../lib/rotation/report/findings.ts'
import { planTaskText, type PlanTask } from '../../lib/rotation/report/plan-tasks.ts'
import { reportTexts } from '../../lib/rotation/report/texts.ts'

const problem = { code: 'throttled', message: 'the server said so' } as const
const kid = '0f3a5b7c9d1e'
const other = '1f3a5b7c9d1e'
const at = '2026-11-24T08:00:00.000Z'
const url = 'https://hooks.example.com/live'
const domain = 'live1.example.com'
const domains = [domain, 'live2.example.com']
const stream = 'live1.example.com/app/stream'
const streams = [stream, 'live2.example.com/app/stream']
const many = Array.from({ length: 60 }, (_, index) => `live${index}.example.com`)

/** What a text says in each language: strings are in it, patterns match it. */
type Said = readonly (string | RegExp)[]
type Row<Data> = readonly [variant: string, data: Data, en: Said, zh: Said]

function expectSaid(text: string, said: Said): void {
  expect(text).not.toMatch(/undefined|null|NaN|\[object|true|false/)
  for (const part of said) {
    if (typeof part === 'string') expect(text).toContain(part)
    else expect(text).toMatch(part)
  }
}

/** A pattern of a text without `part`. */
function without(part: string): RegExp {
  return new RegExp(`^(?!.*${part})`)
}

const findings: readonly Row<Warning | Obstacle>[] = [
  [
    'ACSCurrent on another keyset',
    { kind: 'currentMovedForward', secret: 'live/a', version: 'keyset-00000007' },
    ['live/a', 'keyset-00000007', 'not the newest keyset', without('writes to this secret')],
    ['live/a', 'keyset-00000007', '不是最新的密钥集', without('还有谁')],
  ],
  [
    'ACSCurrent on something else',
    { kind: 'currentMovedForward', secret: 'live/a', version: 'by-hand' },
    ['live/a', 'by-hand', 'not a keyset', 'what else writes to this secret'],
    ['live/a', 'by-hand', '不是密钥集', '还有谁在写这个凭据'],
  ],
  [
    'one domain gone',
    { kind: 'domainsGone', domains: [domain] },
    [/^domain live1\.example\.com was found .*; skipped$/],
    [/^1 个.*：live1\.example\.com$/],
  ],
  [
    'more domains gone than are named',
    { kind: 'domainsGone', domains: many },
    [/^60 domains were found/, 'live0.example.com, live1.example.com,', /live49\.example\.com and 10 more$/],
    [/^60 个/, 'live0.example.com、live1.example.com、', /live49\.example\.com 等 60 个$/],
  ],
  [
    'more domains than are named where nobody looks at each',
    { kind: 'drifted', domains: many },
    ['live4.example.com and 55 more:', without('live5')],
    ['live4.example.com 等 60 个：', without('live5')],
  ],
  [
    'more domains repaired than are named',
    { kind: 'driftRepaired', domains: many, kid },
    ['live49.example.com and 10 more:', `set to ${kid} again`],
    ['live49.example.com 等 60 个：', `重新设为 ${kid}`],
  ],
  [
    'more domains added than are named',
    { kind: 'domainsAdded', domains: many, kid },
    ['live49.example.com and 10 more:', `the current key ${kid}`],
    ['live49.example.com 等 60 个：', `当前密钥 ${kid}`],
  ],
  [
    "the cloud's clock ahead",
    { kind: 'clocksDisagree', aheadMs: 300_500, skewMs: 60_000 },
    ['is 300.5 s ahead of the clock of this machine', '(60 s)', without('behind')],
    ['比本机快 300.5 秒', '（60 秒）', without('慢')],
  ],
  [
    "the cloud's clock behind",
    { kind: 'clocksDisagree', aheadMs: -7_200_000, skewMs: 90_000 },
    ['is 7,200 s behind the clock of this machine', '(90 s)', without('ahead')],
    ['比本机慢 7,200 秒', '（90 秒）', without('快')],
  ],
  [
    'one key without room',
    { kind: 'foundKeysRefused', kids: [kid] },
    [/^1 key found/, 'are refused'],
    ['1 个密钥', '会被拒绝'],
  ],
  [
    'two keys without room',
    { kind: 'foundKeysRefused', kids: [kid, other] },
    [/^2 keys found/, 'are refused'],
    ['2 个密钥', '会被拒绝'],
  ],
  [
    'one leaked key without room',
    { kind: 'leakedKeysRefused', kids: [kid] },
    [`1 leaked key (${kid}), which is revoked at once`],
    [`1 个泄露的密钥（${kid}），已立即作废`],
  ],
  [
    'two leaked keys without room',
    { kind: 'leakedKeysRefused', kids: [kid, other] },
    [`2 leaked keys (${kid}, ${other}), which are revoked at once`],
    [`2 个泄露的密钥（${kid}、${other}），已立即作废`],
  ],
  [
    'a late save, to the second',
    { kind: 'storedLate', lateMs: 89_600 },
    ['the staged key 90 s later', 'extends the wait'],
    ['晚 90 秒', '相应延长'],
  ],
  [
    'a leaked key that stays, while another lost its trust',
    { kind: 'freshKeyKept', kid, leaked: true, took: true },
    [`key ${kid} is named as leaked and is still trusted`, without('took no trust'), '--force'],
    [`密钥 ${kid} 被指为泄露，但仍受信任`, without('没有取消'), '--force'],
  ],
  [
    'the fresh key of an emergency before, and nothing else',
    { kind: 'freshKeyKept', kid, leaked: false, took: false },
    [/^this emergency took no trust away: /, `key ${kid} of the previous emergency is kept`],
    [/^本次应急没有取消任何密钥的信任：/, `沿用上一次应急的密钥 ${kid}`],
  ],
  [
    'keys that another group has',
    { kind: 'leakedElsewhere', kids: [kid, other] },
    [`${kid}, ${other}; nothing was done`],
    [`${kid}、${other}，不做改动`],
  ],
  [
    'evidence that lacks for each reason',
    {
      kind: 'evidenceLacking',
      receivers: [
        { url: `${url}/a`, expected: 3, seen: 2, why: 'tooFew', detail: 'it answered 401' },
        { url: `${url}/b`, expected: 3, seen: 4, why: 'moreInstances', detail: 'it answered 200' },
        { url: `${url}/c`, expected: 3, seen: 0, why: 'noEvidence', detail: 'it answered 204' },
      ],
    },
    [
      `${url}/a (2 of 3 instances answered; the last answer: it answered 401); `,
      `${url}/b (4 instances answered, but propagation.instances is 3; correct the number); `,
      `${url}/c (an answer had no evidence; `,
    ],
    [
      `${url}/a（3 个实例中有 2 个应答，最近一次返回 401）；`,
      `${url}/b（有 4 个实例应答，而 propagation.instances 写的是 3；请更正）；`,
      `${url}/c（应答中没有证明；`,
    ],
  ],
  [
    'a receiver that trusts a leaked key, its instances unknown',
    { kind: 'receiverTrustsLeaked', url, instances: [] },
    [`receiver ${url} still accepts a leaked key; it stops`, without('instance')],
    [`接收端 ${url} 仍然接受泄露的密钥；`, without('实例')],
  ],
  [
    'one instance that trusts a leaked key',
    { kind: 'receiverTrustsLeaked', url, instances: [kid] },
    [`a leaked key (1 instance: ${kid}); it stops`],
    [`泄露的密钥（1 个实例：${kid}）；`],
  ],
  [
    'two instances that trust a leaked key',
    { kind: 'receiverTrustsLeaked', url, instances: [kid, other] },
    [`a leaked key (2 instances: ${kid}, ${other}); it stops`],
    [`泄露的密钥（2 个实例：${kid}、${other}）；`],
  ],
  [
    'one stream that was not cut',
    { kind: 'streamsNotCut', streams: [stream], problem },
    [`1 stream could not be cut (${stream}): ${problem.message}`],
    [`1 路流无法切断（${stream}）：${problem.message}`],
  ],
  [
    'more streams that were not cut than are named',
    { kind: 'streamsNotCut', streams: many, problem },
    [/^60 streams could not be cut/, 'live19.example.com and 40 more)', without('live20')],
    [/^60 路流无法切断/, 'live19.example.com 等 60 个）', without('live20')],
  ],
  [
    'a key that was dropped although streams sign with it',
    { kind: 'keyExpired', kid, streams, domains: [] },
    [`key ${kid}`, `2 running streams may still sign with it (${streams.join(', ')}): their callbacks`],
    [`密钥 ${kid}`, `2 路正在推的流用它签名（${streams.join('、')}）：重新推流之前`],
  ],
  [
    'a key that was dropped although domains could not be read',
    { kind: 'keyExpired', kid, streams: [], domains },
    [`may still sign with it; the streams or the keys of ${domains.join(', ')} could not be read: their`],
    [`用它签名；无法读取 ${domains.join('、')} 的流或密钥：重新推流之前`],
  ],
  [
    'domains that failed',
    {
      kind: 'domainsFailed',
      failed: domains.map((name) => ({ domain: name, code: 'notFound' })),
      total: 1_500,
    },
    [/^2 of 1500 domains failed: /, 'live1.example.com (notFound), live2.example.com (notFound). Fix'],
    [/^1500 个域名中有 2 个失败：/, 'live1.example.com (notFound)、live2.example.com (notFound)。请'],
  ],
  [
    'receivers that refuse',
    {
      kind: 'receiversRefuse',
      receivers: [
        { url: `${url}/a`, detail: 'it answered 401' },
        { url: `${url}/b`, detail: 'no answer in 5 s' },
      ],
    },
    [`${url}/a (it answered 401), ${url}/b (no answer in 5 s). No further`],
    [`${url}/a（返回 401）、${url}/b（5 秒内没有应答）。不再`],
  ],
  [
    'one stream left',
    { kind: 'streamsLeft', streams: [stream], domains: [] },
    [`1 running stream could not be moved off a leaked key (${stream}). The key`],
    [`1 路正在推的流仍在使用泄露的密钥（${stream}）。该密钥`],
  ],
  [
    'streams not listed',
    { kind: 'streamsLeft', streams: [], domains },
    [`a leaked key, and the streams of ${domains.join(', ')} could not be listed. The key`],
    [`泄露的密钥，并且无法列出 ${domains.join('、')} 的流。该密钥`],
  ],
  [
    'too many domains for the time',
    { kind: 'tooShort', total: 12_000 },
    ['its 12,000 domains at', 'longer timeout'],
    ['读不完 12,000 个域名', '延长函数的超时时间'],
  ],
]

/** As in {@link findings}, where the two languages say other things than names and numbers. */
const events: readonly Row<LogEvent>[] = [
  ['started', { event: 'started', level: 'info', action: 'rotate' }, [/^rotate$/], [/^rotate$/]],
  [
    'started for a reason',
    { event: 'started', level: 'info', action: 'rotate', reason: 'the schedule' },
    [/^the schedule$/],
    [/^the schedule$/],
  ],
  ['one domain', { event: 'observing', level: 'info', total: 1 }, [/ 1 domain$/], [/ 1 个域名$/]],
  [
    'many domains',
    { event: 'observing', level: 'info', total: 1_200 },
    [/ 1,200 domains$/],
    [/ 1,200 个域名$/],
  ],
  [
    'read',
    { event: 'observed', level: 'debug', domain },
    [/^live1\.example\.com was read$/],
    [/^live1\.example\.com 已读取$/],
  ],
  [
    'not read',
    { event: 'observed', level: 'debug', domain, code: 'denied' },
    [/^live1\.example\.com was not read: denied$/],
    [/^live1\.example\.com 无法读取：denied$/],
  ],
  [
    'waiting for receivers',
    { event: 'waiting', level: 'info', phase: 'publishing', until: at },
    [`waiting for receivers until ${at}`],
    [`等待接收端，到 ${at}`],
  ],
  [
    'waiting for streams',
    { event: 'waiting', level: 'info', phase: 'draining', until: at },
    [`waiting to list streams until ${at}`],
    [`等待列出流，到 ${at}`],
  ],
  [
    'an instance of those that are expected',
    {
      event: 'instanceSeen',
      level: 'info',
      kid,
      url,
      instance: other,
      revision: 7,
      seen: 1,
      expected: 3,
    },
    [`instance ${other} of ${url} `, /revision 7 \(1 of 3\)$/],
    [`${url} 的实例 ${other} `, /（修订 7），1\/3$/],
  ],
  [
    'an instance of any number',
    {
      event: 'instanceSeen',
      level: 'info',
      kid,
      url,
      instance: other,
      revision: 7,
      seen: 1,
      expected: null,
    },
    [`instance ${other} of ${url} `, /revision 7$/],
    [`${url} 的实例 ${other} `, /（修订 7）$/],
  ],
  ...(
    [
      ['it answered 401', /^返回 401$/],
      ['no answer in 5 s', /^5 秒内没有应答$/],
      ['no connection ECONNREFUSED', /^无法连接 ECONNREFUSED$/],
      ['no connection', /^无法连接$/],
      ['something else', /^something else$/],
    ] as const
  ).map(([message, zh]): Row<LogEvent> => [
    `a probe: ${message}`,
    { event: 'probe', level: 'debug', kid, url, accepted: false, message },
    [new RegExp(`^${message}$`)],
    [zh],
  ]),
  [
    'keys retired',
    { event: 'retired', level: 'info', kids: [kid, other] },
    [`${kid}, ${other}`],
    [`${kid}、${other}`],
  ],
  ['one cut', { event: 'interrupting', level: 'info', total: 1 }, [/ 1 stream$/], [/ 1 路流$/]],
  ['two cuts', { event: 'interrupting', level: 'info', total: 2 }, [/ 2 streams$/], [/ 2 路流$/]],
]

const tasks: readonly Row<PlanTask>[] = [
  ['one set', { kind: 'set', domains: 1 }, ['set 1 domain and'], ['设置 1 个域名']],
  ['two sets', { kind: 'set', domains: 2 }, ['set 2 domains and'], ['设置 2 个域名']],
  ['a pending key', { kind: 'finish', kid }, [`the pending key ${kid}`], [`待生效的密钥 ${kid}`]],
  ['a repair', { kind: 'repair', domains: 1 }, [/^repair 1 domain$/], [/^修复 1 个域名$/]],
  ['no repair', { kind: 'repair', domains: 0 }, [/^nothing to repair$/], [/^没有需要修复的域名$/]],
]

describe('what a text says about a finding', () => {
  it.each(findings)('%s', (_, finding, en, zh) => {
    expectSaid(findingText(finding, reportTexts.en.findings), en)
    expectSaid(findingText(finding, reportTexts.zh.findings), zh)
  })

  it.each(findings.filter(([, { kind }]) => kind === 'streamsNotCut' || kind === 'keyExpired'))(
    '%s, in the log',
    (_, finding, en, zh) => {
      const event = { event: 'warning', level: 'warn', finding: finding as Warning } as const
      expectSaid(eventText(event, reportTexts.en.events), en)
      expectSaid(eventText(event, reportTexts.zh.events), zh)
    },
  )
})

describe('what a log line says', () => {
  it.each(events)('%s', (_, event, en, zh) => {
    expectSaid(eventText(event, reportTexts.en.events), en)
    expectSaid(eventText(event, reportTexts.zh.events), zh)
  })
})

/** The compiler names a change that is missing. */
const changes: Readonly<Record<Change, readonly [en: string, zh: string]>> = {
  cutOff: ['a fresh key is staged', '新密钥已写入'],
  distrusted: ['further leaked keys', '又有泄露的密钥'],
  staged: ['a new key', '新密钥'],
  rolledBack: ['an earlier key', '以前的密钥'],
  imported: ['imported', '收入'],
  promoted: ['every reachable domain', '所有能访问的域名'],
  known: ['known domains', '已知域名'],
  cleared: ['left old keys', '不再使用旧密钥'],
  retired: ['retired', '清除'],
  revoked: ['interrupted streams', '被切断的流'],
  savedAgain: ['ACSCurrent', 'ACSCurrent'],
  restored: ['newest valid version', '最新的有效版本'],
  notices: ['told', '通知过'],
}

describe('why a keyset was saved', () => {
  it.each(Object.keys(changes) as Change[])('%s', (change) => {
    const event = { event: 'saved', level: 'info', revision: 7, change } as const
    const [en, zh] = changes[change]
    expectSaid(eventText(event, reportTexts.en.events), [en])
    expectSaid(eventText(event, reportTexts.zh.events), [zh])
  })
})

describe('what a plan says', () => {
  it.each(tasks)('%s', (_, task, en, zh) => {
    expectSaid(planTaskText(task, reportTexts.en.plan), en)
    expectSaid(planTaskText(task, reportTexts.zh.plan), zh)
  })

  it.each(['quarantine', 'reject', 'interrupt'] as const)('of the choice to %s', (choice) => {
    const one = { streams: 1, domains: 1, seconds: 3 }
    const more = { streams: 1_200, domains: 40, seconds: 90 }
    const { en, zh } = reportTexts
    expectSaid(en.plan.choices[choice](one), ['1 running stream on 1 domain'])
    expectSaid(en.plan.choices[choice](more), ['1,200 running streams on 40 domains'])
    expectSaid(zh.plan.choices[choice](more), ['40 个域名上正在推的 1,200 路流'])
    const [inEnglish, inChinese] = choice === 'interrupt' ? ['90 s', '90 秒'] : ['pushed again', '重新推流']
    expect(en.plan.choices[choice](more)).toContain(inEnglish)
    expect(zh.plan.choices[choice](more)).toContain(inChinese)
  })
})
