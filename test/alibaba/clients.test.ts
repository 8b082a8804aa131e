import { inspect } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { KmsClient } from '../../lib/alibaba/kms/kms-client.ts'
import { LiveClient } from '../../lib/alibaba/live/live-client.ts'
import { systemClock } from '../../lib/core/clock.ts'
import { Key } from '../../lib/keyset/key.ts'
import { TestClock } from '../support/clock.ts'
import { failureOf, LOCAL_PAIR } from './cloud.ts'
import { startStub, type SeenRequest, type StubAnswer, type StubServer } from './stub-server.ts'

let stub: StubServer | undefined
afterEach(async () => {
  await stub?.close()
  stub = undefined
})

type Respond = (request: SeenRequest) => StubAnswer | 'hang'

async function start(
  answer: StubAnswer | 'hang' | Respond,
): Promise<{ live: LiveClient; kms: KmsClient; seen: SeenRequest[] }> {
  stub = await startStub(typeof answer === 'function' ? answer : () => answer)
  const options = { endpoint: stub.url, region: 'cn-shanghai', credentials: LOCAL_PAIR, clock: systemClock }
  return { live: new LiveClient(options), kms: new KmsClient(options), seen: stub.seen }
}

const DOMAIN = 'live1.example.com'

describe('a request', () => {
  it('carries keys only in the body', async () => {
    const { live, kms, seen } = await start({ body: { RequestId: 'X' } })
    const key = Key.generate()
    const data = `{"key":"${key.reveal()}"}`
    await live.setSnapshotCallbackAuth(DOMAIN, key)
    await live.updateLiveSnapshotNotifyConfig(DOMAIN, 'https://hooks.example.com/live', key)
    await kms.putSecretValue('a/b', 'keyset-00000001', data)
    await kms.createSecret('a/b', {
      versionId: 'keyset-00000001',
      secretData: data,
      encryptionKeyId: 'key-1',
      dkmsInstanceId: 'kst-1',
    })
    expect(seen.map(({ action }) => action)).toEqual([
      'SetSnapshotCallbackAuth',
      'UpdateLiveSnapshotNotifyConfig',
      'PutSecretValue',
      'CreateSecret',
    ])
    for (const { url, headers, form } of seen) {
      expect(decodeURIComponent(url)).not.toContain(key.reveal())
      expect(JSON.stringify(headers)).not.toContain(key.reveal())
      expect([...form.values()].join()).toContain(key.reveal())
    }
    expect(Object.fromEntries(seen[0]?.form ?? [])).toEqual({
      DomainName: DOMAIN,
      CallbackReqAuth: 'yes',
      CallbackAuthKey: key.reveal(),
    })
    expect(Object.fromEntries(seen[1]?.form ?? [])).toMatchObject({
      NotifyUrl: 'https://hooks.example.com/live',
      NotifyReqAuth: 'yes',
    })
    expect(Object.fromEntries(seen[3]?.form ?? [])).toMatchObject({
      SecretDataType: 'text',
      EncryptionKeyId: 'key-1',
      DKMSInstanceId: 'kst-1',
    })
  })

  it('reuses its connection for the next request', async () => {
    const { live, kms, seen } = await start(({ action }) => ({
      body: action === 'GetSecretValue' ? { VersionId: 'v', SecretData: 's' } : {},
    }))
    for (let i = 0; i < 3; i++) await live.querySnapshotCallbackAuth(DOMAIN)
    for (let i = 0; i < 3; i++) await kms.getSecretValue('a')
    expect(new Set(seen.map(({ connection }) => connection)).size).toBeLessThanOrEqual(2)
  })

  it('cuts a stream once, by its ingest domain', async () => {
    const { live, seen } = await start({ body: {} })
    await live.forbidLiveStream('push1.example.com', 'app', 'stream')
    expect(Object.fromEntries(seen[0]?.form ?? [])).toEqual({
      DomainName: 'push1.example.com',
      AppName: 'app',
      StreamName: 'stream',
      LiveStreamType: 'publisher',
      Oneshot: 'yes',
    })
  })
})

