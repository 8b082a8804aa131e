import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { closeServer, listen } from '../../lib/core/local-server.ts'
import type { NotifyFormat } from '../../lib/config/types.ts'
import { deliver } from '../../lib/notify/deliver.ts'
import { bodiesOf, KEYWORD, type Notification } from '../../lib/notify/formats.ts'
import { messageOf } from '../../lib/notify/message.ts'
import { httpSend } from '../../lib/notify/send.ts'
import type { Cause } from '../../lib/rotation/report/findings.ts'
import type { LogEvent } from '../../lib/rotation/report/events.ts'
import type { GroupReport } from '../../lib/rotation/report/report.ts'
import { TestClock } from '../support/clock.ts'

const GROUP: GroupReport = {
  group: 'default',
  outcome: 'incomplete',
  did: 'nothing',
  phase: 'applying',
  revision: 7,
  kid: '0f3a0f3a0f3a',
  waitingUntil: null,
  domains: {
    total: 200,
    set: 50,
    unchanged: 0,
    confirmed: 50,
    failed: Array.from({ length: 150 }, (_, index) => ({
      domain: `live${index}.example.com`,
      code: 'denied',
      message: `live${index}.example.com: no permission <&>`,
    })),
  },
  keys: [],
  calls: {},
  throttled: 0,
  warnings: [],
  error: { code: 'rotationFailed', message: '150 of 200 domains failed' },
}

const notification = (cause: Cause): Notification => ({
  group: GROUP,
  cause,
  message: messageOf(cause, GROUP, 'en'),
})
const DOMAIN = notification({ code: 'domainFailed', subject: 'live3.example.com' })
const DRIFT = notification({ code: 'driftRepaired', subject: 'live160.example.com' })

interface Post {
  readonly path: string
  readonly type: string
  readonly body: unknown
}

let server: Server
let posts: Post[]
/** What the server answers, one after the other; the last for ever. null: nothing, ever. */
let answers: ({ status: number; body: string; location?: string } | null)[]
let log: LogEvent[]

beforeEach(async () => {
  posts = []
  log = []
  answers = [{ status: 200, body: '' }]
  server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'))
      posts.push({ path: incoming.url ?? '', type: incoming.headers['content-type'] ?? '', body })
      const answer = answers.length > 1 ? answers.shift() : answers[0]
      if (!answer) return
      const { status, location } = answer
      outgoing.writeHead(status, location === undefined ? {} : { location }).end(answer.body)
    })
  })
  await listen(server)
})
afterEach(async () => {
  await closeServer(server)
})

const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

async function tell(
  notifications: readonly Notification[],
  format: NotifyFormat,
  options: { url?: string; timeoutMs?: number } = {},
): Promise<string[]> {
  const clock = new TestClock()
  const url = options.url ?? `${origin()}/robot/send?access_token=hidden`
  const delivered = await clock.run(
    deliver(
      notifications,
      { region: 'cn-shanghai', notify: [{ url, format }] },
      { clock, log: (event) => log.push(event), send: httpSend(options.timeoutMs), language: 'en' },
    ),
  )
  return [...delivered].map(({ cause }) => cause.code)
}

describe('the body', () => {
  it('is one text for everything that is told, in the shape of the chat', async () => {
    answers = [{ status: 200, body: '{"errcode":0,"errmsg":"ok"}' }]
    expect(await tell([DOMAIN, DRIFT], 'dingtalk')).toEqual(['domainFailed', 'driftRepaired'])
    answers = [{ status: 200, body: '{"code":0,"msg":"success","data":{}}' }]
    expect(await tell([DOMAIN, DRIFT], 'feishu')).toHaveLength(2)
    answers = [{ status: 200, body: 'ok' }]
    expect(await tell([DOMAIN, DRIFT], 'slack')).toHaveLength(2)

    const content = [`[${KEYWORD}] cn-shanghai`, DOMAIN.message, DRIFT.message].join('\n\n')
    const forSlack = content.replace('<&>', '&lt;&amp;&gt;')
    expect(posts.map(({ body }) => body)).toEqual([
      { msgtype: 'text', text: { content } },
      { msg_type: 'text', content: { text: content } },
      { text: forSlack },
    ])
    expect(posts[0]).toMatchObject({
      path: '/robot/send?access_token=hidden',
      type: 'application/json; charset=utf-8',
    })
  })

  it('is one JSON body for each cause, with the report', async () => {
    expect(await tell([DOMAIN, DRIFT], 'json')).toHaveLength(2)
    const [first] = posts.map(({ body }) => body as { report: GroupReport })
    expect(first).toMatchObject({
      group: 'default',
      cause: 'domainFailed',
      subject: 'live3.example.com',
      outcome: 'incomplete',
      message: DOMAIN.message,
      report: { revision: 7, domains: { total: 200 } },
    })
    expect(first?.report.domains.failed).toHaveLength(100)
  })

  it('mentions nobody and controls nothing, whatever a server or a stream is named', () => {
    const message = '<at user_id="all">x</at> <!channel>\u001b[2J\u009b1m\r\n<AT user_id="all">\u0000'
    const failed = [{ domain: 'live3.example.com', code: 'denied', message }]
    const group = { ...GROUP, domains: { ...GROUP.domains, failed } }
    const { cause } = DOMAIN
    const evil = { group, cause, message: messageOf(cause, group, 'en') }
    expect(evil.message).toMatch(/^\P{Cc}+$/u)
    const [feishu] = bodiesOf('feishu', [evil], 'cn-shanghai', 'en').map(({ body }) => JSON.stringify(body))
    expect(feishu).not.toMatch(/<at/i)
    expect(feishu).toContain('＜at user_id=')
    const [slack] = bodiesOf('slack', [evil], 'cn-shanghai', 'en').map(({ body }) => JSON.stringify(body))
    expect(slack).not.toMatch(/[<>]/)
  })

  it('never exceeds the limit of a chat', () => {
    const many = Array.from({ length: 200 }, () => DOMAIN)
    for (const format of ['dingtalk', 'feishu', 'slack'] as const) {
      const [one] = bodiesOf(format, many, 'cn-shanghai', 'en')
      expect(Buffer.byteLength(JSON.stringify(one?.body))).toBeLessThan(20_000)
    }
  })
})

