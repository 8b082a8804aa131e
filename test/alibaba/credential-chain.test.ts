import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { defaultCredentials } from '../../lib/alibaba/transport/credentials.ts'
import { sdkReason } from '../../lib/alibaba/transport/sdk-reason.ts'
import { startStub, type StubServer } from './stub-server.ts'

const SECRET = 'Tr0ub4dor3Tr0ub4dor3Tr0ub4dor3'
let home: string
let stub: StubServer | undefined

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'home-'))
  for (const name of Object.keys(process.env)) if (/^(ALIBABA|ALICLOUD)/.test(name)) vi.stubEnv(name, '')
  vi.stubEnv('HOME', home)
  vi.stubEnv('ALIBABA_CLOUD_ECS_METADATA_DISABLED', 'true')
})
afterEach(async () => {
  vi.unstubAllEnvs()
  rmSync(home, { recursive: true })
  await stub?.close()
  stub = undefined
})

function profile(text: string): void {
  mkdirSync(join(home, '.aliyun'), { recursive: true })
  writeFileSync(join(home, '.aliyun/config.json'), text)
}

const profileOf = (fields: object): void => {
  profile(
    JSON.stringify({
      current: 'default',
      profiles: [{ name: 'default', region_id: 'cn-shanghai', ...fields }],
    }),
  )
}

async function failure(): Promise<Error> {
  const error: unknown = await defaultCredentials()
    .get()
    .then(
      () => new Error('there were credentials'),
      (thrown: unknown) => thrown,
    )
  if (!(error instanceof Error)) throw new Error('no error')
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(SECRET)
  return error
}

it.each<[string, () => void, RegExp]>([
  ['one half of the pair', () => vi.stubEnv('ALIBABA_CLOUD_ACCESS_KEY_ID', 'id'), /ACCESS_KEY_SECRET/],
  [
    'an OIDC token that is not there',
    () => {
      vi.stubEnv('ALIBABA_CLOUD_ROLE_ARN', 'acs:ram::1:role/x')
      vi.stubEnv('ALIBABA_CLOUD_OIDC_PROVIDER_ARN', 'acs:ram::1:oidc-provider/x')
      vi.stubEnv('ALIBABA_CLOUD_OIDC_TOKEN_FILE', '/nonexistent/token')
    },
    /OIDC role.*ENOENT.*\/nonexistent\/token/,
  ],
  [
    'an OIDC role by halves',
    () => vi.stubEnv('ALIBABA_CLOUD_OIDC_TOKEN_FILE', '/t'),
    /ALIBABA_CLOUD_ROLE_ARN/,
  ],
  [
    'a CloudSSO login that is over',
    () =>
      profileOf({ mode: 'CloudSSO', cloud_sso_sign_in_url: 'https://signin.example.com', access_token: '' }),
    /CloudSSO/,
  ],
  [
    'a profile without a key',
    () => profileOf({ mode: 'AK', access_key_id: '', access_key_secret: SECRET }),
    /aliyun command.*access key id/,
  ],
  [
    'a profile of another kind',
    () => profileOf({ mode: 'Magic', access_key_secret: SECRET }),
    /unsupported profile mode 'Magic'/,
  ],
  [
    'a profile that is no JSON',
    () => profile(`{"access_key_secret": "${SECRET}"`),
    /parse aliyun cli config.*failed/,
  ],
  [
    'a command that fails',
    () => profileOf({ mode: 'External', process_command: `false --secret ${SECRET}` }),
    /aliyun command.*external command/,
  ],
  [
    'a credentials file without its profile',
    () => {
      mkdirSync(join(home, '.alibabacloud'))
      writeFileSync(
        join(home, '.alibabacloud/credentials'),
        `[other]\ntype = access_key\naccess_key_secret = ${SECRET}\n`,
      )
    },
    /credentials file.*default/,
  ],
])('names %s, without a secret', async (_, configure, reason) => {
  configure()
  const error = await failure()
  expect(error).toMatchObject({ code: 'badCredentials', cause: expect.any(Error) as Error })
  expect(error.message).toMatch(reason)
  expect(error.message).not.toContain('aliyun configure')
})

it('names a credentials URI with a useless answer, but not the answer', async () => {
  stub = await startStub(() => ({ body: { Code: 'Success', AccessKeyId: '', AccessKeySecret: SECRET } }))
  vi.stubEnv('ALIBABA_CLOUD_CREDENTIALS_URI', `${stub.url}/${SECRET}`)
  const error = await failure()
  expect(error.message).toMatch(/ALIBABA_CLOUD_CREDENTIALS_URI: error retrieving credentials/)
})

it('an unreachable server is retryable', async () => {
  vi.stubEnv('ALIBABA_CLOUD_CREDENTIALS_URI', 'http://127.0.0.1:9/creds')
  const error = await failure()
  expect(error).toMatchObject({ code: 'unavailable', retryable: true })
  expect(error.message).not.toContain('://')
})

it('a source that fails does not stop the search', async () => {
  vi.stubEnv('ALIBABA_CLOUD_OIDC_TOKEN_FILE', '/nonexistent/token')
  profileOf({ mode: 'AK', access_key_id: 'id', access_key_secret: 'secret' })
  await expect(defaultCredentials().get()).resolves.toEqual({ accessKeyId: 'id', accessKeySecret: 'secret' })
})

it('gives general advice if nothing is configured', async () => {
  expect((await failure()).message).toContain('aliyun configure')
})

it.each([
  [
    `get sts token failed with OIDC: {"Code":"AuthenticationFail.OIDCToken.Expired","Message":"${SECRET}"}`,
    'get sts token failed with OIDC (AuthenticationFail.OIDCToken.Expired)',
  ],
  [`failed to refresh OAuth token: ${SECRET}`, 'failed to refresh OAuth token'],
  [`get role name failed: GET http://100.100.100.200/?x=${SECRET} 404`, 'get role name failed'],
  [`refresh session token failed: ${SECRET}`, 'refresh session token failed'],
  [`open /var/run/secrets/token/${'a'.repeat(30)}`, `open /var/run/secrets/token/${'a'.repeat(30)}`],
  [`something about ${SECRET}`, 'something about …'],
  ['', 'Error'],
])('reports %j as %j', (message, told) => {
  expect(sdkReason(new Error(message))).toBe(told)
})
