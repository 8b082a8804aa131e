import { createHash } from 'node:crypto'
import { systemClock, type Clock } from '../../core/clock.ts'
import { ApiError } from '../wire/api-error.ts'
import type { Credential, CredentialStore } from '../wire/credentials.ts'
import type { Api, Call } from '../wire/gateway.ts'
import { decideFor } from '../wire/ram.ts'
import { header, type WireAnswer, type WireRequest } from '../wire/wire.ts'
import { toXml } from '../wire/xml.ts'
import { objectNameOf, type ObjectName } from './object-name.ts'
import type { Objects } from './objects.ts'
import { isOssSigned, readOss } from './signature.ts'

const LONGEST_SKEW_MS = 15 * 60_000
const ACTIONS: Readonly<Record<string, string>> = { PUT: 'PutObject', GET: 'GetObject' }

export interface OssOptions {
  readonly objects: Objects
  readonly credentials: CredentialStore
  readonly clock: Clock
  readonly region: string
}

/**
 * The part of OSS that receipts need: PutObject, with `x-oss-forbid-overwrite` and Content-MD5, and GetObject; signed
 * in the header by version 4 or 1; with RAM policies. Anything else is refused as `NotImplemented`.
 */
export function ossApi(options: OssOptions): Api {
  return {
    name: 'oss',
    // With an IP address as endpoint, ali-oss still puts the bucket into the Host header.
    hosts: /^[a-z\d-]+\.oss-[a-z\d-]+\.aliyuncs\.com$/,
    route: (request) => (isOssSigned(request) ? callOf(request, options) : null),
  }
}

function callOf(request: WireRequest, options: OssOptions): Call {
  const name = objectNameOf(request)
  const action = ACTIONS[request.method] ?? request.method
  return {
    product: 'oss',
    action,
    parameters: new Map(Object.entries(name)),
    target: `${name.bucket}/${name.key}`,
    limit: null,
    authenticate: () => authenticate(request, name, options),
    authorize: (caller) => {
      authorize(caller, action, name, options.region)
    },
    run: (_, requestId) => run(request, action, name, requestId, options),
    throttled: () => new ApiError(503, 'SlowDown', 'Please reduce your request rate.'),
    refuse: (error, requestId) => refusal(error, requestId, header(request.headers, 'host')),
  }
}

function authenticate(
  request: WireRequest,
  name: ObjectName,
  { credentials, clock }: OssOptions,
): Credential {
  const signed = readOss(request, name)
  if (Number.isNaN(signed.time)) {
    throw new ApiError(403, 'AccessDenied', 'OSS authentication requires a valid Date.')
  }
  // Functions and `ali-oss` use real time; a test may sign by the world's clock.
  const skews = [systemClock.now(), clock.now()].map((now) => Math.abs(now - signed.time))
  if (Math.min(...skews) > LONGEST_SKEW_MS) {
    throw new ApiError(
      403,
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
    )
  }
  const credential = credentials.find(signed.accessKeyId)
  const token = header(request.headers, 'x-oss-security-token')
  if (!credential || (credential.securityToken ?? '') !== token) {
    throw new ApiError(
      403,
      'InvalidAccessKeyId',
      'The OSS Access Key Id you provided does not exist in our records.',
    )
  }
  if (credential.expiresAt !== null && credential.expiresAt <= systemClock.now()) {
    throw new ApiError(403, 'SecurityTokenExpired', 'The security token you provided has expired.')
  }
  if (!signed.isSignedWith(credential.accessKeySecret)) {
    // The real OSS quotes the string that it signed.
    throw new ApiError(
      403,
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    )
  }
  return credential
}

function authorize(caller: Credential, action: string, { bucket, key }: ObjectName, region: string): void {
  const resource = `acs:oss:${region}:${caller.accountId}:${bucket}/${key}`
  if (decideFor(caller, `oss:${action}`, resource) !== 'Allow') {
    throw new ApiError(403, 'AccessDenied', 'You have no right to access this object because of bucket acl.')
  }
}

function run(
  request: WireRequest,
  action: string,
  { bucket, key }: ObjectName,
  requestId: string,
  { objects, clock }: OssOptions,
): WireAnswer {
  if (key === '' || request.query.length > 0) throw notImplemented()
  const stored = objects.get(bucket, key)
  if (action === 'GetObject') {
    if (!stored) throw new ApiError(404, 'NoSuchKey', 'The specified key does not exist.')
    return {
      status: 200,
      headers: { 'content-type': stored.contentType, 'x-oss-request-id': requestId },
      body: stored.body,
    }
  }
  if (action !== 'PutObject') throw notImplemented()
  const md5 = createHash('md5').update(request.body)
  const claimed = header(request.headers, 'content-md5')
  if (claimed !== '' && claimed !== md5.copy().digest('base64')) {
    throw new ApiError(400, 'InvalidDigest', 'The Content-MD5 you specified is not valid.')
  }
  if (stored && header(request.headers, 'x-oss-forbid-overwrite') === 'true') {
    throw new ApiError(
      409,
      'FileAlreadyExists',
      'The object you specified already exists and can not be overwritten.',
    )
  }
  objects.put(bucket, key, {
    body: request.body,
    contentType: header(request.headers, 'content-type') || 'application/octet-stream',
    storedAt: clock.now(),
  })
  const etag = `"${md5.digest('hex').toUpperCase()}"`
  return { status: 200, headers: { etag, 'x-oss-request-id': requestId }, body: '' }
}

function notImplemented(): ApiError {
  return new ApiError(
    501,
    'NotImplemented',
    'A header you provided implies functionality that is not implemented.',
  )
}

function refusal({ status, code, message }: ApiError, requestId: string, host: string): WireAnswer {
  return {
    status,
    headers: { 'content-type': 'application/xml', 'x-oss-request-id': requestId },
    body: toXml('Error', { Code: code, Message: message, RequestId: requestId, HostId: host }),
  }
}
