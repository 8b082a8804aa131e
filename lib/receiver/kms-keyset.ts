import { readCacheOptions, type CacheOptions } from './cache-options.ts'
import { credentialSource, type CredentialsOption } from './credentials/credentials.ts'
import { environment } from './http/runtime.ts'
import { keysetCache } from './keyset-cache.ts'
import type { KeysetSource } from './keyset-source.ts'
import { kmsClient } from './kms/kms-client.ts'
import { secretReader } from './kms/secret-reader.ts'
import { isSafeForKeys, parseUrl } from '../core/safe-address.ts'

export interface KmsKeysetOptions extends CacheOptions {
  /** The name of the group's secret, or its ARN. */
  readonly secret: string
  /** The region of the secret, e.g. `cn-shanghai`. */
  readonly region: string
  /**
   * An endpoint other than the region's public one: a host such as `kms-vpc.cn-shanghai.aliyuncs.com`, or a URL such as
   * `http://127.0.0.1:8080`. Plain `http:` is for this machine only, because the answers contain keys. Default:
   * `ROTATOR_KMS_ENDPOINT`.
   */
  readonly endpoint?: string
  /**
   * Credentials, the context of a Function Compute invocation, a client of `@alicloud/credentials`, or a function that
   * returns one of these at every read. Default: `ALIBABA_CLOUD_ACCESS_KEY_ID` and its companions, OIDC (RRSA), the default
   * chain of `@alicloud/credentials` if that is installed, the role of the ECS instance.
   */
  readonly credentials?: CredentialsOption
}

const VARIABLE = 'ROTATOR_KMS_ENDPOINT'
const OPTIONS = [
  'secret',
  'region',
  'endpoint',
  'credentials',
] as const satisfies readonly (keyof KmsKeysetOptions)[]

/**
 * The keyset of a group, read from its KMS secret with one `GetSecretValue` of ACSCurrent per read. For when it reads, see
 * {@link cachedKeyset}. Needs no package, only the permission `kms:GetSecretValue` on the secret (and `kms:Decrypt` on its
 * key if that is your own). With `kms:ListSecretVersionIds`, the first read also finds a newer document that ACSCurrent was
 * moved away from. Uses `HTTPS_PROXY` and `NO_PROXY`.
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
  const settings = readCacheOptions('kmsKeyset', options, OPTIONS)
  const { secret, region, credentials } = options
  if (typeof secret !== 'string' || secret === '') throw new TypeError('"secret" must be a non-empty string')
  if (typeof region !== 'string' || !/^[a-z]+(-[a-z0-9]+)+$/.test(region)) {
    throw new TypeError('"region" must be the name of a region, such as cn-shanghai')
  }
  const source = credentialSource(credentials, region)
  const endpoint =
    options.endpoint === undefined
      ? readKmsEndpoint(environment(VARIABLE) ?? `kms.${region}.aliyuncs.com`, VARIABLE)
      : readKmsEndpoint(options.endpoint)
  const client = kmsClient(endpoint, source, secret, region)
  return keysetCache(secretReader(client, settings.clock), settings)
}

/**
 * An endpoint of KMS.
 *
 * @throws TypeError if it is neither a host nor a URL that is safe for keys.
 */
export function readKmsEndpoint(endpoint: string, name = 'endpoint'): URL {
  const url = parseUrl(/^https?:\/\//i.test(endpoint) ? endpoint : `https://${endpoint}`)
  if (url === null || `${url.protocol}//${url.host}/` !== url.href || !isSafeForKeys(url)) {
    throw new TypeError(
      `"${name}" must be a host, an https: URL, or an http: URL on this machine such as http://127.0.0.1:8080`,
    )
  }
  return url
}
