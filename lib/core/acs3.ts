import { isoSeconds } from './clock.ts'
import { hmacSha256, sha256 } from './sha256.ts'

export interface Acs3Credentials {
  readonly accessKeyId: string
  readonly accessKeySecret: string
  readonly securityToken?: string | undefined
}

export interface Acs3Call {
  /** With the port unless it is the default one. */
  readonly host: string
  readonly action: string
  readonly version: string
  /** The urlencoded parameters. */
  readonly body: string
  /** Wall-clock milliseconds since the epoch: a server refuses a call that is 15 minutes off. */
  readonly at: number
  /** Unique for each call. */
  readonly nonce: string
}

const ALGORITHM = 'ACS3-HMAC-SHA256'

/**
 * The headers of a call signed with ACS3-HMAC-SHA256. Its parameters go in the body, because proxies log query strings.
 * `fetch` adds the host itself. Source: Alibaba Cloud's "V3 request syntax and signature".
 */
export function signAcs3(call: Acs3Call, credentials: Acs3Credentials): Record<string, string> {
  const { accessKeyId, accessKeySecret, securityToken } = credentials
  const hash = sha256(call.body)
  const headers: Record<string, string> = {
    'content-type': 'application/x-www-form-urlencoded',
    host: call.host,
    'x-acs-action': call.action,
    'x-acs-content-sha256': hash,
    'x-acs-date': isoSeconds(call.at),
    ...(securityToken && { 'x-acs-security-token': securityToken }),
    'x-acs-signature-nonce': call.nonce,
    'x-acs-version': call.version,
  }
  const names = Object.keys(headers).join(';')
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`)
  const canonical = ['POST', '/', '', lines.join(''), names, hash].join('\n')
  const signature = hmacSha256(accessKeySecret, `${ALGORITHM}\n${sha256(canonical)}`)
  const { host: _, ...sent } = headers
  return {
    ...sent,
    accept: 'application/json',
    authorization: `${ALGORITHM} Credential=${accessKeyId},SignedHeaders=${names},Signature=${signature}`,
  }
}
