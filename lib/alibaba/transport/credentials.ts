import type { CredentialsProvider } from '@alicloud/credentials'
import { hasCode, RotatorError } from '../../core/errors.ts'
import { parsedJson } from '../../core/json.ts'
import { credentialChain } from './credential-chain.ts'
import { parseEndpoint, type Endpoint } from './endpoint.ts'
import { translateError } from './errors.ts'
import { sdkReason } from './sdk-reason.ts'

/** An AccessKey pair, with a token if it is temporary. */
export interface Credentials {
  readonly accessKeyId: string
  readonly accessKeySecret: string
  readonly securityToken?: string
}

/** Where credentials come from. */
export interface CredentialSource {
  /** The credentials to sign with now. May do I/O. */
  get(): Promise<Credentials>
  /**
   * New credentials after the server refused `expired` as expired; the same ones if there are no others. May do I/O.
   */
  renew(expired: Credentials): Promise<Credentials>
}

/**
 * Fixed credentials, such as `context.credentials` of one function invocation.
 *
 * @throws RotatorError `badCredentials` if the pair is incomplete.
 */
export function fixedCredentials(credentials: Credentials): CredentialSource {
  const { accessKeyId, accessKeySecret, securityToken } = credentials
  if (!accessKeyId || !accessKeySecret) {
    throw new RotatorError(
      'badCredentials',
      'there are no credentials: give the function a role, or set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET',
    )
  }
  const fixed = { accessKeyId, accessKeySecret, ...(securityToken && { securityToken }) }
  return { get: () => Promise.resolve(fixed), renew: () => Promise.resolve(fixed) }
}

/**
 * The default chain of `@alicloud/credentials`: environment, OIDC role, the configuration of the `aliyun` command, the
 * credentials file, the role of an ECS instance, a credentials URI. Reads them at the first use. The error names a
 * configured place that fails.
 *
 * @example
 * ```ts
 * const alibaba = createAlibaba({ config, credentials: defaultCredentials(), clock, random })
 * ```
 */
export function defaultCredentials(): CredentialSource {
  return sourceOf(
    async () => credentialChain(await import('./sdk-credentials.ts'), process.env),
    (error) =>
      error instanceof RotatorError
        ? error
        : new RotatorError('badCredentials', `the credentials cannot be used: ${sdkReason(error)}`, {
            cause: new Error(sdkReason(error)),
          }),
  )
}

export interface AssumeRoleOptions {
  readonly roleArn: string
  readonly region: string
  /** Another STS server; for tests. */
  readonly endpoint?: string
}

/**
 * Assumes a role with the credentials of `base`, for an hour at a time, and renews it before that. Calls STS at the
 * first use.
 *
 * @throws RotatorError `config` for a plain http endpoint on another machine. Its `get` and `renew` throw
 *   `badCredentials` for a role that does not exist, `denied` for one that may not be assumed, or another error of the
 *   call; never `notFound`, which is about what the role looks for.
 *
 * @example
 * ```ts
 * const role = assumedRole(defaultCredentials(), {
 *   roleArn: 'acs:ram::1234567890123456:role/live-key-rotator', region: 'cn-shanghai',
 * })
 * const { accessKeyId } = await role.get()
 * ```
 */
export function assumedRole(base: CredentialSource, options: AssumeRoleOptions): CredentialSource {
  const { roleArn, region } = options
  const endpoint = options.endpoint === undefined ? undefined : parseEndpoint(options.endpoint)
  return sourceOf(
    async () => {
      const { RAMRoleARNCredentialsProvider } = await import('./sdk-credentials.ts')
      const builder = RAMRoleARNCredentialsProvider.builder()
        .withCredentialsProvider(providerOf(base))
        .withRoleArn(roleArn)
        .withRoleSessionName('live-key-rotator')
        .withStsRegionId(region)
        .withConnectTimeout(5_000)
        .withReadTimeout(5_000)
      if (endpoint !== undefined) builder.withStsEndpoint(endpoint.host)
      const provider = builder.build()
      if (endpoint?.protocol === 'http') speakHttp(provider, endpoint)
      return provider
    },
    (error) => roleError(error, roleArn),
  )
}

function sourceOf(
  build: () => Promise<CredentialsProvider>,
  translate: (error: unknown) => RotatorError,
): CredentialSource {
  let provider: Promise<CredentialsProvider> | null = null
  let last: Credentials | null = null
  let asking: Promise<Credentials> | null = null

  const ask = async (): Promise<Credentials> => {
    try {
      const { accessKeyId, accessKeySecret, securityToken } = await (
        await (provider ??= build())
      ).getCredentials()
      if (!accessKeyId || !accessKeySecret) throw new Error('incomplete')
      const same =
        last?.accessKeyId === accessKeyId &&
        last.accessKeySecret === accessKeySecret &&
        (last.securityToken ?? '') === (securityToken || '')
      if (!same || last === null)
        last = { accessKeyId, accessKeySecret, ...(securityToken && { securityToken }) }
      return last
    } catch (error) {
      provider = null
      throw translate(error)
    } finally {
      asking = null
    }
  }
  // Hundreds of calls may ask at once; the provider would call STS for each of them.
  const get = (): Promise<Credentials> => (asking ??= ask())

  return {
    get,
    renew: (expired) => {
      if (last === expired) provider = null
      return get()
    },
  }
}

function providerOf(source: CredentialSource): CredentialsProvider {
  return {
    getCredentials: async () => {
      const { StaticAKCredentialsProvider, StaticSTSCredentialsProvider } =
        await import('./sdk-credentials.ts')
      const { accessKeyId, accessKeySecret, securityToken } = await source.get()
      const builder =
        securityToken === undefined
          ? StaticAKCredentialsProvider.builder()
          : StaticSTSCredentialsProvider.builder().withSecurityToken(securityToken)
      return builder
        .withAccessKeyId(accessKeyId)
        .withAccessKeySecret(accessKeySecret)
        .build()
        .getCredentials()
    },
    getProviderName: () => 'static',
  }
}

function roleError(error: unknown, roleArn: string): RotatorError {
  const call = { api: 'AssumeRole', product: 'sts', subject: `role ${roleArn}` }
  const translated = translateError(stsError(error), call)
  if (!hasCode(translated, 'notFound')) return translated
  const { message, vendorCode } = translated
  return new RotatorError(
    'badCredentials',
    `${message}; check the account and the name in the group's roleArn, and that the role exists there`,
    { cause: translated, vendorCode },
  )
}

/** STS's answer, which the provider puts into the message of a plain error. */
function stsError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof RotatorError) return error
  if (error.message === 'the access key secret is invalid') return { code: 'SignatureDoesNotMatch' }
  const answer = /failed: (\{.*\})$/s.exec(error.message)?.[1]
  const data = answer === undefined ? undefined : parsedJson(answer)
  return data === undefined ? error : { data }
}

/** The provider supports https only; a test's STS on this machine has no certificate. */
function speakHttp(provider: CredentialsProvider, { host }: Endpoint): void {
  Reflect.set(
    provider,
    'doRequest',
    async (request: {
      bodyForm: Record<string, string>
      queries: Record<string, string>
      headers: Record<string, string>
    }) => {
      const response = await fetch(`http://${host}/?${new URLSearchParams(request.queries).toString()}`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams(request.bodyForm),
      })
      return {
        statusCode: response.status,
        headers: Object.fromEntries(response.headers),
        body: Buffer.from(await response.arrayBuffer()),
      }
    },
  )
}
