import { RotatorError } from '../../lib/core/errors.ts'
import { signedHosts } from '../../lib/receiver/hosts.ts'
import { readKmsEndpoint } from '../../lib/receiver/kms-keyset.ts'

/** What the receiver is told by its environment. */
export interface ReceiverConfig {
  /** The group's secret. */
  readonly secret: string
  /** The hosts of the callback URLs. */
  readonly hosts: readonly string[]
  /** Where verified callbacks go. */
  readonly target: URL
  /** Sent to the target as `authorization`; null for none. */
  readonly authorization: string | null
  /** What becomes of a callback that is signed with a leaked key. */
  readonly quarantined: 'forward' | 'refuse'
  readonly region: string
  readonly kmsEndpoint: string | null
}

/**
 * Reads the environment variables of the function.
 *
 * | variable | |
 * | --- | --- |
 * | `RECEIVER_SECRET` | the name of the group's secret in KMS |
 * | `RECEIVER_HOST` | the host of the callback URL as it is configured in Live; several with commas between |
 * | `RECEIVER_TARGET` | the URL that verified callbacks are handed to |
 * | `RECEIVER_TARGET_AUTHORIZATION` | optional: the `authorization` header for the target |
 * | `RECEIVER_QUARANTINED` | optional: `forward` (default) or `refuse` |
 * | `RECEIVER_REGION` | optional: the region of the secret; default `FC_REGION` |
 * | `ROTATOR_KMS_ENDPOINT` | optional: another endpoint of KMS, e.g. that of the VPC |
 *
 * @throws RotatorError `config` that names the variable; never with its value.
 */
export function readReceiverConfig(env: Readonly<Record<string, string | undefined>>): ReceiverConfig {
  const quarantined = env['RECEIVER_QUARANTINED'] || 'forward'
  if (quarantined !== 'forward' && quarantined !== 'refuse') {
    throw new RotatorError('config', 'RECEIVER_QUARANTINED must be forward or refuse')
  }
  return {
    secret: needed(env, 'RECEIVER_SECRET', "the name of the group's secret in KMS"),
    hosts: readHosts(needed(env, 'RECEIVER_HOST', 'the host of the callback URL, e.g. hooks.example.com')),
    target: readTarget(needed(env, 'RECEIVER_TARGET', 'the URL that verified callbacks are handed to')),
    authorization: env['RECEIVER_TARGET_AUTHORIZATION'] || null,
    quarantined,
    region:
      env['RECEIVER_REGION'] || needed(env, 'FC_REGION', 'the region of the secret (or RECEIVER_REGION)'),
    kmsEndpoint: env['ROTATOR_KMS_ENDPOINT'] ? checkedEndpoint(env['ROTATOR_KMS_ENDPOINT']) : null,
  }
}

function needed(env: Readonly<Record<string, string | undefined>>, name: string, what: string): string {
  const value = env[name]
  if (!value) throw new RotatorError('config', `${name} is not set: ${what}`)
  return value
}

function readHosts(value: string): readonly string[] {
  const hosts = value.split(',').map((host) => host.trim())
  try {
    signedHosts(hosts)
  } catch {
    throw new RotatorError(
      'config',
      'RECEIVER_HOST must be hosts such as hooks.example.com, with commas between',
    )
  }
  return hosts
}

function checkedEndpoint(value: string): string {
  try {
    readKmsEndpoint(value)
  } catch {
    throw new RotatorError(
      'config',
      'ROTATOR_KMS_ENDPOINT must be a host or an https: address: the secret holds the keys',
    )
  }
  return value
}

function readTarget(value: string): URL {
  const url = URL.canParse(value) ? new URL(value) : null
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.username !== '') {
    throw new RotatorError(
      'config',
      'RECEIVER_TARGET must be an http(s) URL without credentials in it (RECEIVER_TARGET_AUTHORIZATION is for those)',
    )
  }
  return url
}
