import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { credentialSource, type CredentialsOption } from '../../lib/receiver/credentials/credentials.ts'
import { ecsCredentials } from '../../lib/receiver/credentials/ecs.ts'
import { oidcCredentials } from '../../lib/receiver/credentials/oidc.ts'
import { remembered } from '../../lib/receiver/credentials/remembered.ts'
import { serve } from './support.ts'

const { signal } = new AbortController()
const REGION = 'cn-shanghai'

beforeEach(() => {
  for (const name of Object.keys(process.env)) {
    if (/^(ALIBABA_CLOUD_|HTTPS?_PROXY|NO_PROXY)/i.test(name)) vi.stubEnv(name, undefined)
  }
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.resetModules()
})

async function errorOf(promise: Promise<unknown>): Promise<Error> {
  const error: unknown = await promise.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(Error)
  return error as Error
}

describe('given credentials', () => {
  const pair = { accessKeyId: 'id', accessKeySecret: 's' }
  const temporary = { ...pair, securityToken: 't' }

  it.each<[string, CredentialsOption]>([
    ['as they are', temporary],
    ['by a function', () => temporary],
    ['by a function that has to ask', () => Promise.resolve(temporary)],
    ['in the context of Function Compute', { requestId: 'r', credentials: temporary } as CredentialsOption],
    ['in the latest context', () => ({ requestId: 'r', credentials: temporary })],
    [
      'by a client of @alicloud/credentials',
      { getCredential: () => Promise.resolve({ ...temporary, type: 'sts' }) },
    ],
  ])('are used %s', async (_, given) => {
    expect(await credentialSource(given, REGION).get(signal)).toMatchObject(temporary)
  })

  it('are requested each time', async () => {
    let asked = 0
    const source = credentialSource(() => ({ ...pair, accessKeyId: `id-${++asked}` }), REGION)
    expect((await source.get(signal)).accessKeyId).toBe('id-1')
    expect((await source.get(signal)).accessKeyId).toBe('id-2')
  })

  it.each<[string, CredentialsOption]>([
    ['accessKeySecret', { accessKeyId: 'id', accessKeySecret: '' }],
    ['accessKeyId', { accessKeyId: 'i\nd', accessKeySecret: 's' }],
    ['accessKeySecret', { accessKeyId: 'id', accessKeySecret: 'secret-with-a-break\n' }],
    ['securityToken', { ...pair, securityToken: 'token with spaces' }],
    ['securityToken', { ...pair, securityToken: 'tökén' }],
  ])('are refused if no server would accept them, naming the %s', async (name, given) => {
    const error = await errorOf(credentialSource(given, REGION).get(signal))
    expect(error).toMatchObject({ code: 'badCredentials' })
    expect(error.message).toContain(name)
    expect(inspect(error)).not.toMatch(/secret-with|token with|tökén/)
  })
})

describe('credentials that expire', () => {
  const issue = (id: number, expiresAt: number) => ({
    accessKeyId: `id${id}`,
    accessKeySecret: 's',
    expiresAt,
  })

  it('are kept until shortly before, and as long as no others can be had', async () => {
    let now = 0
    let asked = 0
    let down = false
    const source = remembered(
      () => (down ? Promise.reject(new Error('down')) : Promise.resolve(issue(++asked, now + 3_600_000))),
      () => now,
    )
    const id = async () => (await source.get(signal)).accessKeyId
    expect([await id(), await id()]).toEqual(['id1', 'id1'])
    now = 3_299_000
    expect(await id()).toBe('id1')
    now = 3_300_000
    down = true
    expect(await id()).toBe('id1')
    now = 3_600_000
    await expect(id()).rejects.toThrow('down')
    down = false
    expect(await id()).toBe('id2')
    source.forget()
    expect(await id()).toBe('id3')
  })
})

describe('the environment', () => {
  it('comes first', async () => {
    vi.stubEnv('ALIBABA_CLOUD_ACCESS_KEY_ID', 'env')
    vi.stubEnv('ALIBABA_CLOUD_ACCESS_KEY_SECRET', 'env-secret')
    vi.stubEnv('ALIBABA_CLOUD_SECURITY_TOKEN', 'env-token')
    vi.stubEnv('ALIBABA_CLOUD_OIDC_TOKEN_FILE', '/nonexistent')
    expect(await credentialSource(undefined, REGION).get(signal)).toEqual({
      accessKeyId: 'env',
      accessKeySecret: 'env-secret',
      securityToken: 'env-token',
    })
  })

  it.each([
    ['ALIBABA_CLOUD_ACCESS_KEY_ID', 'ALIBABA_CLOUD_ACCESS_KEY_SECRET'],
    ['ALIBABA_CLOUD_ACCESS_KEY_SECRET', 'ALIBABA_CLOUD_ACCESS_KEY_ID'],
  ])('is not ignored with %s alone', async (present, missing) => {
    vi.stubEnv(present, 'half-of-a-pair')
    const error = await errorOf(credentialSource(undefined, REGION).get(signal))
    expect(error).toMatchObject({ code: 'badCredentials' })
    expect(error.message).toContain(`${missing} is not`)
    expect(error.message).not.toContain('half-of-a-pair')
  })
})

