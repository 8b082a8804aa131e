import { createHash, createHmac, randomUUID } from 'node:crypto'
import type { Credentials } from './credentials.ts'

export interface UnsignedCall {
  /** Host, with the port where it is not the usual one. */
  readonly host: string
  readonly action: string
  readonly version: string
  /** The urlencoded form. */
  readonly body: string
  readonly credentials: Credentials
  /** When it is signed, in milliseconds since the epoch: servers refuse what is more than 15 minutes off. */
  readonly at: number
}

/**
 * The headers of a POST to `/` that is signed with ACS3-HMAC-SHA256. Does no I/O. Source: Alibaba Cloud, "Request syntax
 * and signature method V3".
 */
export function signedHeaders(call: UnsignedCall): Record<string, string> {
  const { host, action, version, body, credentials, at } = call
  const { accessKeyId, accessKeySecret, securityToken } = credentials
  const contentHash = createHash('sha256').update(body, 'utf8').digest('hex')
  const headers: Record<string, string> = {
    'content-type': 'application/x-www-form-urlencoded',
    host,
    'x-acs-action': action,
    'x-acs-content-sha256': contentHash,
    'x-acs-date': new Date(at).toISOString().replace(/\.\d+Z$/, 'Z'),
    ...(securityToken !== undefined && { 'x-acs-security-token': securityToken }),
    'x-acs-signature-nonce': randomUUID(),
    'x-acs-version': version,
  }
  const names = Object.keys(headers).sort()
  const lines = names.map((name) => `${name}:${headers[name] ?? ''}\n`).join('')
  const canonical = ['POST', '/', '', lines, names.join(';'), contentHash].join('\n')
  const digest = createHash('sha256').update(canonical, 'utf8').digest('hex')
  const signature = createHmac('sha256', accessKeySecret).update(`ACS3-HMAC-SHA256\n${digest}`).digest('hex')
  return {
    ...headers,
    authorization: `ACS3-HMAC-SHA256 Credential=${accessKeyId},SignedHeaders=${names.join(';')},Signature=${signature}`,
  }
}
