import type * as Files from 'node:fs/promises'
import { isoSeconds, systemClock } from '../../core/clock.ts'
import { unavailable } from '../../core/errors.ts'
import { loadModule } from '../http/node.ts'
import { environment } from '../http/runtime.ts'
import { networkFailure, vendorCodeIn } from '../http/failure.ts'
import type { Reply } from '../http/message.ts'
import { send } from '../http/send.ts'
import { badCredentials } from './bad-credentials.ts'
import { readIssued } from './issued.ts'
import type { TemporaryCredentials } from './types.ts'

const ROLE = 'ALIBABA_CLOUD_ROLE_ARN'
const PROVIDER = 'ALIBABA_CLOUD_OIDC_PROVIDER_ARN'
const TOKEN_FILE = 'ALIBABA_CLOUD_OIDC_TOKEN_FILE'

/**
 * The credentials of a role that is assumed with an OIDC token, as RRSA sets it up in a Kubernetes pod (AssumeRoleWithOIDC,
 * a call that needs no signature). Null if none of its variables is set.
 *
 * @throws RotatorError `badCredentials` or `unavailable` that names what is missing or who refused, and never has the token.
 */
export async function oidcCredentials(
  region: string,
  signal: AbortSignal,
  sts = stsAddress(region),
): Promise<TemporaryCredentials | null> {
  const roleArn = environment(ROLE)
  const provider = environment(PROVIDER)
  const file = environment(TOKEN_FILE)
  // A role alone may be meant for something else.
  if (provider === undefined && file === undefined) return null
  if (roleArn === undefined || provider === undefined || file === undefined) {
    const names = [ROLE, PROVIDER, TOKEN_FILE]
    const missing = names.filter((name) => environment(name) === undefined)
    throw badCredentials(`OIDC (RRSA) needs ${names.join(', ')}: ${missing.join(', ')} is not set`)
  }
  const call = new URLSearchParams({
    Action: 'AssumeRoleWithOIDC',
    Version: '2015-04-01',
    Format: 'JSON',
    Timestamp: isoSeconds(systemClock.now()),
    SignatureNonce: crypto.randomUUID(),
  }).toString()
  const url = new URL(`?${call}`, sts)
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
  const why = `OIDC (RRSA): STS refused to let this receiver assume ${roleArn} (${reason}); check its trust policy and ${PROVIDER}`
  throw retryable ? unavailable(why) : badCredentials(why)
}

async function readToken(file: string): Promise<string> {
  try {
    const { readFile } = (await loadModule('node:fs/promises')) as typeof Files
    return await readFile(file, 'utf8')
  } catch (error) {
    const why = `OIDC (RRSA): ${TOKEN_FILE} names ${file}, which could not be read (${networkFailure(error)})`
    throw badCredentials(why, { retryable: true, cause: error })
  }
}

function stsAddress(region: string): string {
  const vpc = environment('ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED')?.toLowerCase() === 'true' ? '-vpc' : ''
  return `https://sts${vpc}.${environment('ALIBABA_CLOUD_STS_REGION') ?? region}.aliyuncs.com`
}
