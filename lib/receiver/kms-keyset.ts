import { RotatorError, type ErrorCode } from '../core/errors.ts'
import type { CacheOptions } from './cache-options.ts'
import { cachedKeyset } from './keyset-cache.ts'
import type { KeysetSource } from './keyset-source.ts'
import { allExports, defaultExport, kmsCredentials, type CredentialsOption } from './kms-credentials.ts'
import { isSafeForKeys } from '../core/safe-address.ts'

export interface KmsKeysetOptions extends CacheOptions {
  /** The name of the group's secret, or its ARN. */
  readonly secret: string
  /** The region of the secret, e.g. `cn-shanghai`. */
  readonly region: string
  /**
   * Another endpoint than the region's public one: a host such as `kms-vpc.cn-shanghai.aliyuncs.com`, or an address
   * such as `http://127.0.0.1:8080`. Plain `http:` goes to this machine only: what is read are keys.
   */
  readonly endpoint?: string
  /** Default: the default chain of `@alicloud/credentials` when it is installed, else `ALIBABA_CLOUD_ACCESS_KEY_ID` … */
  readonly credentials?: CredentialsOption
}

/**
 * The keyset of a group, read from its KMS secret with one `GetSecretValue` of ACSCurrent a read; when it reads is
 * told at {@link cachedKeyset}. Needs the package `@alicloud/kms20160120`, which is loaded at the first read, and the
 * permission `kms:GetSecretValue` on the secret (and `kms:Decrypt` on a key of your own that protects it).
 *
 * @throws TypeError for a wrong option.
 *
 * @example
 * ```ts
 * const keyset = kmsKeyset({ region: 'cn-shanghai', secret: 'live/snapshot-callback/default' })
 * await keyset.load() // optional: fail at the start rather than at the first callback
 * ```
 */
export function kmsKeyset(options: KmsKeysetOptions): KeysetSource {
  const { secret, region, credentials, timeout = 3_000 } = options
  for (const [name, value] of Object.entries({ secret, region })) {
    if (typeof value !== 'string' || value === '')
      throw new TypeError(`"${name}" must be a text that is not empty`)
  }
  const endpoint = options.endpoint === undefined ? {} : readKmsEndpoint(options.endpoint)

  async function read(): Promise<string> {
    const { Client, GetSecretValueRequest } = await loadSdk()
    const { accessKeyId, accessKeySecret, securityToken } = await kmsCredentials(credentials)
    try {
      // A client a read: it costs nothing, and temporary credentials run out.
      const settings = {
        accessKeyId,
        accessKeySecret,
        ...(securityToken && { securityToken }),
        regionId: region,
        ...endpoint,
        connectTimeout: timeout,
        readTimeout: timeout,
      }
      // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- the class is of a package below the SDK, which need not be reachable from here; the client reads its fields only
      const client = new Client({ ...settings, toMap: () => settings })
      const request = new GetSecretValueRequest({ secretName: secret, versionStage: 'ACSCurrent' })
      const { secretData } = await client.getSecretValue(request)
      return secretData
    } catch (error) {
      throw translate(error, secret, region)
    }
  }
  const { secret: _s, region: _r, endpoint: _e, credentials: _c, ...cache } = options
  return cachedKeyset(read, cache)
}

async function loadSdk() {
  try {
    const sdk = await import('@alicloud/kms20160120')
    return { Client: defaultExport(sdk), GetSecretValueRequest: allExports(sdk).GetSecretValueRequest }
  } catch {
    throw new RotatorError(
      'config',
      'kmsKeyset needs the package @alicloud/kms20160120: install it beside this one',
    )
  }
}

/**
 * An endpoint of KMS, as the SDK takes it.
 *
 * @throws TypeError when it is neither a host nor an address that is safe for keys.
 */
export function readKmsEndpoint(endpoint: string): { endpoint: string; protocol: string } {
  const address = /^https?:\/\//i.test(endpoint) ? endpoint : `https://${endpoint}`
  const url = URL.canParse(address) ? new URL(address) : null
  if (url === null || `${url.protocol}//${url.host}/` !== url.href || !isSafeForKeys(url)) {
    throw new TypeError(
      '"endpoint" must be a host, an https: address, or an http: address on this machine such as http://127.0.0.1:8080',
    )
  }
  return { endpoint: url.host, protocol: url.protocol.slice(0, -1) }
}

/** Which of our codes a KMS error code belongs to; the SDK appends `Error` to KMS's own. */
const CODES: readonly (readonly [RegExp, ErrorCode, advice: string])[] = [
  [/Throttling/, 'throttled', 'KMS refused the read for its rate'],
  [/ResourceNotFound/, 'notFound', 'there is no such secret; check its name and region'],
  [
    /^(InvalidAccessKeyId|SignatureDoesNotMatch|InvalidSecurityToken|IncompleteSignature)/,
    'badCredentials',
    'KMS does not take these credentials',
  ],
  [
    /^Forbidden|NoPermission|AccessDenied/,
    'denied',
    'these credentials may not read it: allow kms:GetSecretValue on it, and kms:Decrypt on its key',
  ],
]

/** The SDK's error holds the request and the answer: only its code goes further. */
function translate(error: unknown, secret: string, region: string): RotatorError {
  const what = `the secret ${secret} in ${region} could not be read`
  const raw = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
  const vendorCode = raw.replace(/Error$/, '')
  const known = CODES.find(([pattern]) => pattern.test(vendorCode))
  if (known === undefined) {
    const detail =
      vendorCode === '' || vendorCode === 'undefined' ? 'KMS did not answer as it should' : vendorCode
    return new RotatorError('unavailable', `${what}: ${detail}`, { retryable: true, vendorCode })
  }
  const [, code, advice] = known
  return new RotatorError(code, `${what}: ${advice}`, { retryable: code === 'throttled', vendorCode })
}
