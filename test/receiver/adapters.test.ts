import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { RotatorError } from '../../lib/core/errors.ts'
import { createVerifier, staticKeyset, type Callback, type Verify } from '../../lib/receiver/index.ts'
import { TestClock } from '../support/clock.ts'
import { ADAPTERS, MIDDLEWARE, type StartReceiver } from './adapters.ts'
import { documentOf, HOST, kid, NOW, SECONDS, signed } from './support.ts'

const clock = new TestClock(NOW)
const PENDING = 'pendingpendingpendingpendingpend'
const LEAKED = 'leakedleakedleakedleakedleakedle'
const BODY = '{"app":"live","stream":"ünïcode"}'

const verify = createVerifier({
  keyset: staticKeyset(
    documentOf([
      ['pending', PENDING],
      ['compromised', LEAKED],
    ]),
  ),
  host: HOST,
  clock,
})

const withoutKeyset = createVerifier({
  keyset: {
    ...staticKeyset(documentOf([])),
    peek: () => undefined,
    load: () => Promise.reject(new RotatorError('unavailable', 'KMS is down')),
  },
  host: HOST,
  clock,
})

interface Got {
  readonly status: number | undefined
  readonly body: string
  readonly retryAfter: string | undefined
  readonly evidence: readonly unknown[]
}

type Headers = Record<string, string | string[]>

function headersOf(key: string, more: Headers = {}): Headers {
  const { timestamp, signature } = signed(key)
  return { 'ALI-LIVE-TIMESTAMP': timestamp, 'ALI-LIVE-SIGNATURE': signature, ...more }
}

function post(url: string, headers: Headers, body = BODY): Promise<Got> {
  return new Promise((resolve, reject) => {
    const type = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }
    const call = request(url, { method: 'POST', headers: { ...type, ...headers } }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () => {
        const got = Buffer.concat(chunks).toString()
        const { 'retry-after': retryAfter, date, ...headers } = answer.headers
        const evidence = ['instance', 'lineage', 'revision'].map((name) => headers[`x-live-key-${name}`])
        if (answer.statusCode === 204) expect(Date.parse(String(date))).not.toBeNaN()
        resolve({ status: answer.statusCode, body: got, retryAfter, evidence })
      })
    })
    call.on('error', reject)
    call.end(body)
  })
}

/** A route that ends in a handler, and one that is told to pass on what is quarantined, are held against the same laws. */
const ROUTES: Readonly<Record<string, StartReceiver>> = {
  ...ADAPTERS,
  ...Object.fromEntries(
    Object.entries(MIDDLEWARE).map(([name, start]): [string, StartReceiver] => [
      `${name}, as middleware`,
      (verifier, userCode) => start(verifier, userCode, { quarantined: 'pass' }),
    ]),
  ),
}

describe.each(Object.entries(ROUTES))('the adapter for %s', (_, start) => {
  async function receiver(answer?: string | Error, verifyWith: Verify = verify) {
    const seen: [Callback, string][] = []
    const url = await start(verifyWith, (callback, body) => {
      seen.push([callback, body])
      if (answer instanceof Error) throw answer
      return answer
    })
    return { url, seen }
  }

  it('calls user code for an accepted callback, with its body, and answers 200', async () => {
    const { url, seen } = await receiver()
    expect(await post(url, headersOf(PENDING))).toMatchObject({ status: 200, body: '' })
    const callback = { verdict: 'accepted', kid: kid(PENDING), state: 'pending', ...signed(PENDING) }
    expect(seen).toEqual([[callback, BODY]])
  })

  it('calls user code for a quarantined one, with the verdict', async () => {
    const { url, seen } = await receiver()
    expect(await post(url, headersOf(LEAKED))).toMatchObject({ status: 200 })
    expect(seen).toMatchObject([[{ verdict: 'quarantined', kid: kid(LEAKED), state: 'compromised' }, BODY]])
  })

  it('leaves the answer to user code', async () => {
    const { url } = await receiver('mine')
    expect(await post(url, headersOf(LEAKED))).toMatchObject({ status: 202, body: 'mine' })
  })

  it('answers 500 when user code throws', async () => {
    const { url } = await receiver(new Error('no room'))
    expect(await post(url, headersOf(PENDING))).toMatchObject({ status: 500 })
  })

  it.each<[string, Headers]>([
    ['an unknown key', headersOf('never published')],
    ['no headers', {}],
    [
      'another host, though the request names it',
      headersOf(PENDING, { ...forged(), host: 'evil.example.com' }),
    ],
    ['a repeated timestamp', headersOf(PENDING, { 'ALI-LIVE-TIMESTAMP': [SECONDS, SECONDS] })],
    [
      'a repeated signature',
      headersOf(PENDING, { 'ALI-LIVE-SIGNATURE': Array(2).fill(signed(PENDING).signature) }),
    ],
  ])('answers 401 to %s, without a body, without user code', async (_name, headers) => {
    const { url, seen } = await receiver()
    expect(await post(url, headers)).toMatchObject({ status: 401, body: '' })
    expect(seen).toEqual([])
  })

  it.each([
    [PENDING, 204],
    [LEAKED, 401],
    ['never published', 401],
  ])('answers a probe before user code, with evidence where it is accepted (%#)', async (key, status) => {
    const { url, seen } = await receiver()
    const { instance, lineage, revision } = verify.evidence()!
    const evidence = status === 204 ? [instance, lineage, String(revision)] : Array(3).fill(undefined)
    for (const mark of ['1', ['1', '1'], ['0', '1']]) {
      const probe = headersOf(key, { 'X-Live-Key-Probe': mark })
      expect(await post(url, probe, '{}')).toMatchObject({ status, body: '', evidence })
      expect(await post(url, probe, '')).toMatchObject({ status, body: '', evidence })
    }
    expect(seen).toEqual([])
  })

  it('gives no evidence to a callback', async () => {
    const { url } = await receiver()
    expect(await post(url, headersOf(PENDING))).toMatchObject({ evidence: Array(3).fill(undefined) })
  })

  it('answers 503, not 401, while there is no keyset', async () => {
    const { url, seen } = await receiver(undefined, withoutKeyset)
    const down = { status: 503, body: '', retryAfter: '1', evidence: Array(3).fill(undefined) as unknown[] }
    expect(await post(url, headersOf(PENDING))).toEqual(down)
    expect(await post(url, headersOf(PENDING, { 'X-Live-Key-Probe': '1' }), '{}')).toEqual(down)
    expect(seen).toEqual([])
  })
})

