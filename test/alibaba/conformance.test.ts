import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kmsInstances } from '../../lib/alibaba/kms/instances.ts'
import { KmsClient } from '../../lib/alibaba/kms/kms-client.ts'
import { callbackUrls } from '../../lib/alibaba/live/callback-urls.ts'
import { LiveClient } from '../../lib/alibaba/live/live-client.ts'
import { officialTransport } from '../../lib/alibaba/live/official-transport.ts'
import { plainRead } from '../../lib/alibaba/transport/plain-call.ts'
import { systemClock } from '../../lib/core/clock.ts'
import { startEmulator, type Emulator } from '../../lib/emulator/emulator.ts'
import { DOCUMENTED_KMS_LIMITS } from '../../lib/emulator/kms/limits.ts'
import { kmsProduct } from '../../lib/emulator/kms/product.ts'
import { DOCUMENTED_LIVE_LIMITS } from '../../lib/emulator/live/limits.ts'
import { liveProduct } from '../../lib/emulator/live/product.ts'
import { LOCAL_ACCOUNT_ID } from '../../lib/emulator/local-account.ts'
import { Params } from '../../lib/emulator/wire/params.ts'
import type { WireRequest } from '../../lib/emulator/wire/wire.ts'
import { Key } from '../../lib/keyset/key.ts'
import { kmsKeyset } from '../../lib/receiver/kms-keyset.ts'
import { API_FACTS, parametersOf } from './api-facts.ts'
import { LOCAL_PAIR } from './cloud.ts'
import { officialLiveSdk } from './official-live-sdk.ts'

/** Parameters of the RPC protocol itself, and of its signature of version 1. */
const COMMON =
  /^(Action|Version|Format|AccessKeyId|SecurityToken|Signature(Method|Version|Nonce)?|Timestamp|RegionId)$/
const SECRET_PARAMETERS = ['CallbackAuthKey', 'NotifyAuthKey', 'SecretData']
const VERSIONS = { live: '2016-11-01', kms: '2016-01-20' }
const DOMAIN = 'live1.example.com'
const GIVEN_UP = 'live1.example.org'
const SECRET = 'live/keyset'
const SECRET_GIVEN_UP = 'live/given-up'
const KEY = Key.generate()

interface Sent {
  readonly api: string
  readonly version: string
  readonly method: string
  readonly query: ReadonlyMap<string, string>
  readonly body: ReadonlyMap<string, string>
}

let emulator: Emulator
const sent: Sent[] = []
/** What the adapters made of the answers. */
const understood: Record<string, unknown> = {}
const official: Record<string, unknown> = {}

function record({ method, headers, query, form }: WireRequest): null {
  const named = (header: string, parameter: string): string =>
    String(headers[header] ?? new Map([...query, ...form]).get(parameter) ?? '')
  const own = (pairs: WireRequest['query']) => new Map(pairs.filter(([name]) => !COMMON.test(name)))
  const api = named('x-acs-action', 'Action')
  sent.push({ api, version: named('x-acs-version', 'Version'), method, query: own(query), body: own(form) })
  return null
}

