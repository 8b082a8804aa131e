import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { plainCall } from '../../lib/alibaba/transport/plain-call.ts'
import {
  LOCAL_ACCESS_KEY_ID,
  LOCAL_ACCESS_KEY_SECRET,
  LOCAL_ACCOUNT_ID,
} from '../../lib/emulator/local-account.ts'
import type { Credential } from '../../lib/emulator/wire/credentials.ts'
import { startEmulator, type Emulator } from '../../lib/emulator/emulator.ts'
import { decide, decideFor, type PolicyStatement } from '../../lib/emulator/wire/ram.ts'
import { openApiCore, popCore } from './sdks.ts'

function policy(...Statement: PolicyStatement[]) {
  return { Version: '1', Statement }
}

describe('decide', () => {
  const allow = policy({
    Effect: 'Allow',
    Action: ['kms:Get*', 'kms:List?'],
    Resource: 'acs:kms:*:*:secret/live/*',
  })

  it.each([
    ['kms:GetSecretValue', 'acs:kms:cn-shanghai:1:secret/live/a', 'Allow'],
    ['KMS:getsecretvalue', 'acs:kms:cn-shanghai:1:secret/live/a', 'Allow'],
    ['kms:GetSecretValue', 'acs:kms:cn-shanghai:1:secret/other', 'ImplicitDeny'],
    ['kms:ListX', 'acs:kms:cn-shanghai:1:secret/live/a', 'Allow'],
    ['kms:ListXY', 'acs:kms:cn-shanghai:1:secret/live/a', 'ImplicitDeny'],
    ['kms:GetSecretValue', '*', 'ImplicitDeny'],
  ])('%s on %s: %s', (action, resource, decision) => {
    expect(decide([allow], action, resource)).toBe(decision)
  })

  it('lets a denial win and refuses conditions', () => {
    const deny = policy({ Effect: 'Deny', Action: '*', Resource: '*' })
    expect(decide([allow, deny], 'kms:GetSecretValue', 'acs:kms:x:1:secret/live/a')).toBe('ExplicitDeny')
    const conditional = {
      ...policy(),
      Statement: [{ Effect: 'Allow', Action: '*', Resource: '*', Condition: {} }],
    }
    expect(() => decide([conditional as ReturnType<typeof policy>], 'a:B', '*')).toThrow(TypeError)
  })
})

describe('a session of a role', () => {
  let emulator: Emulator
  const arn = `acs:ram::${LOCAL_ACCOUNT_ID}:role/reader`
  beforeEach(async () => {
    const secrets = policy({ Effect: 'Allow', Action: 'kms:*', Resource: '*' })
    emulator = await startEmulator({ roles: [{ arn, policies: [secrets] }] })
  })
  afterEach(() => emulator.close())

  const assume = (Policy?: string) =>
    plainCall(
      {
        product: 'sts',
        endpoint: emulator.url,
        action: 'AssumeRole',
        params: { RoleArn: arn, RoleSessionName: 'test', ...(Policy !== undefined && { Policy }) },
        credentials: { accessKeyId: LOCAL_ACCESS_KEY_ID, accessKeySecret: LOCAL_ACCESS_KEY_SECRET },
      },
      'the role',
    )

  it('may do what both the role and the session policy allow', async () => {
    const session = policy(
      { Effect: 'Allow', Action: 'kms:DescribeSecret', Resource: '*' },
      { Effect: 'Allow', Action: 'live:*', Resource: '*' },
    )
    const { body } = await assume(JSON.stringify(session))
    const { AccessKeyId = '' } = body['Credentials'] as { AccessKeyId?: string }
    const caller = emulator.credentials.find(AccessKeyId)
    if (caller === undefined) throw new Error('no session')
    const allowed = ['kms:DescribeSecret', 'kms:GetSecretValue', 'live:SetSnapshotCallbackAuth'].map(
      (action) => decideFor(caller, action, '*'),
    )
    expect(allowed).toEqual(['Allow', 'ImplicitDeny', 'ImplicitDeny'])
  })

  it.each(['{', '{"Version":"1"}', '{"Version":"1","Statement":[{"Effect":"Maybe"}]}'])(
    'is refused under an invalid policy: %s',
    async (text) => {
      expect(await assume(text)).toMatchObject({ status: 400, code: 'InvalidParameter.PolicyGrammar' })
    },
  )
})

describe('a caller with policies', () => {
  let emulator: Emulator
  beforeEach(async () => {
    emulator = await startEmulator()
  })
  afterEach(() => emulator.close())

  function caller(...statements: PolicyStatement[]): Credential {
    return emulator.credentials.issue({ policies: [policy(...statements)] })
  }

  it('learns which action of Live is missing', async () => {
    const query = caller({ Effect: 'Allow', Action: 'live:QuerySnapshotCallbackAuth', Resource: '*' })
    const call = openApiCore(emulator.endpoint, query)
    const DomainName = 'live1.example.com'
    await call('QuerySnapshotCallbackAuth', { DomainName })
    const set = call('SetSnapshotCallbackAuth', { DomainName, CallbackReqAuth: 'yes', CallbackAuthKey: 'x' })
    await expect(set).rejects.toMatchObject({
      code: 'Forbidden.RAM',
      statusCode: 403,
      accessDeniedDetail: { AuthAction: 'live:SetSnapshotCallbackAuth', NoPermissionType: 'ImplicitDeny' },
    })
  })

  it('cannot be limited to one domain if the operation has no resources', async () => {
    const Resource = 'acs:cdn:*:*:domain/live1.example.com'
    const call = openApiCore(emulator.endpoint, caller({ Effect: 'Allow', Action: 'live:*', Resource }))
    const DomainName = 'live1.example.com'
    await expect(call('QuerySnapshotCallbackAuth', { DomainName })).rejects.toMatchObject({ statusCode: 403 })
    await call('DescribeLiveSnapshotNotifyConfig', { DomainName })
  })

  it('learns which action of KMS is missing, on the secret or on its key', async () => {
    const all = openApiCore(emulator.endpoint)
    const SecretName = 'live/keys'
    await all('CreateSecret', { SecretName, VersionId: 'v1', SecretData: 'x', EncryptionKeyId: 'key-1' })
    const secret = { Effect: 'Allow', Action: 'kms:*', Resource: 'acs:kms:*:*:secret/live/keys' } as const
    const key = { Effect: 'Allow', Action: 'kms:Decrypt', Resource: 'acs:kms:*:*:key/key-1' } as const
    const read = (...statements: PolicyStatement[]) =>
      popCore(emulator.endpoint, caller(...statements))('GetSecretValue', { SecretName })
    await expect(read()).rejects.toMatchObject({
      code: 'Forbidden.NoPermission',
      data: { HttpStatus: 403, AccessDeniedDetail: { AuthAction: 'kms:GetSecretValue' } },
    })
    await expect(read(secret)).rejects.toMatchObject({
      data: { AccessDeniedDetail: { AuthAction: 'kms:Decrypt' } },
    })
    expect(await read(secret, key)).toMatchObject({ SecretData: 'x' })
  })
})
