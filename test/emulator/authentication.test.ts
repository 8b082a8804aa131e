import { createServer, request as forwardRequest, type IncomingMessage } from 'node:http'
import { PutSecretValueRequest } from '@alicloud/kms20160120'
import { RuntimeOptions } from '@alicloud/tea-util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { listen } from '../../lib/core/local-server.ts'
import { LOCAL_ACCESS_KEY_ID, LOCAL_ACCESS_KEY_SECRET } from '../../lib/emulator/local-account.ts'
import { startEmulator, type Emulator } from '../../lib/emulator/emulator.ts'
import { readRequest } from '../../lib/emulator/wire/wire.ts'
import { kmsClient, openApiCore, popCore, refusal } from './sdks.ts'

const KEY = 'KEYKEYKEYKEYKEYKEYKEYKEYKEYKEY32'
const SET = { DomainName: 'live1.example.com', CallbackReqAuth: 'yes', CallbackAuthKey: KEY }
const MINUTES = 60_000

let emulator: Emulator
beforeEach(async () => {
  emulator = await startEmulator()
})
afterEach(async () => {
  // Whatever was refused had no effect.
  expect(emulator.world.domain('live1.example.com').auth?.key.reveal()).not.toBe(KEY)
  await emulator.close()
})

function stamp(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')
}

/** One call in the name of each SDK, with another identity, nonce or time. */
interface Forgery {
  readonly accessKeyId?: string
  readonly accessKeySecret?: string
  readonly securityToken?: string
  readonly nonce?: string
  readonly timestamp?: string
}

function identityOf(forgery: Forgery) {
  return {
    accessKeyId: forgery.accessKeyId ?? LOCAL_ACCESS_KEY_ID,
    accessKeySecret: forgery.accessKeySecret ?? LOCAL_ACCESS_KEY_SECRET,
    ...(forgery.securityToken === undefined ? {} : { securityToken: forgery.securityToken }),
  }
}

const SDKS: [string, (forgery: Forgery, params?: Record<string, unknown>) => Promise<unknown>][] = [
  [
    'openapi-core',
    (forgery, params = SET) =>
      openApiCore(emulator.endpoint, identityOf(forgery))('SetSnapshotCallbackAuth', params, {
        headers: {
          ...(forgery.nonce === undefined ? {} : { 'x-acs-signature-nonce': forgery.nonce }),
          ...(forgery.timestamp === undefined ? {} : { 'x-acs-date': forgery.timestamp }),
        },
      }),
  ],
  [
    'pop-core',
    (forgery, params = SET) =>
      popCore(emulator.endpoint, identityOf(forgery))('SetSnapshotCallbackAuth', {
        ...params,
        ...(forgery.nonce === undefined ? {} : { SignatureNonce: forgery.nonce }),
        ...(forgery.timestamp === undefined ? {} : { Timestamp: forgery.timestamp }),
      }),
  ],
  [
    'kms20160120',
    (forgery) =>
      kmsClient(emulator.endpoint, identityOf(forgery)).doRequest(
        'ListSecretVersionIds',
        'HTTP',
        'POST',
        '2016-01-20',
        'AK',
        {
          SecretName: 'none',
          ...(forgery.nonce === undefined ? {} : { SignatureNonce: forgery.nonce }),
          ...(forgery.timestamp === undefined ? {} : { Timestamp: forgery.timestamp }),
        },
        {},
        new RuntimeOptions({}),
      ),
  ],
]

describe.each(SDKS)('%s', (name, call) => {
  it.each<[string, Forgery]>([
    ['SignatureDoesNotMatch', { accessKeySecret: 'wrong' }],
    ['InvalidAccessKeyId.NotFound', { accessKeyId: 'unknown' }],
    ['InvalidTimeStamp.Expired', { timestamp: stamp(Date.now() - 16 * MINUTES) }],
    ['InvalidTimeStamp.Expired', { timestamp: stamp(Date.now() + 16 * MINUTES) }],
    ['InvalidTimeStamp.Format', { timestamp: '2026-11-24 08:00:00' }],
    ['InvalidSecurityToken.MismatchWithAccessKey', { securityToken: 'made up' }],
  ])('is told %s', async (code, forgery) => {
    const refused = await refusal(call(forgery))
    expect(refused.code).toBe(code)
    if (name === 'openapi-core')
      expect(refused.status).toBe(code === 'InvalidAccessKeyId.NotFound' ? 404 : 400)
  })

  it('accepts a clock that is 14 minutes off', async () => {
    const call14 = call({ timestamp: stamp(Date.now() - 14 * MINUTES) })
    if (name === 'kms20160120') expect((await refusal(call14)).code).toBe('Forbidden.ResourceNotFound')
    else await call14
    emulator.world.setKey('live1.example.com', null)
  })

  it('refuses a repeated nonce', async () => {
    await call({ nonce: 'once' }).catch(() => undefined)
    emulator.world.setKey('live1.example.com', null)
    expect((await refusal(call({ nonce: 'once' }))).code).toBe('SignatureNonceUsed')
  })
})