describe('an answer', () => {
  const version = { VersionId: 'keyset-00000001', VersionStages: { VersionStage: ['ACSCurrent'] } }
  const stream = { PublishDomain: 'p', AppName: 'a', StreamName: 's', PublishTime: '2026-11-24T08:00:00Z' }

  it('is read field by field', async () => {
    const { live, kms } = await start(({ action }) => ({
      body: {
        QuerySnapshotCallbackAuth: {
          DomainName: DOMAIN.toUpperCase(),
          CallbackReqAuth: 'no',
          CallbackAuthKey: 'yourkey',
        },
        DescribeLiveStreamsOnlineList: { TotalNum: 1, OnlineInfo: { LiveStreamOnlineInfo: [stream] } },
        ListSecretVersionIds: { TotalCount: 2, VersionIds: { VersionId: [version, { VersionId: 'other' }] } },
      }[action],
    }))
    await expect(live.querySnapshotCallbackAuth(DOMAIN)).resolves.toEqual({
      enabled: false,
      key: Key.of('yourkey'),
    })
    await expect(live.describeLiveStreamsOnlineList(DOMAIN, 1, 3000)).resolves.toEqual({
      total: 1,
      items: [{ publishDomain: 'p', appName: 'a', streamName: 's', publishTime: Date.UTC(2026, 10, 24, 8) }],
    })
    await expect(kms.listSecretVersionIds('s', 1, 20)).resolves.toEqual({
      total: 2,
      items: [
        { versionId: 'keyset-00000001', stages: ['ACSCurrent'] },
        { versionId: 'other', stages: [] },
      ],
    })
  })

  it.each<[string, unknown, string]>([
    ['query', { CallbackReqAuth: 'maybe' }, 'CallbackReqAuth'],
    ['query', { CallbackReqAuth: 1 }, 'CallbackReqAuth'],
    ['query', { CallbackReqAuth: 'yes' }, 'CallbackAuthKey'],
    ['query', { CallbackReqAuth: 'no', CallbackAuthKey: 7 }, 'CallbackAuthKey'],
    ['query', { CallbackReqAuth: 'yes', CallbackAuthKey: 'x'.repeat(257) }, 'CallbackAuthKey'],
    ['query', { DomainName: 'other.example.com', CallbackReqAuth: 'no' }, 'DomainName'],
    ['query', 'text', 'the answer'],
    ['query', ['list'], 'the answer'],
    ['domains', {}, 'Domains'],
    ['domains', { TotalCount: 1, Domains: {} }, 'Domains.PageData'],
    ['domains', { TotalCount: 1, Domains: { PageData: [{}] } }, 'Domains.PageData[0].DomainName'],
    ['domains', { TotalCount: '1', Domains: { PageData: [] } }, 'TotalCount'],
    ['domains', { TotalCount: 1.5, Domains: { PageData: [] } }, 'TotalCount'],
    [
      'streams',
      { TotalNum: 1, OnlineInfo: { LiveStreamOnlineInfo: [{ ...stream, PublishTime: 'yesterday' }] } },
      'OnlineInfo.LiveStreamOnlineInfo[0].PublishTime',
    ],
    [
      'streams',
      { TotalNum: 1, OnlineInfo: { LiveStreamOnlineInfo: [{ ...stream, PublishDomain: '' }] } },
      'OnlineInfo.LiveStreamOnlineInfo[0].PublishDomain',
    ],
    ['streams', { TotalNum: -1, OnlineInfo: { LiveStreamOnlineInfo: [] } }, 'TotalNum'],
    ['versions', { TotalCount: 1, VersionIds: [] }, 'VersionIds'],
    ['versions', { TotalCount: 1, VersionIds: { VersionId: [null] } }, 'VersionIds.VersionId[0]'],
    [
      'versions',
      { TotalCount: 1, VersionIds: { VersionId: [{ ...version, VersionStages: { VersionStage: [1] } }] } },
      'VersionIds.VersionId[0].VersionStages.VersionStage',
    ],
    ['value', { SecretData: 'x' }, 'VersionId'],
    ['value', { VersionId: 'other', SecretData: 'x' }, 'VersionId'],
    ['value', { VersionId: 'v1', SecretData: 7 }, 'SecretData'],
    ['value', { VersionId: 'v1', SecretData: 'x', SecretDataType: 'binary' }, 'SecretDataType'],
    ['notify', { NotifyUrl: 7 }, 'NotifyUrl'],
    ['notify', { NotifyUrl: 'u', NotifyReqAuth: 'on' }, 'NotifyReqAuth'],
  ])('of %s with a malformed field: the error names the field', async (call, body, field) => {
    const { live, kms } = await start({ body })
    const calls: Record<string, () => Promise<unknown>> = {
      query: () => live.querySnapshotCallbackAuth(DOMAIN),
      domains: () => live.describeLiveUserDomains('.example.com', 1, 50),
      streams: () => live.describeLiveStreamsOnlineList(DOMAIN, 1, 3000),
      versions: () => kms.listSecretVersionIds('s', 1, 20),
      value: () => kms.getSecretValue('s', 'v1'),
      notify: () => live.describeLiveSnapshotNotifyConfig(DOMAIN),
    }
    const error = await failureOf(calls[call]?.() ?? Promise.resolve())
    expect(error).toMatchObject({ code: 'invalidAnswer' })
    expect(String(error)).toContain(` ${field} `)
  })

  it.each<[string, StubAnswer]>([
    [
      'an HTML page',
      { status: 502, headers: { 'content-type': 'text/html' }, body: '<html>Bad Gateway</html>' },
    ],
    ['an HTML page with 200', { headers: { 'content-type': 'text/html' }, body: '<html>log in</html>' }],
    ['nothing', { body: '' }],
    ['JSON that is null', { status: 500, body: 'null' }],
    ['broken JSON', { body: '{"RequestId":' }],
  ])('that is %s is retryable', async (_, answer) => {
    const { live, kms } = await start(answer)
    for (const call of [live.querySnapshotCallbackAuth(DOMAIN), kms.getSecretValue('s')]) {
      const error = await failureOf(call)
      expect(error).toMatchObject({ code: 'invalidAnswer', retryable: true })
      expect(inspect(error)).not.toContain('html')
    }
  })

  it('says how long the server asks to wait', async () => {
    const { live } = await start({
      status: 400,
      headers: { 'content-type': 'application/json', 'x-acs-retry-after': '2000' },
      body: {
        Code: 'Throttling.User',
        Message: 'Request was denied due to user flow control.',
        RequestId: 'R',
      },
    })
    const error = await failureOf(live.setSnapshotCallbackAuth(DOMAIN, Key.generate()))
    expect(error).toMatchObject({ code: 'throttled', retryAfterMs: 2_000 })
  })

  it('may be XML if the gateway sends it', async () => {
    const { live } = await start({
      status: 403,
      headers: { 'content-type': 'text/xml;charset=utf-8' },
      body: '<?xml version="1.0"?><Error><Code>NoPermission</Code><Message>no</Message><RequestId>R</RequestId></Error>',
    })
    const error = await failureOf(live.querySnapshotCallbackAuth(DOMAIN))
    expect(error).toMatchObject({ code: 'denied', vendorCode: 'NoPermission' })
  })
})

