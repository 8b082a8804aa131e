import type { IncomingHttpHeaders } from 'node:http'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { readReceiverConfig } from '../../functions/receive/config.ts'
import { createReceiver } from '../../functions/receive/receiver.ts'
import { RotatorError } from '../../lib/core/errors.ts'
import { cachedKeyset } from '../../lib/receiver/index.ts'
import { callbackHeaders, fakeKeyset } from '../../lib/receiver/testing.ts'
import { TestClock } from '../support/clock.ts'
import { documentOf, HOST, kid, NOW, serve } from './support.ts'

const CURRENT = 'currentcurrentcurrentcurrentcurr'
const OLD = 'oldoldoldoldoldoldoldoldoldoldol'
const LEAKED = 'leakedleakedleakedleakedleakedle'
const BODY = '{"stream":"ünïcode"}'

interface Delivered {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A target that answers with these statuses, one after another; 0 for no answer at all. */
async function target(...statuses: number[]) {
  const delivered: Delivered[] = []
  const url = await serve((request, response) => {
    void text(request).then((body) => {
      delivered.push({ headers: request.headers, body })
      const status = statuses[Math.min(delivered.length, statuses.length) - 1] ?? 200
      if (status !== 0) response.writeHead(status, { location: '/elsewhere' }).end('for nobody')
    })
  })
  return { url, delivered }
}

function setUp(url: string, env: Record<string, string> = {}) {
  const clock = new TestClock(NOW)
  const keyset = fakeKeyset(
    documentOf([
      ['current', CURRENT],
      ['previous', OLD],
      ['compromised', LEAKED],
    ]),
  )
  const config = readReceiverConfig({
    RECEIVER_SECRET: 'live/snapshot',
    RECEIVER_HOST: `other.example.com, ${HOST}`,
    RECEIVER_TARGET: url,
    FC_REGION: 'cn-shanghai',
    ...env,
  })
  const lines: Record<string, unknown>[] = []
  const write = (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>)
  const handle = createReceiver({ config, keyset, clock, write })
  const receive = (key: string, probe = false) => clock.run(handle(eventOf(key, probe), REQUEST))
  return { clock, keyset, config, lines, write, handle, receive }
}

function eventOf(key: string, probe = false): Buffer {
  const headers = {
    'Content-Type': 'application/json; charset=utf-8',
    ...callbackHeaders({ host: HOST, key, now: NOW, probe }),
  }
  const body = Buffer.from(BODY).toString('base64')
  return Buffer.from(JSON.stringify({ version: 'v1', rawPath: '/', headers, body, isBase64Encoded: true }))
}

/** A request id as Function Compute gives it. */
const REQUEST = '1-6925-abc'

const answered = (statusCode: number) => ({ statusCode, headers: {}, isBase64Encoded: false, body: '' })

describe('the reference receiver', () => {
  it('passes a genuine callback on as it came', async () => {
    const { url, delivered } = await target(200)
    const { receive } = setUp(url, { RECEIVER_TARGET_AUTHORIZATION: 'Bearer token' })
    expect(await receive(CURRENT)).toEqual(answered(200))
    expect(delivered).toMatchObject([
      {
        body: BODY,
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'x-live-key-verdict': 'accepted',
          'x-live-key-kid': kid(CURRENT),
          'ali-live-timestamp': String(NOW / 1000),
          authorization: 'Bearer token',
        },
      },
    ])
    expect(delivered[0]?.headers).not.toHaveProperty('ali-live-signature')
  })

  it('passes on no forged callback and no probe', async () => {
    const { url, delivered } = await target(200)
    const { receive, lines, keyset } = setUp(url)
    expect(await receive('never published')).toEqual(answered(401))
    expect(await receive(OLD, true)).toMatchObject({
      statusCode: 204,
      headers: { 'x-live-key-instance': keyset.instance, 'x-live-key-revision': '1' },
    })
    expect(await receive(LEAKED, true)).toEqual(answered(401))
    expect(lines.every(({ requestId, time }) => requestId === REQUEST && typeof time === 'string')).toBe(true)
    expect(delivered).toEqual([])
    expect(lines).toMatchObject([
      { level: 'warn', event: 'rejected', reason: 'unknownSignature', probe: false },
      { level: 'info', event: 'accepted', kid: kid(OLD), state: 'previous', probe: true },
      { level: 'warn', event: 'quarantined', kid: kid(LEAKED), probe: true },
    ])
  })

  it.each([
    [{}, 401, 0],
    [{ RECEIVER_QUARANTINED: 'forward' }, 200, 1],
    [{ RECEIVER_QUARANTINED: 'refuse' }, 401, 0],
  ])('forwards or refuses quarantined callbacks as configured: %j', async (env, status, times) => {
    const { url, delivered } = await target(200)
    const { receive } = setUp(url, env)
    expect(await receive(LEAKED)).toEqual(answered(status))
    expect(delivered).toHaveLength(times)
    for (const { headers } of delivered) expect(headers['x-live-key-verdict']).toBe('quarantined')
  })

  it.each([
    [[503, 204], 200, 2],
    [[500, 429, 200], 200, 3],
    [[500, 500, 500, 200], 502, 3],
    [[0, 200], 200, 2],
    [[0, 0, 0], 502, 3],
    [[400], 502, 1],
    [[307], 502, 1],
  ])('retries temporary failures, and answers 502 if they persist: %j', async (statuses, status, times) => {
    const { url, delivered } = await target(...statuses)
    const { receive, lines, clock } = setUp(url)
    expect(await receive(CURRENT)).toEqual(answered(status))
    expect(delivered).toHaveLength(times)
    expect(clock.now() - NOW).toBeLessThan(5_000)
    if (status === 502)
      expect(lines).toMatchObject([{ level: 'error', event: 'notHandedOver', attempts: times }])
  })

  it('includes the wait for the keyset in its timeout: Live waits for both', async () => {
    const { url, delivered } = await target(0)
    const { clock, config, write } = setUp(url)
    const read = async () => {
      await clock.sleep(2_500)
      return documentOf([['current', CURRENT]])
    }
    const handle = createReceiver({ config, keyset: cachedKeyset(read, { clock }), clock, write })
    expect(await clock.run(handle(eventOf(CURRENT)))).toEqual(answered(502))
    expect(delivered).toHaveLength(1)
    expect(clock.now() - NOW).toBe(4_000)
  })

  it('answers 502 if there is no connection', async () => {
    const { receive, lines } = setUp('http://127.0.0.1:1')
    expect(await receive(CURRENT)).toEqual(answered(502))
    expect(lines).toMatchObject([{ message: 'no connection to the target', attempts: 3, requestId: REQUEST }])
  })

  it('answers 503 while there is no keyset, and 400 to an event that is not HTTP', async () => {
    const { url } = await target(200)
    const { receive, keyset, handle, lines } = setUp(url)
    for (const event of ['', '{}', '[]', '{"headers":null}', 'nonsense']) {
      expect(await handle(event)).toEqual(answered(400))
    }
    keyset.goDown()
    expect(await receive(CURRENT)).toMatchObject({ statusCode: 503 })
    expect(lines).toMatchObject([{ level: 'error', event: 'unavailable', requestId: REQUEST }])
  })

  it('refuses a body that is too large before it parses it', async () => {
    const { url, delivered } = await target(200)
    const { handle, lines } = setUp(url)
    const body = 'A'.repeat(43_000_000)
    const event = Buffer.from(JSON.stringify({ headers: {}, body, isBase64Encoded: true }))
    const used = () => process.memoryUsage().heapUsed + process.memoryUsage().external
    const before = used()
    expect(await handle(event, REQUEST)).toEqual(answered(413))
    expect(used() - before).toBeLessThan(8_000_000)
    expect(delivered).toEqual([])
    expect(lines).toMatchObject([{ event: 'tooLarge', bytes: event.length, requestId: REQUEST }])
  })

  it('reads an endless answer up to its limit, and uses its status', async () => {
    let sent = 0
    const url = await serve((_, response) => {
      response.writeHead(200)
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536))) sent += 65_536
      }
      response.on('drain', more)
      more()
    })
    const { receive } = setUp(url)
    expect(await receive(CURRENT)).toEqual(answered(200))
    expect(sent).toBeLessThan(64_000_000)
  })

  it.each([
    [{ RECEIVER_SECRET: '' }, 'RECEIVER_SECRET'],
    [{ RECEIVER_HOST: '' }, 'RECEIVER_HOST'],
    [{ RECEIVER_HOST: 'https://hooks.example.com/live' }, 'RECEIVER_HOST'],
    [{ RECEIVER_HOST: 'a.example.com,,' }, 'RECEIVER_HOST'],
    [{ RECEIVER_HOST: 'a.example.net;b.example.net' }, 'RECEIVER_HOST'],
    [{ RECEIVER_HOST: '*.example.net' }, 'RECEIVER_HOST'],
    [{ RECEIVER_HOST: '"hooks.example.net"' }, 'RECEIVER_HOST'],
    [{ RECEIVER_HOST: '(none)' }, 'RECEIVER_HOST'],
    [{ RECEIVER_HOST: 'hooks.example.net:99999' }, 'RECEIVER_HOST'],
    [{ RECEIVER_HOST: '10.0.0.256' }, 'RECEIVER_HOST'],
    [{ RECEIVER_HOST: 'hooks_.example.net ok' }, 'RECEIVER_HOST'],
    [{ RECEIVER_SECRET: 'live snapshot' }, 'RECEIVER_SECRET'],
    [{ RECEIVER_SECRET: '"live/snapshot"' }, 'RECEIVER_SECRET'],
    [{ RECEIVER_SECRET: 'acs:ram::1:role/x' }, 'RECEIVER_SECRET'],
    [{ RECEIVER_TARGET: `https://${HOST}/live/snapshot` }, 'RECEIVER_TARGET'],
    [{ RECEIVER_TARGET: `https://other.example.com:443/` }, 'RECEIVER_TARGET'],
    [{ RECEIVER_TARGET: 'https://*.example.net/' }, 'RECEIVER_TARGET'],
    [{ RECEIVER_TARGET: 'https://a.example.net, https://b.example.net' }, 'RECEIVER_TARGET'],
    [{ RECEIVER_TARGET: 'ftp://a.example.net' }, 'RECEIVER_TARGET'],
    [{ RECEIVER_TARGET: 'http://a.example.net:6000/' }, 'RECEIVER_TARGET'],
    [{ RECEIVER_TARGET_AUTHORIZATION: 'Bearer hidden\nx: y' }, 'RECEIVER_TARGET_AUTHORIZATION'],
    [{ RECEIVER_TARGET_AUTHORIZATION: 'Bearer hidden ' }, 'RECEIVER_TARGET_AUTHORIZATION'],
    [{ RECEIVER_TARGET_AUTHORIZATION: '密钥' }, 'RECEIVER_TARGET_AUTHORIZATION'],
    [{ RECEIVER_REGION: 'cn-shanghia' }, 'RECEIVER_REGION'],
    [{ FC_REGION: 'nowhere' }, 'FC_REGION'],
    [{ RECEIVER_TARGET: '' }, 'RECEIVER_TARGET'],
    [{ RECEIVER_TARGET: 'somewhere' }, 'RECEIVER_TARGET'],
    [{ RECEIVER_TARGET: 'https://user:hidden@example.com' }, 'RECEIVER_TARGET'],
    [{ RECEIVER_QUARANTINED: 'maybe' }, 'RECEIVER_QUARANTINED'],
    [{ FC_REGION: '' }, 'FC_REGION'],
    [{ ROTATOR_KMS_ENDPOINT: 'http://hidden.example.com' }, 'ROTATOR_KMS_ENDPOINT'],
  ])('names the wrong variable: %j', (env, name) => {
    const thrown = (() => {
      try {
        setUp('http://127.0.0.1:1', env)
      } catch (error) {
        return error
      }
      return undefined
    })()
    expect(thrown).toBeInstanceOf(RotatorError)
    expect(thrown).toMatchObject({ code: 'config', message: expect.stringContaining(name) as string })
    expect(String(thrown)).not.toContain('hidden')
  })
})

