import { request } from 'node:http'
import { describe, expect, it } from 'vitest'
import { RotatorError } from '../../lib/core/errors.ts'
import { createVerifier, staticKeyset, type Callback, type Verify } from '../../lib/receiver/index.ts'
import { TestClock } from '../support/clock.ts'
import { ADAPTERS } from './adapters.ts'
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
        resolve({ status: answer.statusCode, body: got, retryAfter: answer.headers['retry-after'] })
      })
    })
    call.on('error', reject)
    call.end(body)
  })
}

describe.each(Object.entries(ADAPTERS))('the adapter for %s', (_, start) => {
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
  ])('answers 401 to %s, without a word, without user code', async (_name, headers) => {
    const { url, seen } = await receiver()
    expect(await post(url, headers)).toMatchObject({ status: 401, body: '' })
    expect(seen).toEqual([])
  })

  it.each([
    [PENDING, 204],
    [LEAKED, 401],
    ['never published', 401],
  ])('answers a probe before user code (%#)', async (key, status) => {
    const { url, seen } = await receiver()
    const probe = headersOf(key, { 'X-Live-Key-Probe': '1' })
    expect(await post(url, probe, '{}')).toMatchObject({ status, body: '' })
    expect(await post(url, probe, '')).toMatchObject({ status, body: '' })
    expect(seen).toEqual([])
  })

  it('answers 503, and not 401, while there is no keyset', async () => {
    const { url, seen } = await receiver(undefined, withoutKeyset)
    const down = { status: 503, body: '', retryAfter: '1' }
    expect(await post(url, headersOf(PENDING))).toEqual(down)
    expect(await post(url, headersOf(PENDING, { 'X-Live-Key-Probe': '1' }), '{}')).toEqual(down)
    expect(seen).toEqual([])
  })
})

function forged(): Headers {
  return { 'ALI-LIVE-SIGNATURE': signed(PENDING, 'evil.example.com').signature }
}
