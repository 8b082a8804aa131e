import { readFileSync } from 'node:fs'
import OSS from 'ali-oss'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fixedCredentials, type Credentials } from '../../lib/alibaba/transport/credentials.ts'
import { systemClock } from '../../lib/core/clock.ts'
import {
  LOCAL_ACCESS_KEY_ID,
  LOCAL_ACCESS_KEY_SECRET,
  LOCAL_ACCOUNT_ID,
  startEmulator,
  type Emulator,
  type PolicyDocument,
} from '../../lib/emulator/index.ts'
import { signedHeaders } from '../../lib/alibaba/oss/oss-signature.ts'
import { ossStore } from '../../lib/receipts/oss-store.ts'
import type { ReceiptStore } from '../../lib/receipts/receipt-store.ts'

const CREDENTIALS = { accessKeyId: LOCAL_ACCESS_KEY_ID, accessKeySecret: LOCAL_ACCESS_KEY_SECRET }
const NAME = "a b+c%2B*'()!~&=#é中/2026/11/x.json"

let emulator: Emulator
beforeEach(async () => {
  emulator = await startEmulator()
})
afterEach(() => emulator.close())

function store(credentials: Credentials = CREDENTIALS, prefix = 'audit/receipts'): ReceiptStore {
  return ossStore({
    bucket: 'evidence',
    prefix,
    region: 'cn-shanghai',
    endpoint: emulator.url,
    credentials: fixedCredentials(credentials),
    // Signatures need the time of day, the pause before the second try does not.
    clock: { ...systemClock, sleep: () => Promise.resolve() },
  })
}

function aliOss(options: { v4?: boolean; path?: boolean; credentials?: Credentials } = {}): OSS {
  const credentials: Credentials = options.credentials ?? CREDENTIALS
  const { securityToken, ...pair } = credentials
  return new OSS({
    ...pair,
    ...(securityToken !== undefined && {
      stsToken: securityToken,
      refreshSTSToken: () => Promise.resolve({ ...pair, stsToken: securityToken }),
    }),
    bucket: 'evidence',
    region: 'oss-cn-shanghai',
    // Before an address ali-oss names the bucket in the Host header, whatever it is told.
    endpoint: options.path ? emulator.url.replace('127.0.0.1', 'localhost') : emulator.url,
    secure: false,
    sldEnable: options.path ?? false,
    authorizationV4: options.v4 ?? true,
    timeout: 5_000,
  })
}

const refusal = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'it was accepted',
    (error: unknown) => error,
  )

describe('the signature', () => {
  it('equals that of ali-oss for any name, region and token', () => {
    const client = aliOss()
    const word = fc.stringMatching(/^[a-z0-9-]{1,20}$/)
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(
        word,
        name,
        fc.boolean(),
        fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }),
        (bucket, key, sts, at) => {
          const headers = signedHeaders(
            {
              method: 'PUT',
              bucket,
              key,
              headers: {
                'content-type': 'application/json',
                'content-md5': 'AA==',
                'x-oss-forbid-overwrite': 'true',
              },
            },
            { ...CREDENTIALS, ...(sts && { securityToken: 'token/with+all=' }) },
            'cn-shanghai',
            at.getTime(),
          )
          const { authorization, ...others } = headers
          expect(authorization).toBe(
            client.authorizationV4('PUT', { headers: others, queries: {} }, bucket, key),
          )
        },
      ),
    )
  })
})

describe('the local cloud', () => {
  it.each([
    ['version 4, bucket in the host', { v4: true, path: false }],
    ['version 4, bucket in the path', { v4: true, path: true }],
    ['version 1, bucket in the host', { v4: false, path: false }],
    ['version 1, bucket in the path', { v4: false, path: true }],
  ])('accepts what ali-oss puts: %s', async (_, options) => {
    const client = aliOss(options)
    await client.put(NAME, Buffer.from('{"by":"ali-oss"}'))
    expect(emulator.objects.keys('evidence')).toEqual([NAME])
    expect((await client.get(NAME)).content.toString()).toBe('{"by":"ali-oss"}')
    const again = client.put(NAME, Buffer.from('{}'), { headers: { 'x-oss-forbid-overwrite': 'true' } })
    expect(await refusal(again)).toMatchObject({ status: 409, code: 'FileAlreadyExists' })
    await client.put(NAME, Buffer.from('{}'))
    expect(emulator.objects.get('evidence', NAME)?.body.toString()).toBe('{}')
    await expect(client.get('nothing')).rejects.toMatchObject({ status: 404, code: 'NoSuchKey' })
  })

  it.each([
    ['version 4', true],
    ['version 1', false],
  ])('refuses a wrong secret, an unknown key and a changed body: %s', async (_, v4) => {
    const put = (credentials: Credentials, headers: Record<string, string> = {}): Promise<unknown> =>
      refusal(aliOss({ v4, credentials }).put('x', Buffer.from('{}'), { headers }))
    expect(await put({ ...CREDENTIALS, accessKeySecret: 'other' })).toMatchObject({
      status: 403,
      code: 'SignatureDoesNotMatch',
    })
    expect(await put({ ...CREDENTIALS, accessKeyId: 'other' })).toMatchObject({ code: 'InvalidAccessKeyId' })
    expect(await put(CREDENTIALS, { 'Content-MD5': 'AAAAAAAAAAAAAAAAAAAAAA==' })).toMatchObject({
      code: 'InvalidDigest',
    })
    expect(emulator.objects.keys('evidence')).toEqual([])
  })

  it('knows temporary credentials', async () => {
    const { accessKeyId, accessKeySecret, securityToken } = emulator.credentials.issue()
    const credentials = { accessKeyId, accessKeySecret, ...(securityToken && { securityToken }) }
    await aliOss({ credentials }).put('by-the-sdk', Buffer.from('{}'))
    await store(credentials, '').put('by-us', '{}')
    expect(emulator.objects.keys('evidence')).toEqual(['by-the-sdk', 'by-us'])
    const without = { accessKeyId, accessKeySecret }
    expect(await refusal(store(without).put('x', '{}'))).toMatchObject({ code: 'badCredentials' })
  })
})

