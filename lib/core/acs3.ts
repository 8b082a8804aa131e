import { hmacSha256, sha256 } from './sha256.ts'

export interface Acs3Credentials {
  readonly accessKeyId: string
  readonly accessKeySecret: string
  readonly securityToken?: string | undefined
}

export interface Acs3Call {
  /** With the port where it is not the usual one. */
  readonly host: string
  readonly action: string
  readonly version: string
  /** The urlencoded parameters. */
  readonly body: string
  /** In milliseconds since the epoch, by the time of day: a server refuses what is 15 minutes off. */
  readonly at: number
  /** Never the same for two calls. */
  readonly nonce: string
}

const ALGORITHM = 'ACS3-HMAC-SHA256'

/**
 * The headers of a call that is signed with ACS3-HMAC-SHA256, its parameters in the body: a query would stand in the logs
 * of every proxy. `fetch` adds the host itself. Source: Alibaba Cloud's "V3 request syntax and signature".
 */
export function signAcs3(call: Acs3Call, credentials: Acs3Credentials): Record<string, string> {
  const { accessKeyId, accessKeySecret, securityToken } = credentials
  const hash = sha256(call.body)
  const headers: Record<string, string> = {
    'content-type': 'application/x-www-form-urlencoded',
    host: call.host,
    'x-acs-action': call.action,
    'x-acs-content-sha256': hash,
    'x-acs-date': new Date(call.at).toISOString().replace(/\.\d+Z$/, 'Z'),
    ...(securityToken && { 'x-acs-security-token': securityToken }),
    'x-acs-signature-nonce': call.nonce,
    'x-acs-version': call.version,
  }
  const names = Object.keys(headers)
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`)
  const canonical = ['POST', '/', '', lines.join(''), names.join(';'), hash].join('\n')
  const signature = hmacSha256(accessKeySecret, `${ALGORITHM}\n${sha256(canonical)}`)
  const { host: _, ...sent } = headers
  return {
    ...sent,
    accept: 'application/json',
    authorization: `${ALGORITHM} Credential=${accessKeyId},SignedHeaders=${names.join(';')},Signature=${signature}`,
  }
}