function forged(): Headers {
  return { 'ALI-LIVE-SIGNATURE': signed(PENDING, 'evil.example.com').signature }
}

describe.each(Object.entries(MIDDLEWARE))('middleware for %s', (_, start) => {
  it('refuses quarantined callbacks unless told otherwise', async () => {
    const seen: string[] = []
    const url = await start(verify, ({ verdict }) => void seen.push(verdict))
    expect(await post(url, headersOf(LEAKED))).toMatchObject({ status: 401, body: '' })
    expect(await post(url, headersOf(PENDING))).toMatchObject({ status: 200 })
    expect(seen).toEqual(['accepted'])
  })

  it.each([
    [{ quarantine: 'pass' }, /Receiver has no option "quarantine"; it has quarantined/],
    [{ quarantined: 'accept' }, /"quarantined" must be "pass" or "refuse"/],
  ])('refuses wrong options: %j', async (options, named) => {
    const starting = async (): Promise<string> => start(verify, () => undefined, options as never)
    await expect(starting()).rejects.toThrow(named)
  })
})

describe.each(Object.entries(ROUTES))('a genuine callback in %s', (name, start) => {
  const parsed = /parsed before|nest/.test(name)

  it.each<[string, Headers, string]>([
    ['JSON in words', { 'content-type': 'application/json;charset=UTF-8' }, BODY],
    ['JSON in other words', { 'content-type': 'text/json' }, BODY],
    ['JSON of another kind', { 'content-type': 'application/problem+json' }, BODY],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, BODY],
    ['bytes', { 'content-type': 'application/octet-stream' }, BODY],
    ['text', { 'content-type': 'text/plain' }, BODY],
    ['what is no type', { 'content-type': 'json' }, BODY],
    ['types upon types', { 'content-type': 'application/json, text/plain' }, BODY],
    ['nothing', { 'content-type': '' }, BODY],
    ['chunks', { 'content-type': 'text/json', 'transfer-encoding': 'chunked' }, BODY],
    ['JSON without a body', { 'content-type': 'application/json' }, ''],
    ['JSON that takes an encoding', { 'content-type': 'application/json', 'content-encoding': 'br' }, BODY],
    ['JSON that is none', { 'content-type': 'application/json' }, '{"app":'],
    ['JSON with a prototype', { 'content-type': 'application/json' }, '{"__proto__":{"x":1}}'],
    ['large JSON', { 'content-type': 'application/json' }, JSON.stringify({ x: 'y'.repeat(90_000) })],
  ])('reaches user code, declared as %s', async (kind, headers, body) => {
    // Its user's parser stands before it, or is the framework's own affair: what that refuses never gets here.
    if (/(that|without|prototype)/.test(kind) && /parsed|nest/.test(name)) return
    const seen: string[] = []
    const url = await start(verify, (_callback, given) => void seen.push(given))
    const { 'transfer-encoding': chunked } = headers
    const sized = chunked === undefined ? {} : { 'content-length': [] }
    expect(await post(url, headersOf(PENDING, { ...headers, ...sized }), body)).toMatchObject({ status: 200 })
    expect(seen).toHaveLength(1)
    if (!parsed && !/express.*middleware/.test(name)) expect(unquoted(seen[0]!)).toBe(body)
    expect(await post(url, headersOf('forged', { ...headers, ...sized }), body)).toMatchObject({
      status: 401,
    })
  })
})

/** A body that a framework took for text comes as a JSON string here. */
function unquoted(body: string): string {
  return body.startsWith('"') ? (JSON.parse(body) as string) : body
}