it('waits at most ten seconds for an answer', async () => {
  stub = await startStub(() => 'hang')
  const clock = new TestClock()
  const options = { endpoint: stub.url, region: 'cn-shanghai', credentials: LOCAL_PAIR, clock }
  for (const call of [
    () => new LiveClient(options).setSnapshotCallbackAuth(DOMAIN, Key.generate()),
    () => new KmsClient(options).getSecretValue('s'),
  ]) {
    const before = clock.tick()
    const error = await clock.run(failureOf(call()))
    expect(error).toMatchObject({ code: 'timeout', retryable: true })
    expect(clock.tick() - before).toBe(10_000)
  }
  expect(clock.sleeping).toBe(0)
})

it('never echoes what it must hide', async () => {
  const key = Key.generate()
  const data = `{"keys":"${key.reveal()}"}`
  const { live, kms } = await start(({ action }) => ({
    status: 400,
    body: {
      Code: `Malformed${key.reveal()}`,
      Message: action === 'PutSecretValue' ? `bad value ${data}` : `bad value ${key.reveal()}`,
      RequestId: key.reveal(),
    },
  }))
  for (const call of [live.setSnapshotCallbackAuth(DOMAIN, key), kms.putSecretValue('s', 'v1', data)]) {
    const error = await failureOf(call)
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(key.reveal())
  }
})

it.each([
  'http://live.aliyuncs.com',
  'https://live.aliyuncs.com/path',
  'ftp://127.0.0.1',
  'live.aliyuncs.com',
  '',
])('refuses the endpoint %j', (endpoint) => {
  const options = { endpoint, region: 'cn-shanghai', credentials: LOCAL_PAIR, clock: systemClock }
  expect(() => new LiveClient(options)).toThrow(expect.objectContaining({ code: 'config' }))
  expect(() => new KmsClient(options)).toThrow(expect.objectContaining({ code: 'config' }))
})