const ISSUED = {
  AccessKeyId: 'STS.id',
  AccessKeySecret: 'issued-secret',
  SecurityToken: 'issued-token',
  Expiration: '2026-11-24T09:00:00Z',
}
const READ = {
  accessKeyId: 'STS.id',
  accessKeySecret: 'issued-secret',
  securityToken: 'issued-token',
  expiresAt: Date.UTC(2026, 10, 24, 9),
}

describe('OIDC (RRSA)', () => {
  const ROLE = 'acs:ram::1:role/receiver'

  function configure(file = join(mkdtempSync(join(tmpdir(), 'oidc-')), 'token')): string {
    vi.stubEnv('ALIBABA_CLOUD_ROLE_ARN', ROLE)
    vi.stubEnv('ALIBABA_CLOUD_OIDC_PROVIDER_ARN', 'acs:ram::1:oidc-provider/ack')
    vi.stubEnv('ALIBABA_CLOUD_OIDC_TOKEN_FILE', file)
    return file
  }

  async function sts(status: number, answer: unknown) {
    const calls: { query: Record<string, string>; form: Record<string, string>; authorization: unknown }[] =
      []
    const url = await serve((request, response) => {
      let body = ''
      request.on('data', (part: Buffer) => (body += part.toString()))
      request.on('end', () => {
        calls.push({
          query: Object.fromEntries(new URL(request.url ?? '', 'http://sts').searchParams),
          form: Object.fromEntries(new URLSearchParams(body)),
          authorization: request.headers.authorization,
        })
        response.writeHead(status).end(typeof answer === 'string' ? answer : JSON.stringify(answer))
      })
    })
    return { url, calls }
  }

  it('assumes the role with the token, which is only in the body', async () => {
    writeFileSync(configure(), 'the-oidc-token')
    const { url, calls } = await sts(200, { Credentials: ISSUED })
    expect(await oidcCredentials(REGION, signal, url)).toEqual(READ)
    expect(calls).toMatchObject([
      {
        query: { Action: 'AssumeRoleWithOIDC', Version: '2015-04-01', Format: 'JSON' },
        form: {
          RoleArn: ROLE,
          OIDCProviderArn: 'acs:ram::1:oidc-provider/ack',
          OIDCToken: 'the-oidc-token',
          RoleSessionName: 'live-key-rotator',
        },
        authorization: undefined,
      },
    ])
  })

  it('is skipped if it is not configured', async () => {
    vi.stubEnv('ALIBABA_CLOUD_ROLE_ARN', ROLE)
    expect(await oidcCredentials(REGION, signal)).toBeNull()
  })

  it('names what is missing', async () => {
    configure('/nonexistent/token')
    const error = await errorOf(credentialSource(undefined, REGION).get(signal))
    expect(error).toMatchObject({ code: 'badCredentials', cause: { code: 'ENOENT' } })
    expect(error.message).toMatch(/OIDC.*ALIBABA_CLOUD_OIDC_TOKEN_FILE.*\/nonexistent\/token.*ENOENT/)
    vi.stubEnv('ALIBABA_CLOUD_ROLE_ARN', undefined)
    expect((await errorOf(credentialSource(undefined, REGION).get(signal))).message).toMatch(
      /ALIBABA_CLOUD_ROLE_ARN is not set/,
    )
  })

  it.each<[number, unknown, string, boolean, RegExp]>([
    [
      400,
      { Code: 'AuthenticationFail.OIDCToken.Expired' },
      'badCredentials',
      false,
      /AuthenticationFail\.OIDCToken\.Expired/,
    ],
    [403, { Code: 'NoPermission' }, 'badCredentials', false, /role\/receiver.*NoPermission/],
    [400, { Code: 'the-oidc-token' }, 'badCredentials', false, /\(400\)/],
    [200, { Credentials: { ...ISSUED, SecurityToken: 5 } }, 'badCredentials', false, /\(200\)/],
    [500, '<html>', 'unavailable', true, /\(500\)/],
    [400, { Code: 'Throttling.User' }, 'unavailable', true, /Throttling/],
  ])('says who refused: %i %j', async (status, answer, code, retryable, words) => {
    writeFileSync(configure(), 'the-oidc-token')
    const { url } = await sts(status, answer)
    const error = await errorOf(oidcCredentials(REGION, signal, url))
    expect(error).toMatchObject({ code, retryable })
    expect(error.message).toMatch(words)
    expect(inspect(error)).not.toMatch(/the-oidc-token|issued-secret/)
  })
})

