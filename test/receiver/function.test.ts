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
  const receive = (key: string, probe = false) => clock.run(handle(eventOf(key, probe)))
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

const answered = (statusCode: number) => ({ statusCode, headers: {}, isBase64Encoded: false, body: '' })

describe('the reference receiver', () => {
  it('hands a genuine callback over, as it came', async () => {
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

  it('keeps forged callbacks and probes to itself', async () => {
    const { url, delivered } = await target(200)
    const { receive, lines } = setUp(url)
    expect(await receive('never published')).toEqual(answered(401))
    expect(await receive(OLD, true)).toEqual(answered(204))
    expect(await receive(LEAKED, true)).toEqual(answered(401))
    expect(delivered).toEqual([])
    expect(lines).toMatchObject([
      { level: 'warn', event: 'rejected', reason: 'unknownSignature', probe: false },
      { level: 'info', event: 'accepted', kid: kid(OLD), state: 'previous', probe: true },
      { level: 'warn', event: 'quarantined', kid: kid(LEAKED), probe: true },
    ])
  })

  it.each([
    [{}, 200, 1],
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
  ])('tries again what may pass, and answers 502 to what did not: %j', async (statuses, status, times) => {
    const { url, delivered } = await target(...statuses)
    const { receive, lines, clock } = setUp(url)
    expect(await receive(CURRENT)).toEqual(answered(status))
    expect(delivered).toHaveLength(times)
    expect(clock.now() - NOW).toBeLessThan(5_000)
    if (status === 502)
      expect(lines).toMatchObject([{ level: 'error', event: 'notHandedOver', attempts: times }])
  })

  it('counts the wait for the keyset: Live waits for both', async () => {
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

  it('answers 502 when there is no connection', async () => {
    const { receive, lines } = setUp('http://127.0.0.1:1')
    expect(await receive(CURRENT)).toEqual(answered(502))
    expect(lines).toMatchObject([{ message: 'no connection to the target', attempts: 3 }])
  })

  it('answers 503 while there is no keyset, and 400 to what is no HTTP event', async () => {
    const { url } = await target(200)
    const { receive, keyset, handle } = setUp(url)
    for (const event of ['', '{}', '[]', '{"headers":null}', 'nonsense']) {
      expect(await handle(event)).toEqual(answered(400))
    }
    keyset.goDown()
    expect(await receive(CURRENT)).toMatchObject({ statusCode: 503 })
  })

  it.each([
    [{ RECEIVER_SECRET: '' }, 'RECEIVER_SECRET'],
    [{ RECEIVER_HOST: '' }, 'RECEIVER_HOST'],
    [{ RECEIVER_HOST: 'https://hooks.example.com/live' }, 'RECEIVER_HOST'],
    [{ RECEIVER_HOST: 'a.example.com,,' }, 'RECEIVER_HOST'],
    [{ RECEIVER_TARGET: '' }, 'RECEIVER_TARGET'],
    [{ RECEIVER_TARGET: 'somewhere' }, 'RECEIVER_TARGET'],
    [{ RECEIVER_TARGET: 'https://user:hidden@example.com' }, 'RECEIVER_TARGET'],
    [{ RECEIVER_QUARANTINED: 'maybe' }, 'RECEIVER_QUARANTINED'],
    [{ FC_REGION: '' }, 'FC_REGION'],
    [{ ROTATOR_KMS_ENDPOINT: 'http://hidden.example.com' }, 'ROTATOR_KMS_ENDPOINT'],
  ])('names the variable that is wrong: %j', (env, name) => {
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
    const asked: string[] = []
    const kms = await serve((request, response) => {
      asked.push(String(request.url))
      response.end(JSON.stringify({ SecretData: JSON.stringify(documentOf([['current', CURRENT]])) }))
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
    expect(asked).toHaveLength(1)
    expect(asked[0]).toMatch(/AccessKeyId=of-the-role.*|SecurityToken=token/)
  })

  it('answers 500 and logs what is missing', async () => {
    const { handler, lines } = await load({ RECEIVER_SECRET: 'live/snapshot', RECEIVER_HOST: HOST })
    expect(await handler(Buffer.from('{}'), {})).toEqual(answered(500))
    expect(lines.join('')).toContain('RECEIVER_TARGET is not set')
  })
})
