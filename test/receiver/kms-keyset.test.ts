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
  readonly parameters: Record<string, string>
}

/** A KMS that gives one answer. The local cloud's is tried in the scenarios. */
async function kms(status: number, body: unknown): Promise<{ endpoint: string; calls: Call[] }> {
  const calls: Call[] = []
  const endpoint = await serve((request, response) => {
    const { searchParams } = new URL(request.url ?? '/', 'http://kms')
    calls.push({ method: request.method, parameters: Object.fromEntries(searchParams) })
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  return { endpoint, calls }
}

function secretOf(document: unknown): Record<string, string> {
  return { SecretData: JSON.stringify(document), SecretName: 'live/snapshot', VersionId: 'keyset-00000001' }
}

function source(options: Partial<KmsKeysetOptions>) {
  return kmsKeyset({ region: 'cn-shanghai', secret: 'live/snapshot', credentials, ...options })
}

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('kmsKeyset', () => {
  it('reads ACSCurrent with one call', async () => {
    const { endpoint, calls } = await kms(200, secretOf(documentOf([['current', KEY]])))
    const keyset = source({ endpoint })
    const verify = createVerifier({ keyset, host: HOST, tolerance: 86_400 })
    const seconds = String(Math.floor(Date.now() / 1000))
    expect((await verify(signed(KEY, HOST, seconds))).verdict).toBe('accepted')
    expect((await verify(signed(KEY, HOST, seconds))).verdict).toBe('accepted')
    keyset.close()
    expect(calls).toHaveLength(1)
    expect(calls[0]?.parameters).toMatchObject({
      Action: 'GetSecretValue',
      SecretName: 'live/snapshot',
      VersionStage: 'ACSCurrent',
      AccessKeyId: 'id',
    })
  })

  it('asks for the credentials at every read', async () => {
    const { endpoint, calls } = await kms(200, secretOf(documentOf([['current', KEY]])))
    let asked = 0
    const keyset = source({
      endpoint,
      credentials: () => ({ ...credentials, accessKeyId: `id-${++asked}`, securityToken: 'token' }),
    })
    await keyset.reload()
    await keyset.reload()
    keyset.close()
    expect(calls.map(({ parameters }) => [parameters['AccessKeyId'], parameters['SecurityToken']])).toEqual([
      ['id-1', 'token'],
      ['id-2', 'token'],
    ])
  })

  it('takes the credentials of the environment', async () => {
    vi.stubEnv('ALIBABA_CLOUD_ACCESS_KEY_ID', 'from-environment')
    vi.stubEnv('ALIBABA_CLOUD_ACCESS_KEY_SECRET', SECRET_ID)
    const { endpoint, calls } = await kms(200, secretOf(documentOf([['current', KEY]])))
    const keyset = kmsKeyset({ region: 'cn-shanghai', secret: 'live/snapshot', endpoint })
    await keyset.reload()
    keyset.close()
    expect(calls[0]?.parameters['AccessKeyId']).toBe('from-environment')
  })

  it.each([
    [404, 'Forbidden.ResourceNotFound', 'notFound', false],
    [403, 'Forbidden.NoPermission', 'denied', false],
    [404, 'InvalidAccessKeyId.NotFound', 'badCredentials', false],
    [400, 'InvalidSecurityToken.Expired', 'badCredentials', false],
    [429, 'Rejected.Throttling', 'throttled', true],
    [503, 'ServiceUnavailableTemporary', 'unavailable', true],
    [500, 'InternalFailure', 'unavailable', true],
  ])('translates %i %s', async (status, Code, code, retryable) => {
    const { endpoint } = await kms(status, { HttpStatus: status, Code, Message: 'no', RequestId: 'r' })
    const keyset = source({ endpoint })
    await expect(keyset.reload()).rejects.toMatchObject({ code, retryable, vendorCode: Code })
    keyset.close()
  })

  it.each(['<html>Bad Gateway</html>', ''])(
    'takes an answer that is not JSON for an outage: %s',
    async (body) => {
      const { endpoint } = await kms(502, body)
      const keyset = source({ endpoint })
      await expect(keyset.reload()).rejects.toMatchObject({ code: 'unavailable', retryable: true })
      keyset.close()
    },
  )

  it('lets nothing of the request or the answer into its errors', async () => {
    const leak = documentOf([['current', KEY]])
    const answers = [
      await kms(500, { Code: 'InternalFailure', Message: KEY, SecretData: JSON.stringify(leak) }),
      await kms(200, secretOf({ ...leak, format: `of ${KEY}` })),
      await kms(200, { SecretData: `{${KEY}` }),
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

  it.each([
    { secret: '' },
    { region: '' },
    { endpoint: 'ftp://127.0.0.1' },
    { endpoint: 'https://kms.cn-shanghai.aliyuncs.com/path' },
    { endpoint: 'https://user@kms.cn-shanghai.aliyuncs.com' },
    { endpoint: 'http://kms.cn-shanghai.aliyuncs.com' },
    { endpoint: 'http://10.0.0.1:80' },
    { endpoint: 'http://127.0.0.1.example.com' },
    { endpoint: '' },
  ])('refuses wrong options: %j', (options) => {
    expect(() => source(options)).toThrow(TypeError)
  })

  it.each([
    ['kms-vpc.cn-shanghai.aliyuncs.com', 'https', 'kms-vpc.cn-shanghai.aliyuncs.com'],
    ['https://kms.example.com:8443/', 'https', 'kms.example.com:8443'],
    ['http://127.0.0.1:8080', 'http', '127.0.0.1:8080'],
    ['http://localhost:8080', 'http', 'localhost:8080'],
    ['http://[::1]:8080', 'http', '[::1]:8080'],
  ])('takes the endpoint %s', (given, protocol, endpoint) => {
    expect(readKmsEndpoint(given)).toEqual({ protocol, endpoint })
  })
})