beforeAll(async () => {
  emulator = await startEmulator({
    streams: 1,
    kmsInstances: ['kst-1'],
    callbackUrl: 'https://hooks.example.com/live',
    sendCallbacks: false,
    apis: [{ name: 'recorder', route: record }],
  })
  const { url: endpoint } = emulator
  const options = { endpoint, region: 'cn-shanghai', credentials: LOCAL_PAIR, clock: systemClock }
  const live = new LiveClient(options)
  const kms = new KmsClient(options)
  const first = { versionId: 'v1', secretData: '{}', encryptionKeyId: 'key-1', dkmsInstanceId: 'kst-1' }
  await kms.createSecret(SECRET_GIVEN_UP, { ...first, secretData: '{}' })
  emulator.world.setNotify(emulator.world.domain(DOMAIN), {
    url: 'https://hooks.example.com/notify',
    enabled: true,
    key: KEY,
  })
  emulator.world.addDomain({ name: GIVEN_UP })
  // As `doctor --try` measures, on a domain and a secret that are given up to it.
  const plain = (action: string, params: Record<string, string> = {}) =>
    plainRead(
      {
        product: 'live',
        endpoint,
        action,
        params: { DomainName: GIVEN_UP, ...params },
        credentials: LOCAL_PAIR,
      },
      GIVEN_UP,
    )
  const plainSecret = (action: string, params: Record<string, string> = {}) =>
    plainRead(
      {
        product: 'kms',
        endpoint,
        action,
        params: { SecretName: SECRET_GIVEN_UP, ...params },
        credentials: LOCAL_PAIR,
      },
      SECRET_GIVEN_UP,
    )
  const calls: Record<string, () => Promise<unknown>> = {
    SetSnapshotCallbackAuth: () => live.setSnapshotCallbackAuth(DOMAIN, KEY),
    QuerySnapshotCallbackAuth: () => live.querySnapshotCallbackAuth(DOMAIN),
    DescribeLiveSnapshotNotifyConfig: () => live.describeLiveSnapshotNotifyConfig(DOMAIN),
    UpdateLiveSnapshotNotifyConfig: () =>
      live.updateLiveSnapshotNotifyConfig(DOMAIN, 'https://hooks.example.com/notify', KEY),
    DeleteSnapshotCallbackAuth: () => plain('DeleteSnapshotCallbackAuth'),
    DeleteLiveSnapshotNotifyConfig: () => plain('DeleteLiveSnapshotNotifyConfig'),
    AddLiveSnapshotNotifyConfig: () =>
      plain('AddLiveSnapshotNotifyConfig', {
        NotifyUrl: 'https://receiver.invalid/try',
        NotifyReqAuth: 'yes',
        NotifyAuthKey: KEY.reveal(),
      }),
    DescribeLiveSnapshotConfig: () => callbackUrls(DOMAIN, endpoint, LOCAL_PAIR),
    DescribeLiveUserDomains: () => live.describeLiveUserDomains('.example.com', 1, 50),
    DescribeLiveStreamsOnlineList: () => live.describeLiveStreamsOnlineList(DOMAIN, 1, 100),
    ForbidLiveStream: () => live.forbidLiveStream('push1.example.com', 'live', 'stream1'),
    CreateSecret: () => kms.createSecret(SECRET, first),
    PutSecretValue: () => kms.putSecretValue(SECRET, 'v2', '{"two":2}'),
    GetSecretValue: () => kms.getSecretValue(SECRET, 'v2'),
    ListSecretVersionIds: () => kms.listSecretVersionIds(SECRET, 1, 20),
    UpdateSecretVersionStage: () => kms.updateSecretVersionStage(SECRET, 'ACSCurrent', 'v2', 'v1'),
    DescribeSecret: () => plainSecret('DescribeSecret'),
    DeleteSecret: () => plainSecret('DeleteSecret', { ForceDeleteWithoutRecovery: 'true' }),
    ListKmsInstances: () => kmsInstances(endpoint, LOCAL_PAIR),
  }
  for (const [api, call] of Object.entries(calls)) understood[api] = await call()
  await driveOfficial(new LiveClient({ ...options, open: officialTransport(officialLiveSdk) }))
  // The receiver reads with a client of its own; what it finds is no keyset.
  const receiver = kmsKeyset({ secret: SECRET, region: 'cn-shanghai', endpoint, credentials: LOCAL_PAIR })
  await receiver.load().catch(() => undefined)
})
afterAll(() => emulator.close())

/** The same calls over the Client and the Request classes of the vendor's typed package. */
async function driveOfficial(live: LiveClient): Promise<void> {
  await live.setSnapshotCallbackAuth(DOMAIN, KEY)
  await live.updateLiveSnapshotNotifyConfig(DOMAIN, 'https://hooks.example.com/notify', KEY)
  // The stream was cut meanwhile: pushed again, it is listed with another time.
  const stream = emulator.world.streams.get(`${DOMAIN}/live/stream1`)
  if (stream !== undefined) emulator.world.streams.push(stream, emulator.world.now())
  official['QuerySnapshotCallbackAuth'] = await live.querySnapshotCallbackAuth(DOMAIN)
  official['DescribeLiveSnapshotNotifyConfig'] = await live.describeLiveSnapshotNotifyConfig(DOMAIN)
  official['DescribeLiveUserDomains'] = await live.describeLiveUserDomains('.example.com', 1, 50)
  official['DescribeLiveStreamsOnlineList'] = await live.describeLiveStreamsOnlineList(DOMAIN, 1, 100)
  await live.forbidLiveStream('push1.example.com', 'live', 'stream1')
}

const APIS = Object.entries(API_FACTS)

it('every operation of Live and KMS in the code is in the table and is called here', () => {
  const code = readdirSync('lib', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.startsWith('emulator'))
    .map((file) => readFileSync(join('lib', file), 'utf8'))
    .join('\n')
  const { live, kms } = products()
  const known = Object.keys({ ...live.operations, ...kms.operations })
  const named = known.filter((api) => new RegExp(`['"]${api}['"]`).test(code))
  expect(named.sort()).toEqual(Object.keys(API_FACTS).sort())
  expect([...new Set(sent.map(({ api }) => api))].sort()).toEqual(Object.keys(API_FACTS).sort())
})

describe.each(APIS)('%s, as the adapter sends it', (api, fact) => {
  const calls = () => sent.filter((call) => call.api === api)

  it('has the right version, parameters and types', () => {
    for (const { version, method, query, body } of calls()) {
      expect([version, method]).toEqual([VERSIONS[fact.product], 'POST'])
      const given = new Map([...query, ...body])
      for (const { name, required, type } of parametersOf(fact)) {
        const value = given.get(name)
        if (required) expect([name, value]).toEqual([name, expect.stringMatching(/./)])
        if (value !== undefined && type === 'whole number') expect(value).toMatch(/^[1-9]\d*$/)
        given.delete(name)
      }
      expect([...given.keys()], 'parameters that the vendor does not know').toEqual([])
    }
  })

  it('carries its secrets in the body', () => {
    for (const { query, body } of calls()) {
      for (const name of SECRET_PARAMETERS) expect(query.has(name)).toBe(false)
      for (const { name } of parametersOf(fact))
        if (SECRET_PARAMETERS.includes(name)) expect(body.has(name)).toBe(true)
    }
  })
})

