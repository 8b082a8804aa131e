import type * as Files from 'node:fs/promises'
import { systemClock } from '../../core/clock.ts'
import { RotatorError, unavailable } from '../../core/errors.ts'
import { loadModule } from '../http/node.ts'
import { environment } from '../http/runtime.ts'
import { networkFailure, vendorCodeIn } from '../http/failure.ts'
import type { Reply } from '../http/message.ts'
import { send } from '../http/send.ts'
import { readIssued } from './issued.ts'
import type { TemporaryCredentials } from './types.ts'

const SETTINGS = {
  RoleArn: 'ALIBABA_CLOUD_ROLE_ARN',
  OIDCProviderArn: 'ALIBABA_CLOUD_OIDC_PROVIDER_ARN',
  tokenFile: 'ALIBABA_CLOUD_OIDC_TOKEN_FILE',
} as const

/**
 * The credentials of a role that is assumed with an OIDC token, as RRSA sets it up in a pod of Kubernetes
 * (AssumeRoleWithOIDC, a call that needs no signature). Null where none of its variables is set.
 *
 * @throws RotatorError `badCredentials` or `unavailable` that names what is missing or who refused; never with the token.
 */
export async function oidcCredentials(
  region: string,
  signal: AbortSignal,
  sts = stsAddress(region),
): Promise<TemporaryCredentials | null> {
  const roleArn = environment(SETTINGS.RoleArn)
  const provider = environment(SETTINGS.OIDCProviderArn)
  const file = environment(SETTINGS.tokenFile)
  // A role alone may be meant for something else.
  if (provider === undefined && file === undefined) return null
  if (roleArn === undefined || provider === undefined || file === undefined) {
    const names = Object.values(SETTINGS)
    const missing = names.filter((name) => environment(name) === undefined)
    throw new RotatorError(
      'badCredentials',
      `OIDC (RRSA) needs ${names.join(', ')}: ${missing.join(', ')} is not set`,
    )
  }
  const url = new URL(sts)
  const now = new Date(systemClock.now()).toISOString().replace(/\.\d+Z$/, 'Z')
  for (const [name, value] of Object.entries({
    Action: 'AssumeRoleWithOIDC',
    Version: '2015-04-01',
    Format: 'JSON',
    Timestamp: now,
    SignatureNonce: crypto.randomUUID(),
  })) {
    url.searchParams.set(name, value)
  }
  const body = new URLSearchParams({
    RoleArn: roleArn,
    OIDCProviderArn: provider,
    OIDCToken: await readToken(file),
    RoleSessionName: environment('ALIBABA_CLOUD_ROLE_SESSION_NAME') ?? 'live-key-rotator',
    DurationSeconds: '3600',
  }).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }

  let reply: Reply
  try {
    reply = await send(url, { method: 'POST', headers, body, signal })
  } catch (error) {
    throw unavailable(`OIDC (RRSA): no answer from ${url.host} (${networkFailure(error)})`, error)
  }
  const issued = reply.status === 200 ? readIssued(reply.text) : null
  if (issued !== null) return issued
  const reason = vendorCodeIn(reply.text) ?? reply.status
  const retryable = reply.status >= 500 || /Throttling/.test(String(reason))
  throw new RotatorError(
    retryable ? 'unavailable' : 'badCredentials',
    `OIDC (RRSA): STS did not let ${roleArn} be assumed (${reason}); check its trust policy and ${SETTINGS.OIDCProviderArn}`,
    { retryable },
  )
}

async function readToken(file: string): Promise<string> {
  try {
    const { readFile } = (await loadModule('node:fs/promises')) as typeof Files
    return await readFile(file, 'utf8')
  } catch (error) {
    const why = `OIDC (RRSA): ${SETTINGS.tokenFile} names ${file}, which could not be read (${networkFailure(error)})`
    throw new RotatorError('badCredentials', why, { retryable: true, cause: error })
  }
}

function stsAddress(region: string): string {
  const vpc = environment('ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED')?.toLowerCase() === 'true' ? '-vpc' : ''
  return `https://sts${vpc}.${environment('ALIBABA_CLOUD_STS_REGION') ?? region}.aliyuncs.com`
}
