import { createHash, createHmac } from 'node:crypto'
import { inspect } from 'node:util'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { RotatorError } from '../../lib/core/errors.ts'
import { createVerifier, kmsKeyset, type KmsKeysetOptions } from '../../lib/receiver/index.ts'
import { readKmsEndpoint } from '../../lib/receiver/kms-keyset.ts'
import { documentOf, HOST, serve, signed } from './support.ts'

const KEY = 'currentcurrentcurrentcurrentcurr'
const SECRET_ID = 'the-access-key-secret'
const credentials = { accessKeyId: 'id', accessKeySecret: SECRET_ID }

interface Call {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
  readonly action: unknown
  readonly parameters: Record<string, string>
}

type Answer = readonly [status: number, body: unknown]

/** A KMS that answers as it is told. The local cloud's is tried in the scenarios. */
async function kms(answer: (call: Call) => Answer): Promise<{ endpoint: string; calls: Call[] }> {
  const calls: Call[] = []
  const endpoint = await serve((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (part: string) => (body += part))
    request.on('end', () => {
      const { method, url, headers } = request
      const parameters = Object.fromEntries(new URLSearchParams(body))
      const call = { method, url, headers, body, action: headers['x-acs-action'], parameters }
      calls.push(call)
      const [status, content] = answer(call)
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(typeof content === 'string' ? content : JSON.stringify(content))
    })
  })
  return { endpoint, calls }
}

const DENIED: Answer = [
  403,
  { HttpStatus: 403, Code: 'Forbidden.NoPermission', Message: 'no', RequestId: 'r' },
]

/** A KMS that has these versions, of which ACSCurrent is on one; null keeps the list to itself. */
function secretWith(
  versions: Readonly<Record<string, unknown>>,
  current: string,
  listed: readonly string[] | null = Object.keys(versions),
) {
  return kms(({ action, parameters }) => {
    if (action === 'ListSecretVersionIds') {
      return listed === null
        ? DENIED
        : [200, { VersionIds: { VersionId: listed.map((VersionId) => ({ VersionId })) } }]
    }
    const versionId = parameters['VersionId'] ?? current
    const document = versions[versionId]
    if (document === undefined) return [404, { Code: 'Forbidden.ResourceNotFound' }]
    const CreateTime = `2026-11-24T08:00:0${Object.keys(versions).indexOf(versionId)}Z`
    const SecretData = typeof document === 'string' ? document : JSON.stringify(document)
    return [200, { SecretData, VersionId: versionId, CreateTime }]
  })
}

const oneVersion = () =>
  secretWith({ 'keyset-00000001': documentOf([['current', KEY]]) }, 'keyset-00000001', null)

