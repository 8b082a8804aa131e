import { createHash, createHmac } from 'node:crypto'
import { isoTime } from '../../core/clock.ts'
import type { Credentials } from '../transport/credentials.ts'

export interface OssRequest {
  readonly method: string
  readonly bucket: string
  readonly key: string
  /** In lower case. All of them are sent; `x-oss-*`, `content-type` and `content-md5` are signed. */
  readonly headers: Readonly<Record<string, string>>
}

const ALGORITHM = 'OSS4-HMAC-SHA256'
const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD'

/**
 * The headers of a request to OSS with a V4 signature
 * (help.aliyun.com, OSS, "Include a V4 signature in the Authorization header"). Does no I/O.
 *
 * Written here, and tested against `ali-oss`, because that would double the function's bundle.
 */
export function signedHeaders(
  request: OssRequest,
  { accessKeyId, accessKeySecret, securityToken }: Credentials,
  region: string,
  now: number,
): Record<string, string> {
  const time = isoTime(now).replaceAll(/[-:]|\.\d+/g, '')
  const headers = {
    ...request.headers,
    'x-oss-content-sha256': UNSIGNED_PAYLOAD,
    'x-oss-date': time,
    ...(securityToken !== undefined && { 'x-oss-security-token': securityToken }),
  }
  const scope = `${time.slice(0, 8)}/${region}/oss/aliyun_v4_request`
  const text = [ALGORITHM, time, scope, sha256(canonicalRequest({ ...request, headers }))].join('\n')
  const signingKey = scope
    .split('/')
    .reduce<string | Buffer>((key, part) => hmac(key, part), `aliyun_v4${accessKeySecret}`)
  const signature = createHmac('sha256', signingKey).update(text).digest('hex')
  return {
    ...headers,
    authorization: `${ALGORITHM} Credential=${accessKeyId}/${scope},Signature=${signature}`,
  }
}

/** A path in the form that OSS signs: strictly encoded (RFC 3986) except for its slashes. */
export function encodedPath(...parts: readonly string[]): string {
  return `/${parts.join('/')}`
    .split('/')
    .map((part) => encodeURIComponent(part).replaceAll(/[!'()*]/g, hexEncoded))
    .join('/')
}

function canonicalRequest({ method, bucket, key, headers }: OssRequest): string {
  const signed = Object.entries(headers)
    .filter(([name]) => name.startsWith('x-oss-') || name === 'content-type' || name === 'content-md5')
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}:${value.trim()}\n`)
    .join('')
  // The two empty lines: no query parameters, no additional headers.
  return [method, encodedPath(bucket, key), '', signed, '', UNSIGNED_PAYLOAD].join('\n')
}

function hexEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
