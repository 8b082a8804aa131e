import { describe, expect, it } from 'vitest'
import { eventText, type LogEvent } from '../../lib/rotation/report/events.ts'
import { findingText, type Obstacle, type Warning } from '../../lib/rotation/report/findings.ts'
import { reportTexts } from '../../lib/rotation/report/texts.ts'

const problem = { code: 'throttled', message: 'the server said so' } as const
const domains = ['live1.example.com', 'live2.example.com']
const kid = '0f3a5b7c9d1e'
const kids = [kid]
const at = '2026-11-24T08:00:00.000Z'
const url = 'https://hooks.example.com/live'
const streams = ['live1.example.com/app/stream']

/** One of each kind: the compiler names a kind that is missing. */
const warnings: { readonly [Kind in Warning['kind']]: Omit<Extract<Warning, { kind: Kind }>, 'kind'> } = {
  currentIsBehind: { secret: 'live/a', version: 'keyset-00000007' },
  currentMovedForward: { secret: 'live/a', version: 'keyset-00000007' },
  keysetRestored: { problem },
  domainsNotListed: { suffix: '.example.com', problem },
  domainsGone: { domains },
  domainsUnlisted: { domains },
  unknownKey: { kid, domains },
  drifted: { domains },
  keyFound: { kid, domains },
  everyDomainKnown: {},
  driftRepaired: { domains, kid },
  domainsAdded: { domains, kid },
  notifyConfigSigns: { domains },
  notifyConfigNotRead: { domains, problem },
  clocksDisagree: { aheadMs: -300_000, skewMs: 60_000 },
  foundKeysRefused: { kids },
  leakedKeysRefused: { kids },
  storedLate: { lateMs: 90_000 },
  requestServed: { request: 'emergency', at },
  freshKeyKept: { kid, leaked: true, took: false },
  emergencyContinued: { kid, since: at },
  distrustedBefore: { kids },
  leakedElsewhere: { kids },
  receiverRefuses: { url, detail: 'it answered 401' },
  evidenceLacking: {
    receivers: [{ url, expected: 3, seen: 2, why: 'tooFew', detail: 'it answered 401' }],
  },
  receiverTrustsLeaked: { url, instances: [kid] },
  streamsNotListed: { domains, problem },
  streamsNotCut: { streams, problem },
  keyExpired: { kid, streams, domains },
}
const obstacles: { readonly [Kind in Obstacle['kind']]: Omit<Extract<Obstacle, { kind: Kind }>, 'kind'> } = {
  domainsFailed: { failed: [{ domain: domains[0]!, code: 'notFound' }], total: 2 },
  domainsUnknown: {},
  keysUnknown: { failed: [{ domain: domains[0]!, code: 'denied' }] },
  receiversRefuse: { receivers: [{ url, detail: 'it answered 401' }] },
  streamsLeft: { streams, domains },
  tooShort: { total: 2 },
  superseded: { problem },
}
const events: { readonly [Name in LogEvent['event']]: Omit<Extract<LogEvent, { event: Name }>, 'event'> } = {
  started: { level: 'info', action: 'rotate' },
  observing: { level: 'info', total: 2 },
  observed: { level: 'debug', domain: domains[0]! },
  inspecting: { level: 'info', total: 2 },
  inspected: { level: 'debug', domain: domains[0]! },
  saved: { level: 'info', revision: 7, change: 'staged' },
  conflict: { level: 'info', revision: 7 },
  staged: { level: 'info', kid },
  waiting: { level: 'info', phase: 'publishing', until: at },
  probe: { level: 'debug', kid, url, accepted: false, message: 'it answered 401' },
  instanceSeen: { level: 'info', kid, url, instance: kid, revision: 7, seen: 1, expected: 2 },
  applying: { level: 'info', kid, total: 2 },
  set: { level: 'debug', domain: domains[0]!, kid },
  confirmed: { level: 'debug', domain: domains[0]!, kid, attempt: 1 },
  domainFailed: { level: 'error', domain: domains[0]!, ...problem },
  unreached: { level: 'debug', domain: domains[0]!, ...problem },
  promoted: { level: 'info', kid },
  retired: { level: 'info', kids },
  unlisted: { level: 'warn', domain: domains[0]!, ...problem },
  interrupting: { level: 'info', total: 2 },
  interrupted: { level: 'info', domain: domains[0]!, stream: streams[0]! },
  notInterrupted: { level: 'debug', domain: domains[0]!, stream: streams[0]!, ...problem },
  warning: { level: 'warn', finding: { kind: 'drifted', domains } },
  groupFailed: { level: 'error', ...problem },
  'call.retry': { level: 'debug', api: 'PutSecretValue', attempt: 2, ...problem },
  notified: { level: 'info', webhook: 'hooks.example.com', causes: ['failed'] },
  notNotified: { level: 'warn', webhook: 'hooks.example.com', message: problem.message },
  notifyFailed: { level: 'warn', message: problem.message },
  noticesNotRead: { level: 'warn', message: problem.message },
  noticesNotSaved: { level: 'warn', message: problem.message },
  receipt: { level: 'info', name: 'default/2026/11/receipt.json' },
  noReceipt: { level: 'warn', message: problem.message },
}

const findings = Object.entries({ ...warnings, ...obstacles }).map(
  ([kind, rest]) => ({ kind, ...rest }) as Warning | Obstacle,
)
const logged = Object.entries(events).map(([event, rest]) => ({ event, ...rest }) as LogEvent)

/** What a reader has to find again: names, ids and addresses. */
function namesIn(data: object): string[] {
  return JSON.stringify(data).match(/live\d\.example\.com|0f3a5b7c9d1e|https:\/\/hooks[^"]*/g) ?? []
}

describe('every finding and event has a text in both languages', () => {
  it.each(findings)('$kind, with the same names in both', (finding) => {
    const english = findingText(finding, reportTexts.en.findings)
    const chinese = findingText(finding, reportTexts.zh.findings)
    expect(chinese).toMatch(/\p{Script=Han}|the server said so/u)
    expect(english).not.toMatch(/\p{Script=Han}|undefined|\[object/u)
    expect(chinese).not.toMatch(/undefined|\[object/)
    for (const name of namesIn(finding)) expect(chinese.includes(name)).toBe(english.includes(name))
  })

  it.each(logged)('$event, with the same names in both', (event) => {
    const english = eventText(event, reportTexts.en.events)
    const chinese = eventText(event, reportTexts.zh.events)
    expect(english).not.toMatch(/undefined|\[object/)
    expect(chinese).not.toMatch(/undefined|\[object/)
    for (const name of namesIn(event)) expect(chinese.includes(name)).toBe(english.includes(name))
  })
})