describe('a receipt in OSS', () => {
  it('is stored under the prefix, and can be read by ali-oss', async () => {
    await store().put(NAME, '{"by":"us"}')
    expect((await aliOss().get(`audit/receipts/${NAME}`)).content.toString()).toBe('{"by":"us"}')
    expect(emulator.objects.get('evidence', `audit/receipts/${NAME}`)?.contentType).toBe('application/json')
    expect(emulator.calls.of('PutObject')).toMatchObject([{ status: 200 }])
  })

  it('never replaces another', async () => {
    await store().put('a.json', 'first')
    expect(await refusal(store().put('a.json', 'second'))).toMatchObject({ code: 'alreadyExists' })
    expect(emulator.objects.get('evidence', 'audit/receipts/a.json')?.body.toString()).toBe('first')
  })

  it('is stored once if the answer is lost', async () => {
    emulator.faults.add({ kind: 'dropAfter', action: 'PutObject' })
    await store().put('a.json', '{}')
    expect(emulator.objects.keys('evidence')).toEqual(['audit/receipts/a.json'])
    expect(emulator.calls.of('PutObject').map(({ code }) => code)).toEqual([null, 'FileAlreadyExists'])
  })

  it('is retried once if OSS is down, and then given up', async () => {
    emulator.faults.add({ kind: 'error', action: 'PutObject', status: 503, code: 'ServiceUnavailable' })
    await store().put('a.json', '{}')
    emulator.faults.add({ kind: 'reset', action: 'PutObject', times: 'always' })
    const error = await refusal(store().put('b.json', '{}'))
    expect(error).toMatchObject({ code: 'unavailable' })
    expect(emulator.calls.of('PutObject')).toHaveLength(4)
  })

  it('needs oss:PutObject on its prefix and nothing else', async () => {
    const text = readFileSync('docs/ram/receipts.json', 'utf8')
    const filled = text
      .replaceAll('<account>', LOCAL_ACCOUNT_ID)
      .replaceAll('<bucket>', 'evidence')
      .replaceAll('<prefix>', 'audit/receipts')
    const policies = [JSON.parse(filled) as PolicyDocument]
    const { accessKeyId, accessKeySecret, securityToken } = emulator.credentials.issue({ policies })
    const credentials = { accessKeyId, accessKeySecret, ...(securityToken && { securityToken }) }
    await store(credentials).put('a.json', '{}')
    const error = await refusal(store(credentials, 'elsewhere').put('a.json', '{}'))
    expect(error).toMatchObject({ code: 'denied', vendorCode: 'AccessDenied' })
    expect(String(error)).toContain('oss:PutObject')
    expect(String(error)).not.toContain(accessKeySecret)
  })

  it('goes to the region of the configuration, or of the endpoint', () => {
    const at = (endpoint?: string): (() => ReceiptStore) => {
      const base = { bucket: 'evidence', prefix: '', region: 'cn-shanghai', clock: systemClock }
      return () => ossStore({ ...base, endpoint, credentials: fixedCredentials(CREDENTIALS) })
    }
    expect(at()).not.toThrow()
    expect(at('https://oss-cn-beijing-internal.aliyuncs.com')).not.toThrow()
    expect(at('http://oss-cn-beijing.aliyuncs.com')).toThrow(/https/)
    const climbing = { bucket: 'evidence', prefix: 'a/../b', region: 'cn-shanghai', clock: systemClock }
    expect(() => ossStore({ ...climbing, credentials: fixedCredentials(CREDENTIALS) })).toThrow(
      /without \. or/,
    )
  })
})
