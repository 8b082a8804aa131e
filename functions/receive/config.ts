import * as v from 'valibot'
import { SECRET_NAME } from '../../lib/config/fields.ts'
import { REGIONS } from '../../lib/config/regions.ts'
import { RotatorError } from '../../lib/core/errors.ts'
import { isHost } from '../../lib/receiver/hosts.ts'
import { readKmsEndpoint } from '../../lib/receiver/kms-keyset.ts'
import { isTarget } from './target.ts'

/** The receiver's configuration from its environment. */
export interface ReceiverConfig {
  /** The group's secret. */
  readonly secret: string
  /** The hosts of the callback URLs. */
  readonly hosts: readonly string[]
  /** The URL that gets verified callbacks. */
  readonly target: URL
  /** Sent to the target as `authorization`; null for none. */
  readonly authorization: string | null
  /** What to do with a callback signed with a leaked key. */
  readonly quarantined: 'refuse' | 'forward'
  readonly region: string
  readonly kmsEndpoint: string | null
}

const SECRET_ARN = /^acs:kms:[\w-]+:\d+:secret\/[\w/+=.@-]+$/

/** A required variable. Messages continue its name, and never repeat a value, which may be a secret. */
function needed<T>(what: string, schema: v.GenericSchema<string, T>) {
  return v.pipe(v.optional(v.string(), ''), v.nonEmpty(`is not set: ${what}`), schema)
}

function checked(isRight: (value: string) => boolean, message: string) {
  return v.pipe(v.string(), v.check(isRight, message))
}

const variables = v.object({
  RECEIVER_SECRET: needed(
    "the name of the group's secret in KMS",
    checked(
      (name) => SECRET_NAME.test(name) || SECRET_ARN.test(name),
      'must be the name of a secret, 1 to 192 letters, digits or _/+=.-@, or its ARN',
    ),
  ),
  RECEIVER_HOST: needed(
    'the host of the callback URL, e.g. hooks.example.com',
    v.pipe(
      v.string(),
      v.transform((hosts) => hosts.split(',').map((host) => host.trim())),
      v.everyItem(isHost, 'must be hosts such as hooks.example.com, separated by commas'),
    ),
  ),
  RECEIVER_TARGET: needed(
    'the URL that verified callbacks are sent to',
    v.pipe(
      checked(
        isTarget,
        'must be an http(s) URL without credentials, which go into RECEIVER_TARGET_AUTHORIZATION, and with a port that can be called',
      ),
      v.transform((url) => new URL(url)),
    ),
  ),
  RECEIVER_TARGET_AUTHORIZATION: v.optional(
    checked(isHeaderValue, 'must be the value of a header, without line breaks or spaces around it'),
  ),
  RECEIVER_QUARANTINED: v.optional(v.picklist(['refuse', 'forward'], 'must be forward or refuse'), 'refuse'),
  RECEIVER_REGION: v.optional(v.picklist(REGIONS, 'must be a region of KMS such as cn-shanghai')),
  FC_REGION: v.optional(v.string()),
  ROTATOR_KMS_ENDPOINT: v.optional(
    checked(isKmsEndpoint, 'must be a host or an https: address: the secret holds the keys'),
  ),
})

/**
 * Reads the function's environment variables. An empty one counts as not set.
 *
 * | variable | |
 * | --- | --- |
 * | `RECEIVER_SECRET` | the name of the group's secret in KMS |
 * | `RECEIVER_HOST` | the host of the callback URL as configured in Live; separate several with commas |
 * | `RECEIVER_TARGET` | the URL that verified callbacks are sent to |
 * | `RECEIVER_TARGET_AUTHORIZATION` | optional: the `authorization` header for the target |
 * | `RECEIVER_QUARANTINED` | optional: `refuse` (default) or `forward` |
 * | `RECEIVER_REGION` | optional: the region of the secret; default `FC_REGION` |
 * | `ROTATOR_KMS_ENDPOINT` | optional: another KMS endpoint, e.g. the VPC's |
 *
 * @throws RotatorError `config` that names every variable that keeps callbacks from being accepted or sent on; never
 *   with its value.
 */
export function readReceiverConfig(env: Readonly<Record<string, string | undefined>>): ReceiverConfig {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value))
  const { issues, output } = v.safeParse(variables, set, { abortPipeEarly: true })
  if (issues !== undefined) throw wrong(issues.map((issue) => `${v.getDotPath(issue)} ${issue.message}`))
  const { RECEIVER_HOST: hosts, RECEIVER_TARGET: target, FC_REGION } = output
  const region = output.RECEIVER_REGION ?? FC_REGION
  if (!v.is(v.picklist(REGIONS), region)) {
    throw wrong(['FC_REGION is not a region of KMS: set RECEIVER_REGION to the region of the secret'])
  }
  if (hosts.some((host) => new URL(`${target.protocol}//${host}`).host === target.host)) {
    throw wrong(['RECEIVER_TARGET is the receiver itself: its host is one of RECEIVER_HOST'])
  }
  return {
    secret: output.RECEIVER_SECRET,
    hosts,
    target,
    authorization: output.RECEIVER_TARGET_AUTHORIZATION ?? null,
    quarantined: output.RECEIVER_QUARANTINED,
    region,
    kmsEndpoint: output.ROTATOR_KMS_ENDPOINT ?? null,
  }
}

function wrong(problems: readonly string[]): RotatorError {
  return new RotatorError('config', problems.join('; '))
}

function isHeaderValue(value: string): boolean {
  try {
    return new Headers({ authorization: value }).get('authorization') === value
  } catch {
    return false
  }
}

function isKmsEndpoint(value: string): boolean {
  try {
    readKmsEndpoint(value)
    return true
  } catch {
    return false
  }
}