function products() {
  return {
    live: liveProduct(emulator.world, DOCUMENTED_LIVE_LIMITS),
    kms: kmsProduct(emulator.world, DOCUMENTED_KMS_LIMITS, ['kst-1']),
  }
}

/** Runs an operation of the emulator by itself, and tells which parameters it looks for. */
function run(api: string, given: ReadonlyMap<string, string>): { answer: unknown; looksFor: Set<string> } {
  const fact = API_FACTS[api]
  const product = products()[fact?.product ?? 'live']
  const operation = product.operations[api]
  const caller = emulator.credentials.find(LOCAL_PAIR.accessKeyId)
  if (operation === undefined || caller === undefined) throw new Error(`the local cloud does not know ${api}`)
  const looksFor = new Set<string>()
  class Watched extends Map<string, string> {
    override get(name: string): string | undefined {
      looksFor.add(name)
      return given.get(name)
    }
  }
  const answer: unknown = operation.run(new Params(new Watched(), product.paramErrors), {
    caller,
    region: 'cn-shanghai',
  })
  expect(caller.accountId).toBe(LOCAL_ACCOUNT_ID)
  return { answer, looksFor }
}

/** A state of the world in which each call succeeds again. */
function prepared(api: string): ReadonlyMap<string, string> {
  const call = sent.find((candidate) => candidate.api === api)
  const given = new Map([...(call?.query ?? []), ...(call?.body ?? [])])
  if (api === 'AddLiveSnapshotNotifyConfig') emulator.world.setNotify(emulator.world.domain(GIVEN_UP), null)
  if (api === 'DescribeSecret' || api === 'DeleteSecret') {
    // The one that was given up is gone.
    const another = prepared('CreateSecret')
    run('CreateSecret', another)
    given.set('SecretName', another.get('SecretName') ?? '')
  }
  if (api === 'CreateSecret') given.set('SecretName', `live/other-${Math.random()}`)
  if (api === 'UpdateSecretVersionStage') given.delete('RemoveFromVersion')
  return given
}

describe.each(APIS)('%s, as the local cloud reads it', (api, fact) => {
  it('reads only documented parameters, and every one that the adapter sends', () => {
    const { looksFor } = run(api, prepared(api))
    const known = parametersOf(fact).map(({ name }) => name)
    expect(
      [...looksFor].filter((name) => !known.includes(name)),
      'invented parameters',
    ).toEqual([])
    const given = sent
      .filter((call) => call.api === api)
      .flatMap(({ query, body }) => [...query.keys(), ...body.keys()])
    for (const name of given) expect([...looksFor]).toContain(name)
  })

  it.each(parametersOf(fact).filter(({ required }) => required))(
    'refuses to go without $name',
    ({ name }) => {
      const without = new Map(prepared(api))
      without.delete(name)
      expect(() => run(api, without)).toThrow(
        expect.objectContaining({ status: 400, message: expect.stringContaining(name) as string }),
      )
    },
  )

  it('answers only with documented fields', () => {
    const paths = pathsOf(run(api, prepared(api)).answer)
    expect(paths.filter((path) => !fact.answer.includes(path))).toEqual([])
  })
})

function pathsOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => pathsOf(item, `${path}[]`))
  if (typeof value !== 'object' || value === null) return [path]
  return Object.entries(value).flatMap(([name, inner]) =>
    pathsOf(inner, path === '' ? name : `${path}.${name}`),
  )
}

it('the adapters find every field that they need', () => {
  const { key } = emulator.world.domain(DOMAIN).auth ?? {}
  expect(key?.kid).toBe(KEY.kid)
  const configured = { enabled: true, key: expect.objectContaining({ kid: KEY.kid }) as Key }
  const live = {
    QuerySnapshotCallbackAuth: configured,
    DescribeLiveSnapshotNotifyConfig: { notifyUrl: 'https://hooks.example.com/notify', ...configured },
    DescribeLiveUserDomains: {
      total: 1,
      items: [{ domainName: DOMAIN, status: 'online', type: 'liveVideo' }],
    },
    DescribeLiveStreamsOnlineList: {
      total: 1,
      items: [
        {
          publishDomain: 'push1.example.com',
          appName: 'live',
          streamName: 'stream1',
          publishTime: expect.any(Number) as number,
        },
      ],
    },
  }
  expect(official).toMatchObject(live)
  expect(understood).toMatchObject({
    ...live,
    DescribeLiveSnapshotConfig: ['https://hooks.example.com/live'],
    GetSecretValue: { versionId: 'v2', secretData: '{"two":2}', createdAt: expect.any(Number) as number },
    ListSecretVersionIds: {
      total: 2,
      items: [
        { versionId: 'v1', stages: ['ACSPrevious'] },
        { versionId: 'v2', stages: ['ACSCurrent'] },
      ],
    },
    ListKmsInstances: ['kst-1'],
  })
})
