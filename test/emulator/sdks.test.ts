import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startEmulator, type Emulator } from '../../lib/emulator/emulator.ts'
import {
  CreateSecretRequest,
  GetSecretValueRequest,
  ListSecretVersionIdsRequest,
  PutSecretValueRequest,
} from '@alicloud/kms20160120'
import { kmsClient, openApiCore, popCore, refusal, type Fields } from './sdks.ts'

/** Characters that the ways of encoding disagree on, and some that take several bytes. */
const AWKWARD = `a b+c%2B*'()!~|&=/?#\u00e9\u4e2d\u{1f511}"`

let emulator: Emulator
beforeEach(async () => {
  emulator = await startEmulator({ domains: 3, streams: 2 })
})
afterEach(() => emulator.close())

type Call = (action: string, params?: Fields) => Promise<Fields>

const WAYS: [string, () => Call][] = [
  ['openapi-core, ACS3, query', () => openApiCore(emulator.endpoint)],
  [
    'openapi-core, ACS3, form body',
    () => {
      const call = openApiCore(emulator.endpoint)
      return (action, params) => call(action, params, { in: 'body' })
    },
  ],
  [
    'openapi-core, ACS3, JSON body',
    () => {
      const call = openApiCore(emulator.endpoint)
      return (action, params) => call(action, params, { in: 'json' })
    },
  ],
  ['openapi-core, signature v2', () => openApiCore(emulator.endpoint, undefined, 'v2')],
  ['pop-core, GET', () => popCore(emulator.endpoint)],
  [
    'pop-core, POST',
    () => {
      const call = popCore(emulator.endpoint)
      return (action, params) => call(action, params, { method: 'POST' })
    },
  ],
]

describe.each(WAYS)('%s', (_, make) => {
  it('sets and queries a key', async () => {
    const call = make()
    const set = await call('SetSnapshotCallbackAuth', {
      DomainName: 'live2.example.com',
      CallbackReqAuth: 'yes',
      CallbackAuthKey: AWKWARD,
    })
    expect(Object.keys(set)).toEqual(['RequestId'])
    expect(await call('QuerySnapshotCallbackAuth', { DomainName: 'live2.example.com' })).toEqual({
      RequestId: expect.stringMatching(/^[0-9A-F-]{36}$/) as unknown,
      DomainName: 'live2.example.com',
      CallbackReqAuth: 'yes',
      CallbackAuthKey: AWKWARD,
    })
  })

  it('creates, puts and gets a secret', async () => {
    const call = make()
    const SecretName = 'live/snapshot-callback/default'
    await call('CreateSecret', { SecretName, VersionId: 'keyset-00000001', SecretData: '{}' })
    await call('PutSecretValue', { SecretName, VersionId: 'keyset-00000002', SecretData: AWKWARD })
    expect(await call('GetSecretValue', { SecretName })).toMatchObject({
      VersionId: 'keyset-00000002',
      SecretData: AWKWARD,
      VersionStages: { VersionStage: ['ACSCurrent'] },
    })
  })

  it('gets the documented error for an unknown domain', async () => {
    const { code } = await refusal(make()('QuerySnapshotCallbackAuth', { DomainName: 'other.example.com' }))
    expect(code).toBe('InvalidDomain.NotFound')
  })
})

describe('@alicloud/kms20160120', () => {
  it('creates, puts, lists and gets a secret', async () => {
    const client = kmsClient(emulator.endpoint)
    const secretName = 'live/snapshot-callback/default'
    await client.createSecret(new CreateSecretRequest({ secretName, versionId: 'v1', secretData: AWKWARD }))
    const put = await client.putSecretValue(
      new PutSecretValueRequest({ secretName, versionId: 'v2', secretData: `2${AWKWARD}` }),
    )
    expect(put.versionStages.versionStage).toEqual(['ACSCurrent'])
    const list = await client.listSecretVersionIds(
      new ListSecretVersionIdsRequest({ secretName, includeDeprecated: 'true', pageSize: 20 }),
    )
    expect(list.totalCount).toBe(2)
    expect(
      list.versionIds.versionId.map((version) => [version.versionId, version.versionStages.versionStage]),
    ).toEqual([
      ['v1', ['ACSPrevious']],
      ['v2', ['ACSCurrent']],
    ])
    const old = await client.getSecretValue(new GetSecretValueRequest({ secretName, versionId: 'v1' }))
    expect(old.secretData).toBe(AWKWARD)
    expect(old.createTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
  })

  it('gets documented errors', async () => {
    const client = kmsClient(emulator.endpoint)
    const missing = client.getSecretValue(new GetSecretValueRequest({ secretName: 'none' }))
    expect(await refusal(missing)).toMatchObject({ code: 'Forbidden.ResourceNotFound' })
    await expect(missing).rejects.toThrow('code: 404, Resource not found')
  })
})
