import { createHash, createHmac } from 'node:crypto'
import { ApiError } from '../wire/api-error.ts'
import { equal } from '../wire/authenticate.ts'
import { header, percentEncode, type WireRequest } from '../wire/wire.ts'
import type { ObjectName } from './object-name.ts'

/** The signature data in a request to OSS. */
export interface OssSigned {
  readonly accessKeyId: string
  /** Milliseconds; NaN for an invalid time. */
  readonly time: number
  isSignedWith(secret: string): boolean
}

const V4 =
  /^OSS4-HMAC-SHA256 Credential=([^/,]+)\/(\d{8}\/[^/,]+\/oss\/aliyun_v4_request),\s*(?:AdditionalHeaders=([^,]*),\s*)?Signature=([0-9a-f]{64})$/
const V1 = /^OSS ([^:\s]+):(\S+)$/

export function isOssSigned(request: WireRequest): boolean {
  return /^OSS4?(-HMAC-SHA256)? /.test(header(request.headers, 'authorization'))
}

/**
 * Reads a request signed in its header, by version 4 or 1 (help.aliyun.com, OSS, "Include a V4 signature", "Include a
 * V1 signature").
 *
 * @throws ApiError if it is malformed.
 */
export function readOss(request: WireRequest, name: ObjectName): OssSigned {
  const authorization = header(request.headers, 'authorization')
  const v4 = V4.exec(authorization)
  if (v4) {
    const [, accessKeyId = '', scope = '', additional = '', signature = ''] = v4
    const time = header(request.headers, 'x-oss-date')
    const inScope = time.startsWith(scope.slice(0, 8))
    const isSignedWith = (secret: string): boolean =>
      inScope && equal(signature, signV4(request, name, scope, additional.split(';').filter(Boolean), secret))
    return { accessKeyId, time: Date.parse(expanded(time)), isSignedWith }
  }
  const v1 = V1.exec(authorization)
  if (!v1) throw new ApiError(400, 'InvalidArgument', 'Authorization header is invalid.')
  const [, accessKeyId = '', signature = ''] = v1
  return {
    accessKeyId,
    time: Date.parse(dateOf(request)),
    isSignedWith: (secret) => equal(signature, signV1(request, name, secret)),
  }
}

function signV4(
  request: WireRequest,
  { bucket, key }: ObjectName,
  scope: string,
  additional: readonly string[],
  secret: string,
): string {
  const { headers } = request
  const signed = Object.keys(headers)
    .filter((name) => isSigned(name) || additional.includes(name))
    .sort()
    .map((name) => `${name}:${header(headers, name).trim()}\n`)
    .join('')
  const path = `/${bucket}/${key}`.split('/').map(percentEncode).join('/')
  const canonical = [
    request.method,
    path,
    '',
    signed,
    additional.toSorted().join(';'),
    header(headers, 'x-oss-content-sha256'),
  ].join('\n')
  const text = ['OSS4-HMAC-SHA256', header(headers, 'x-oss-date'), scope, sha256(canonical)].join('\n')
  const signingKey = scope
    .split('/')
    .reduce<string | Buffer>(
      (derived, part) => createHmac('sha256', derived).update(part).digest(),
      `aliyun_v4${secret}`,
    )
  return createHmac('sha256', signingKey).update(text).digest('hex')
}

function signV1(request: WireRequest, { bucket, key }: ObjectName, secret: string): string {
  const { headers } = request
  const own = Object.keys(headers)
    .filter((name) => name.startsWith('x-oss-'))
    .sort()
    .map((name) => `${name}:${header(headers, name).trim()}\n`)
    .join('')
  const text = [
    request.method,
    header(headers, 'content-md5'),
    header(headers, 'content-type'),
    dateOf(request),
    `${own}/${bucket}/${key}`,
  ].join('\n')
  return createHmac('sha1', secret).update(text).digest('base64')
}

function isSigned(name: string): boolean {
  return name.startsWith('x-oss-') || name === 'content-type' || name === 'content-md5'
}

function dateOf({ headers }: WireRequest): string {
  return header(headers, 'x-oss-date') || header(headers, 'date')
}

/** `20261124T080000Z` in the form that `Date.parse` accepts. */
function expanded(time: string): string {
  return time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z')
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
