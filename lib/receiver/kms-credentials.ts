import { RotatorError } from '../core/errors.ts'

export interface KmsCredentials {
  readonly accessKeyId: string
  readonly accessKeySecret: string
  /** Of temporary credentials (STS). */
  readonly securityToken?: string | undefined
}

/** Credentials, or a function that is asked for them at every read: temporary ones run out. */
export type CredentialsOption = KmsCredentials | (() => KmsCredentials | Promise<KmsCredentials>)

/**
 * The credentials for one read: the ones given, else those of the default chain of `@alicloud/credentials` when that
 * package is installed (environment, OIDC, configuration files, instance role), else the environment's.
 *
 * @throws RotatorError `badCredentials` when there are none.
 */
export async function kmsCredentials(given: CredentialsOption | undefined): Promise<KmsCredentials> {
  if (typeof given === 'function') return given()
  return given ?? (await chainCredentials()) ?? environmentCredentials()
}

interface Chain {
  getCredential(): Promise<{ accessKeyId?: string; accessKeySecret?: string; securityToken?: string }>
}

let chain: Promise<Chain | null> | undefined

async function chainCredentials(): Promise<KmsCredentials | null> {
  chain ??= import('@alicloud/credentials').then(
    (loaded) => new (defaultExport(loaded))(),
    () => null,
  )
  const found = await chain
  if (found === null) return null
  try {
    const { accessKeyId, accessKeySecret, securityToken } = await found.getCredential()
    return accessKeyId && accessKeySecret ? { accessKeyId, accessKeySecret, securityToken } : null
  } catch {
    // What the chain throws lists every place that it looked at; the environment is one of them.
    return null
  }
}

function environmentCredentials(): KmsCredentials {
  const accessKeyId = process.env['ALIBABA_CLOUD_ACCESS_KEY_ID']
  const accessKeySecret = process.env['ALIBABA_CLOUD_ACCESS_KEY_SECRET']
  const securityToken = process.env['ALIBABA_CLOUD_SECURITY_TOKEN']
  if (!accessKeyId || !accessKeySecret) {
    throw new RotatorError(
      'badCredentials',
      'no credentials to read the keyset with: pass "credentials", or set ALIBABA_CLOUD_ACCESS_KEY_ID and ' +
        'ALIBABA_CLOUD_ACCESS_KEY_SECRET',
    )
  }
  return { accessKeyId, accessKeySecret, securityToken }
}

/** The default export of a CommonJS package, which loaders wrap once or twice. */
export function defaultExport<T>(loaded: { readonly default: T | { readonly default: T } }): T {
  const outer = loaded.default
  return typeof outer === 'object' && outer !== null && 'default' in outer ? outer.default : outer
}

/** All exports of a CommonJS package: a bundle hands them out as its default export alone. */
export function allExports<T extends object>(loaded: T & { readonly default: unknown }): T {
  const { default: outer, ...named } = loaded
  return Object.keys(named).length === 0 ? (outer as T) : loaded
}