describe('the metadata service of ECS', () => {
  /** In hardened mode: nothing is answered without a token. */
  async function metadata(role: string | null) {
    const asked: string[] = []
    const url = await serve((request, response) => {
      asked.push(`${request.method ?? ''} ${request.url ?? ''}`)
      const roles = '/latest/meta-data/ram/security-credentials/'
      if (request.method === 'PUT' && request.url === '/latest/api/token') {
        const ttl = request.headers['x-aliyun-ecs-metadata-token-ttl-seconds']
        response.writeHead(ttl === '21600' ? 200 : 400).end('the-token')
      } else if (request.headers['x-aliyun-ecs-metadata-token'] !== 'the-token') {
        response.writeHead(403).end()
      } else if (request.url === roles && role !== null) {
        response.end(`${role}\n`)
      } else if (request.url === `${roles}${role ?? ''}` && role !== null) {
        response.end(JSON.stringify({ Code: 'Success', ...ISSUED }))
      } else {
        response.writeHead(404).end()
      }
    })
    return { url, asked }
  }

  it("gives the role's credentials only for a token", async () => {
    const { url, asked } = await metadata('receiver')
    expect(await ecsCredentials(signal, url)).toEqual(READ)
    expect(asked).toEqual([
      'PUT /latest/api/token',
      'GET /latest/meta-data/ram/security-credentials/',
      'GET /latest/meta-data/ram/security-credentials/receiver',
    ])
    vi.stubEnv('ALIBABA_CLOUD_ECS_METADATA', 'receiver')
    expect(await ecsCredentials(signal, url)).toEqual(READ)
    expect(asked).toHaveLength(5)
  })

  it('is not asked if it is switched off', async () => {
    const { url, asked } = await metadata('receiver')
    vi.stubEnv('ALIBABA_CLOUD_ECS_METADATA_DISABLED', 'true')
    expect(await ecsCredentials(signal, url)).toBeNull()
    expect(asked).toEqual([])
  })

  it('has none for an instance without a role, nor outside an instance', async () => {
    const { url } = await metadata(null)
    expect(await ecsCredentials(signal, url)).toBeNull()
    expect(await ecsCredentials(signal, 'http://127.0.0.1:1')).toBeNull()
  })

  it('is named if it does not offer the configured role', async () => {
    vi.stubEnv('ALIBABA_CLOUD_ECS_METADATA', 'other')
    const { url } = await metadata('receiver')
    for (const address of [url, 'http://127.0.0.1:1']) {
      const error = await errorOf(ecsCredentials(signal, address))
      expect(error).toMatchObject({ code: 'badCredentials', retryable: true })
      expect(error.message).toMatch(/metadata service.*ALIBABA_CLOUD_ECS_METADATA/)
    }
  })
})

describe('the chain of @alicloud/credentials', () => {
  /** Loads the module anew, with what is found under the package's name. */
  async function chain(load: () => Promise<unknown>) {
    const { installedChain } = await import('../../lib/receiver/credentials/installed-chain.ts')
    return installedChain(load)
  }
  const client = (getCredential: () => unknown) =>
    class {
      getCredential = getCredential
    }

  it('is used if it is installed, however often a loader has wrapped it', async () => {
    const Client = client(() =>
      Promise.resolve({ accessKeyId: 'chain', accessKeySecret: 's', securityToken: '' }),
    )
    for (const loaded of [{ default: Client }, { default: { default: Client } }, Client]) {
      vi.resetModules()
      const found = await chain(() => Promise.resolve(loaded))
      expect(await found?.()).toEqual({
        accessKeyId: 'chain',
        accessKeySecret: 's',
        securityToken: undefined,
      })
    }
  })

  it('is skipped if it is not installed', async () => {
    for (const code of ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND']) {
      vi.resetModules()
      const missing = Object.assign(new Error("Cannot find package '@alicloud/credentials'"), { code })
      expect(await chain(() => Promise.reject(missing))).toBeNull()
    }
  })

  it.each([
    Object.assign(new Error("Cannot find module 'ini'"), { code: 'MODULE_NOT_FOUND' }),
    new Error('Dynamic require of "os" is not supported'),
    new SyntaxError('Unexpected token'),
  ])('is named if it cannot be loaded, with the cause: %s', async (cause) => {
    const error = await errorOf(chain(() => Promise.reject(cause)))
    expect(error).toMatchObject({ code: 'config', cause })
    expect(error.message).toContain('@alicloud/credentials')
  })

  it('is reported in its own words, without anything that may be a secret', async () => {
    const said =
      'unable to get credentials from any of the providers in the chain: CloudSSO access token expired, run aliyun ' +
      'configure; LTAI5tQWERTYUIOPASDF, the-access-key-secret at /root/.aliyun/config.json, s3cr3tS3cr3tS3cr3t'
    const found = await chain(() =>
      Promise.resolve({ default: client(() => Promise.reject(new Error(said))) }),
    )
    const error = await errorOf(found!())
    expect(error).toMatchObject({ code: 'badCredentials', cause: expect.any(Error) as Error })
    expect(error.message).toContain('ALIBABA_CLOUD_ACCESS_KEY_ID')
    expect(error.message).toContain('CloudSSO access token expired')
    expect(error.message).toContain('/root/.aliyun/config.json')
    expect(inspect(error)).not.toMatch(/LTAI|the-access-key-secret|s3cr3t/)
  })
})