describe('temporary credentials', () => {
  it('work with their token until they expire', async () => {
    const good = emulator.credentials.issue()
    const query = { DomainName: 'live1.example.com' }
    for (const make of [openApiCore, popCore]) {
      await make(emulator.endpoint, good)('QuerySnapshotCallbackAuth', query)
      const { accessKeyId, accessKeySecret } = good
      const call = make(emulator.endpoint, { accessKeyId, accessKeySecret })
      expect((await refusal(call('QuerySnapshotCallbackAuth', query))).code).toBe(
        'InvalidAccessKeyId.NotFound',
      )
      const old = make(emulator.endpoint, emulator.credentials.issue({ expiresAt: Date.now() - 1 }))
      expect((await refusal(old('QuerySnapshotCallbackAuth', query))).code).toBe(
        'InvalidSecurityToken.Expired',
      )
    }
    const client = kmsClient(emulator.endpoint, good)
    const put = new PutSecretValueRequest({ secretName: 'none', versionId: 'v', secretData: 'x' })
    expect((await refusal(client.putSecretValue(put))).code).toBe('Forbidden.ResourceNotFound')
  })
})

describe('a request', () => {
  it('must not be changed in transit', async () => {
    const proxy = createServer((incoming, outgoing) => {
      void readRequest(incoming).then(async (request) => {
        const change = (text: string) => text.replaceAll('CallbackReqAuth=yes', 'CallbackReqAuth=no')
        const { connection: _, 'content-length': __, ...headers } = request.headers
        const answer = await new Promise<IncomingMessage>((resolve) => {
          const forward = forwardRequest(emulator.url + change(incoming.url ?? ''), {
            method: request.method,
            headers,
          }).once('response', resolve)
          forward.end(change(request.body.toString()))
        })
        outgoing.writeHead(answer.statusCode ?? 0, answer.headers)
        answer.pipe(outgoing)
      })
    })
    const port = await listen(proxy)
    const endpoint = `127.0.0.1:${port}`
    const honest = { DomainName: 'live1.example.com', CallbackReqAuth: 'no', CallbackAuthKey: 'x' }
    try {
      for (const place of ['query', 'body'] as const) {
        const core = openApiCore(endpoint)
        await core('SetSnapshotCallbackAuth', honest, { in: place })
        const changed = await refusal(core('SetSnapshotCallbackAuth', SET, { in: place }))
        expect(changed.code).toBe('SignatureDoesNotMatch')
      }
      for (const method of ['GET', 'POST'] as const) {
        await popCore(endpoint)('SetSnapshotCallbackAuth', honest, { method })
        const changed = await refusal(popCore(endpoint)('SetSnapshotCallbackAuth', SET, { method }))
        expect(changed.code).toBe('SignatureDoesNotMatch')
      }
    } finally {
      proxy.closeAllConnections()
      proxy.close()
    }
  })

  it('is refused the way the gateway or KMS does, without quoting the request', async () => {
    const live = await fetch(
      `${emulator.url}/?Action=SetSnapshotCallbackAuth&Version=2016-11-01&CallbackAuthKey=${KEY}`,
    )
    const text = await live.text()
    expect(text).not.toContain(KEY)
    expect(JSON.parse(text)).toEqual({
      RequestId: expect.stringMatching(/^[0-9A-F-]{36}$/) as unknown,
      HostId: emulator.endpoint,
      Code: 'MissingAccessKeyId',
      Message: 'AccessKeyId is mandatory for this action.',
      Recommend: expect.stringContaining('https://') as unknown,
    })
    const kms = await fetch(`${emulator.url}/?Action=PutSecretValue&Version=2016-01-20`)
    expect(await kms.json()).toEqual({
      HttpStatus: 400,
      Code: 'MissingAccessKeyId',
      Message: 'AccessKeyId is mandatory for this action.',
      RequestId: expect.any(String) as unknown,
    })
  })

  it('must be for an existing operation', async () => {
    const core = await refusal(openApiCore(emulator.endpoint)('SetSomething'))
    expect(core).toEqual({ code: 'InvalidApi.NotFound', status: 404 })
    expect((await refusal(popCore(emulator.endpoint)('toString'))).code).toBe('InvalidApi.NotFound')
    const put = await fetch(`${emulator.url}/?Action=QuerySnapshotCallbackAuth&Version=2016-11-01`, {
      method: 'PUT',
    })
    expect(await put.json()).toMatchObject({ Code: 'UnsupportedHTTPMethod' })
  })

  it('is answered in XML if it asks for it', async () => {
    const xml = await fetch(`${emulator.url}/?Action=PutSecretValue&Version=2016-01-20&Format=XML`)
    expect(xml.headers.get('content-type')).toBe('text/xml;charset=utf-8')
    expect(await xml.text()).toMatch(
      /^<\?xml .*<KMS><HttpStatus>400<\/HttpStatus><Code>MissingAccessKeyId<\/Code>/,
    )
  })
})