describe('an answer', () => {
  it.each([
    [
      'dingtalk',
      '{"errcode":310000,"errmsg":"keywords not in content"}',
      'code 310000: make live-key-rotator',
    ],
    ['dingtalk', '{"errcode":130101,"errmsg":"send too fast"}', 'code 130101'],
    ['feishu', '{"code":19024,"msg":"Key Words Not Found"}', 'code 19024: make live-key-rotator'],
    ['feishu', '{"code":9499,"msg":"Bad Request","data":{}}', 'code 9499'],
    ['dingtalk', '<html>a login page</html>', 'not one that a robot gives'],
  ] as const)('of %s with status 200 can be a refusal: %s', async (format, body, why) => {
    answers = [{ status: 200, body }]
    expect(await tell([DOMAIN], format)).toEqual([])
    const message = expect.stringContaining(why) as string
    expect(log).toMatchObject([{ level: 'warn', event: 'notNotified', message }])
    expect(posts).toHaveLength(1)
  })

  it('of an older Feishu robot is understood', async () => {
    answers = [{ status: 200, body: '{"StatusCode":0,"StatusMessage":"success"}' }]
    expect(await tell([DOMAIN], 'feishu')).toEqual(['domainFailed'])
  })

  it('of a plain webhook may say whatever it likes', async () => {
    answers = [{ status: 202, body: '{"code":1}' }]
    expect(await tell([DOMAIN], 'json')).toEqual(['domainFailed'])
  })

  it('that says "later" leads to one retry', async () => {
    answers = [
      { status: 503, body: '' },
      { status: 200, body: 'ok' },
    ]
    expect(await tell([DOMAIN], 'slack')).toEqual(['domainFailed'])
    expect(posts).toHaveLength(2)
    answers = [{ status: 429, body: '' }]
    expect(await tell([DOMAIN], 'slack')).toEqual([])
    expect(posts).toHaveLength(4)
  })

  it('that says "no" is final, and a redirect is not followed', async () => {
    answers = [
      { status: 403, body: 'invalid_token' },
      { status: 307, body: '', location: `${origin()}/elsewhere` },
      { status: 200, body: 'ok' },
    ]
    expect(await tell([DOMAIN], 'slack')).toEqual([])
    expect(await tell([DOMAIN], 'slack')).toEqual([])
    expect(posts.map(({ path }) => path)).toEqual(Array(2).fill('/robot/send?access_token=hidden'))
    expect(log).toMatchObject([{ message: 'it answered 403' }, { message: 'it answered 307' }])
  })

  it('that does not come is awaited twice, up to the timeout', async () => {
    answers = [null]
    expect(await tell([DOMAIN], 'slack', { timeoutMs: 30 })).toEqual([])
    expect(posts).toHaveLength(2)
    expect(log).toMatchObject([{ message: 'no answer in 0.03 s' }])
  })
})

describe('the log', () => {
  it("names only the host of a webhook's URL", async () => {
    answers = [{ status: 500, body: 'access_token=hidden' }]
    await tell([DOMAIN], 'feishu', { url: `${origin()}/open-apis/bot/v2/hook/hidden?sign=hidden#hidden` })
    await tell([DOMAIN], 'slack', { url: 'http://127.0.0.1:1/services/hidden' })
    answers = [{ status: 200, body: '' }]
    await tell([DOMAIN], 'json')
    expect(log.map(({ level }) => level)).toEqual(['warn', 'warn', 'info'])
    expect(log[1]).toMatchObject({
      webhook: 'slack at 127.0.0.1:1',
      message: expect.stringMatching('no connection') as unknown,
    })
    expect(JSON.stringify(log)).not.toContain('hidden')
  })
})