function source(options: Partial<KmsKeysetOptions>) {
  return kmsKeyset({ region: 'cn-shanghai', secret: 'live/snapshot', credentials, ...options })
}

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('kmsKeyset', () => {
  it('makes one call per read of ACSCurrent, after a look for newer versions at the first', async () => {
    const { endpoint, calls } = await oneVersion()
    const keyset = source({ endpoint })
    const verify = createVerifier({ keyset, host: HOST, tolerance: 86_400 })
    const seconds = String(Math.floor(Date.now() / 1000))
    expect((await verify(signed(KEY, HOST, seconds))).verdict).toBe('accepted')
    expect((await verify(signed(KEY, HOST, seconds))).verdict).toBe('accepted')
    await keyset.reload()
    keyset.close()
    const get = { SecretName: 'live/snapshot', VersionStage: 'ACSCurrent' }
    const list = { SecretName: 'live/snapshot', IncludeDeprecated: 'true', PageSize: '100' }
    const made = calls.map(({ action, parameters }) => [action, parameters])
    expect(made.slice(0, 2)).toEqual(
      expect.arrayContaining([
        ['GetSecretValue', get],
        ['ListSecretVersionIds', list],
      ]),
    )
    expect(made.slice(2)).toEqual([['GetSecretValue', get]])
  })

  it('signs its calls, and puts nothing into the URL', async () => {
    const { endpoint, calls } = await oneVersion()
    const keyset = source({
      endpoint,
      secret: "live/a b*c'(d)+e&f=~ü",
      credentials: { ...credentials, securityToken: 'tok/en+==' },
    })
    await keyset.load()
    keyset.close()
    const nonces = new Set<unknown>()
    for (const { method, url, headers, body, parameters } of calls) {
      expect([method, url]).toEqual(['POST', '/'])
      expect(parameters['SecretName']).toBe("live/a b*c'(d)+e&f=~ü")
      nonces.add(headers['x-acs-signature-nonce'])
      const [, id, names = '', signature] =
        /^ACS3-HMAC-SHA256 Credential=(\w+),SignedHeaders=([^,]+),Signature=([0-9a-f]{64})$/.exec(
          String(headers['authorization']),
        ) ?? []
      expect(id).toBe('id')
      const mustBeSigned = Object.keys(headers).filter((name) => name.startsWith('x-acs-') || name === 'host')
      expect(names.split(';')).toEqual(expect.arrayContaining([...mustBeSigned, 'content-type']))
      expect(names.split(';')).toEqual(names.split(';').toSorted())
      const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
      const lines = names.split(';').map((name) => `${name}:${String(headers[name])}\n`)
      const canonical = `POST\n/\n\n${lines.join('')}\n${names}\n${sha256(body)}`
      expect(signature).toBe(
        createHmac('sha256', SECRET_ID)
          .update(`ACS3-HMAC-SHA256\n${sha256(canonical)}`)
          .digest('hex'),
      )
    }
    expect(nonces.size).toBe(calls.length)
  })

  it('asks for the credentials at every call', async () => {
    const { endpoint, calls } = await oneVersion()
    let asked = 0
    const keyset = source({
      endpoint,
      credentials: () => ({ ...credentials, accessKeyId: `id${++asked}`, securityToken: 'token' }),
    })
    await keyset.reload()
    await keyset.reload()
    keyset.close()
    const ids = calls.map(({ headers }) => /Credential=(\w+)/.exec(String(headers['authorization']))?.[1])
    expect(ids.toSorted()).toEqual(['id1', 'id2', 'id3'])
    expect(calls.map(({ headers }) => headers['x-acs-security-token'])).toEqual(['token', 'token', 'token'])
  })

  it('uses the credentials and the endpoint from the environment', async () => {
    const { endpoint, calls } = await oneVersion()
    vi.stubEnv('ALIBABA_CLOUD_ACCESS_KEY_ID', 'fromEnvironment')
    vi.stubEnv('ALIBABA_CLOUD_ACCESS_KEY_SECRET', SECRET_ID)
    vi.stubEnv('ROTATOR_KMS_ENDPOINT', endpoint)
    const keyset = kmsKeyset({ region: 'cn-shanghai', secret: 'live/snapshot' })
    await keyset.reload()
    keyset.close()
    expect(calls[0]?.headers['authorization']).toContain('Credential=fromEnvironment,')
  })

  it.each([
    [404, 'Forbidden.ResourceNotFound', 'notFound', false],
    [403, 'Forbidden.NoPermission', 'denied', false],
    [404, 'InvalidAccessKeyId.NotFound', 'badCredentials', false],
    [400, 'InvalidSecurityToken.Expired', 'badCredentials', false],
    [400, 'SignatureDoesNotMatch', 'badCredentials', false],
    [409, 'Rejected.ResourceInDeleteWindow', 'deletionWindow', false],
    [400, 'InvalidParameter', 'invalidRequest', false],
    [400, 'MissingParameter.SecretName', 'invalidRequest', false],
    [400, 'InvalidTimeStamp.Expired', 'unavailable', true],
    [429, 'Rejected.Throttling', 'throttled', true],
    [400, 'Throttling.User', 'throttled', true],
    [503, 'ServiceUnavailableTemporary', 'unavailable', true],
    [500, 'InternalFailure', 'unavailable', true],
  ])('translates %i %s', async (status, Code, code, retryable) => {
    const { endpoint } = await kms(() => [
      status,
      { HttpStatus: status, Code, Message: 'no', RequestId: 'r' },
    ])
    const keyset = source({ endpoint })
    await expect(keyset.reload()).rejects.toMatchObject({ code, retryable, vendorCode: Code })
    keyset.close()
  })

  it.each([
    [502, '<html>Bad Gateway</html>'],
    [502, ''],
    [200, ''],
    [200, '[]'],
    [200, { VersionId: 'keyset-00000001' }],
  ])('treats an answer that is not from KMS as an outage: %i %j', async (status, body) => {
    const { endpoint } = await kms(() => [status, body])
    const keyset = source({ endpoint })
    await expect(keyset.reload()).rejects.toMatchObject({ code: 'unavailable', retryable: true })
    keyset.close()
  })

  it('shows a code from an answer only in the vendor’s form, and nothing that it was sent', async () => {
    const token = 'aTokenOfLettersOnlyWhichHasTheFormOfACode'
    const codes = [
      'Rejected.K3yWithD1gits',
      `Rejected.${token}`,
      token,
      'two words',
      'X'.repeat(400),
      'aword',
      '<a>',
      'A\u202eB',
    ]
    for (const Code of codes) {
      const { endpoint } = await kms(() => [500, { Code }])
      const keyset = source({ endpoint, credentials: { ...credentials, securityToken: token } })
      const error: unknown = await keyset.reload().catch((thrown: unknown) => thrown)
      keyset.close()
      expect(error).toMatchObject({ code: 'unavailable', vendorCode: undefined })
      expect(inspect(error)).not.toContain(Code)
    }
  })

  it('does not read an endless answer', async () => {
    const endpoint = await serve((_, response) => {
      response.writeHead(200)
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      }
      response.on('drain', more)
      more()
    })
    const keyset = source({ endpoint })
    await expect(keyset.reload()).rejects.toMatchObject({ code: 'invalidAnswer' })
    keyset.close()
  })

  it('follows no redirect', async () => {
    const elsewhere = await oneVersion()
    const endpoint = await serve((_, response) => {
      response.writeHead(307, { location: elsewhere.endpoint }).end()
    })
    const keyset = source({ endpoint })
    await expect(keyset.reload()).rejects.toMatchObject({ code: 'unavailable' })
    keyset.close()
    expect(elsewhere.calls).toEqual([])
  })

  it('puts nothing of the request or the answer into its errors', async () => {
    const leak = documentOf([['current', KEY]])
    const answers = [
      await kms(() => [500, { Code: 'InternalFailure', Message: KEY, SecretData: JSON.stringify(leak) }]),
      await kms(() => [
        200,
        { SecretData: JSON.stringify({ ...leak, format: `of ${KEY}` }), VersionId: 'v' },
      ]),
      await kms(() => [200, { SecretData: `{${KEY}`, VersionId: 'v' }]),
      await kms(() => [400, { Code: KEY }]),
      { endpoint: 'http://127.0.0.1:1' },
    ]
    for (const { endpoint } of answers) {
      const keyset = source({ endpoint })
      const error: unknown = await keyset.reload().catch((thrown: unknown) => thrown)
      keyset.close()
      expect(error).toBeInstanceOf(RotatorError)
      const shown = inspect(error, { depth: 9, showHidden: true })
      expect(shown).not.toContain(KEY)
      expect(shown).not.toContain(SECRET_ID)
      expect(shown).not.toContain('Signature')
    }
  })

  it('says why there was no answer, and keeps the cause', async () => {
    const keyset = source({ endpoint: 'http://127.0.0.1:1' })
    const error: unknown = await keyset.reload().catch((thrown: unknown) => thrown)
    keyset.close()
    expect(error).toMatchObject({ code: 'unavailable', cause: expect.any(TypeError) as TypeError })
    expect(String(error)).toMatch(/secret live\/snapshot in cn-shanghai .*127\.0\.0\.1:1.*\(\w+\)/)
  })

  it.each([
    [{ secret: '' }, 'secret'],
    [{ region: '' }, 'region'],
    [{ region: 'cn-shanghai.example.com/' }, 'region'],
    [{ region: 'Shanghai' }, 'region'],
    [{ endpoint: 'ftp://127.0.0.1' }, 'endpoint'],
    [{ endpoint: 'https://kms.cn-shanghai.aliyuncs.com/path' }, 'endpoint'],
    [{ endpoint: 'https://user@kms.cn-shanghai.aliyuncs.com' }, 'endpoint'],
    [{ endpoint: 'http://kms.cn-shanghai.aliyuncs.com' }, 'endpoint'],
    [{ endpoint: 'http://10.0.0.1:80' }, 'endpoint'],
    [{ endpoint: 'http://127.0.0.1.example.com' }, 'endpoint'],
    [{ endpoint: '' }, 'endpoint'],
    [{ secretName: 'a' }, 'secretName'],
    [{ ttl: 60 }, 'ttl'],
    [{ onRead: 'log' }, 'onRead'],
  ])('refuses wrong options by name: %j', (options, name) => {
    expect(() => source(options as never)).toThrow(TypeError)
    expect(() => source(options as never)).toThrow(`"${name}"`)
  })

  it('names the variable of a wrong endpoint in the environment', () => {
    vi.stubEnv('ROTATOR_KMS_ENDPOINT', 'http://kms.cn-shanghai.aliyuncs.com')
    expect(() => source({})).toThrow('"ROTATOR_KMS_ENDPOINT"')
  })

  it.each([
    ['kms-vpc.cn-shanghai.aliyuncs.com', 'https://kms-vpc.cn-shanghai.aliyuncs.com'],
    ['https://kms.example.com:8443/', 'https://kms.example.com:8443'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['http://localhost:8080', 'http://localhost:8080'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
  ])('accepts the endpoint %s', (given, origin) => {
    expect(readKmsEndpoint(given).origin).toBe(origin)
  })
})

describe('the first read', () => {
  const at = (revision: number, lineage?: string) =>
    documentOf([['current', KEY]], { revision, ...(lineage && { lineage }) })
  const INVALID = { ...at(4), ttl: 2 ** 53 }

  it.each<[string, Record<string, unknown>, string, number]>([
    [
      'ACSCurrent is the newest',
      { 'keyset-00000002': at(2), 'keyset-00000003': at(3) },
      'keyset-00000003',
      3,
    ],
    [
      'ACSCurrent was moved back',
      { 'keyset-00000002': at(2), 'keyset-00000003': at(3) },
      'keyset-00000002',
      3,
    ],
    [
      'the newest is invalid',
      { 'keyset-00000002': at(2), 'keyset-00000003': at(3), 'keyset-00000004': INVALID },
      'keyset-00000002',
      3,
    ],
    [
      'its number is not its revision',
      { 'keyset-00000002': at(2), 'keyset-00000003': at(9) },
      'keyset-00000002',
      2,
    ],
    [
      'it is no keyset',
      { 'keyset-00000002': at(2), 'keyset-00000003': '{}', 'apply-7': '{}' },
      'keyset-00000002',
      2,
    ],
    [
      'it is as far ahead as may be',
      { 'keyset-00000002': at(2), 'keyset-00001002': at(1_002) },
      'keyset-00000002',
      1_002,
    ],
    ['it is out of line', { 'keyset-00000002': at(2), 'keyset-00001003': at(1_003) }, 'keyset-00000002', 2],
    [
      'it is of another lineage',
      { 'keyset-00000002': at(2), 'keyset-00000003': at(3, 'bbbbbbbbbbbb') },
      'keyset-00000002',
      3,
    ],
  ])('goes up to the highest valid version in line: %s', async (_, versions, current, revision) => {
    const { endpoint } = await secretWith(versions, current)
    const keyset = source({ endpoint })
    expect((await keyset.load()).revision).toBe(revision)
    // Never down afterwards, though ACSCurrent stays where it is.
    expect((await keyset.reload()).revision).toBe(revision)
    keyset.close()
  })

  it('uses ACSCurrent if the list is denied or does not come', async () => {
    const versions = { 'keyset-00000002': at(2), 'keyset-00000003': at(3) }
    const denied = await secretWith(versions, 'keyset-00000002', null)
    const keyset = source({ endpoint: denied.endpoint })
    expect((await keyset.load()).revision).toBe(2)
    keyset.close()
    const hanging = await serve((request, response) => {
      if (request.headers['x-acs-action'] !== 'GetSecretValue') return
      response.end(JSON.stringify({ SecretData: JSON.stringify(at(2)), VersionId: 'keyset-00000002' }))
    })
    const other = source({ endpoint: hanging })
    expect((await other.load()).revision).toBe(2)
    other.close()
  })

  it('uses nothing if ACSCurrent is invalid: callbacks are answered 503', async () => {
    const { endpoint } = await secretWith(
      { 'keyset-00000003': at(3), 'keyset-00000004': INVALID },
      'keyset-00000004',
    )
    const keyset = source({ endpoint })
    await expect(keyset.load()).rejects.toMatchObject({ code: 'keyset' })
    const verify = createVerifier({ keyset, host: HOST, tolerance: 86_400 })
    const seconds = String(Math.floor(Date.now() / 1000))
    await expect(verify(signed(KEY, HOST, seconds))).rejects.toMatchObject({ code: 'unavailable' })
    keyset.close()
  })

  it('gives way to a later document, of any lineage', async () => {
    let created = '2026-11-24T08:00:00Z'
    let document = at(5)
    const { endpoint } = await kms(({ action }) =>
      action === 'GetSecretValue'
        ? [
            200,
            {
              SecretData: JSON.stringify(document),
              VersionId: `keyset-0000000${String(document['revision'])}`,
              CreateTime: created,
            },
          ]
        : DENIED,
    )
    const keyset = source({ endpoint })
    await keyset.load()
    document = at(1, 'bbbbbbbbbbbb')
    created = '2026-11-24T07:59:59Z'
    expect((await keyset.reload()).revision).toBe(5)
    created = '2026-11-24T08:00:00Z'
    expect((await keyset.reload()).lineage).toBe('bbbbbbbbbbbb')
    keyset.close()
  })
})