it.each([
  [{ RECEIVER_SECRET: 'acs:kms:cn-shanghai:1234567890123456:secret/live/snapshot' }],
  [{ RECEIVER_HOST: 'hooks.example.net:8443,HOOKS.example.org, 10.0.0.1,[::1]:80' }],
  [{ RECEIVER_TARGET: `http://${HOST}:8080/live?x=1` }],
  [{ RECEIVER_TARGET: 'http://backend_1:3000/' }],
  [{ RECEIVER_REGION: 'cn-hangzhou', FC_REGION: 'nowhere' }],
])('accepts what can work: %j', (env) => {
  expect(() => setUp('http://127.0.0.1:1', env)).not.toThrow()
})

describe('its handler', () => {
  async function load(env: Record<string, string>) {
    vi.resetModules()
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
    const lines: string[] = []
    const spy = vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0)
    onTestFinished(() => spy.mockRestore())
    return { lines, ...(await import('../../functions/receive/index.ts')) }
  }

  const context = {
    credentials: { accessKeyId: 'of-the-role', accessKeySecret: 'secret', securityToken: 'token' },
  }

  it('reads the keyset with the credentials of the invocation', async () => {
    const now = Date.now()
    const { url, delivered } = await target(200)
    const asked: IncomingHttpHeaders[] = []
    const kms = await serve((request, response) => {
      asked.push(request.headers)
      const SecretData = JSON.stringify(documentOf([['current', CURRENT]]))
      response.end(JSON.stringify({ SecretData, VersionId: 'keyset-00000001' }))
    })
    const { handler } = await load({
      RECEIVER_SECRET: 'live/snapshot',
      RECEIVER_HOST: HOST,
      RECEIVER_TARGET: url,
      FC_REGION: 'cn-shanghai',
      ROTATOR_KMS_ENDPOINT: kms,
    })
    const headers = callbackHeaders({ host: HOST, key: CURRENT, now })
    const event = Buffer.from(JSON.stringify({ headers, body: BODY, isBase64Encoded: false }))
    expect(await handler(event, context)).toEqual(answered(200))
    expect(delivered).toMatchObject([{ body: BODY }])
    expect(asked.length).toBeGreaterThan(0)
    for (const request of asked) {
      expect(request.authorization).toContain('Credential=of-the-role,')
      expect(request['x-acs-security-token']).toBe('token')
    }
  })

  it('answers 500 and logs what is missing', async () => {
    const { handler, lines } = await load({ RECEIVER_SECRET: 'live/snapshot', RECEIVER_HOST: HOST })
    expect(await handler(Buffer.from('{}'), { requestId: REQUEST })).toEqual(answered(500))
    expect(JSON.parse(lines.join(''))).toMatchObject({
      event: 'failed',
      requestId: REQUEST,
      message: expect.stringContaining('RECEIVER_TARGET is not set') as string,
    })
  })
})
