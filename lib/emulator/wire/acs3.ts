import { createHash, createHmac } from 'node:crypto'
import { ApiError } from './api-error.ts'
import { equal, type SignedRequest } from './authenticate.ts'
import { canonicalQuery, header, type WireRequest } from './wire.ts'

const ALGORITHM = 'ACS3-HMAC-SHA256'
const AUTHORIZATION =
  /^ACS3-HMAC-SHA256 Credential=([^,]+),\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]+)$/

export function isAcs3(request: WireRequest): boolean {
  return header(request.headers, 'authorization').startsWith(ALGORITHM)
}

/**
 * Reads a request signed with ACS3-HMAC-SHA256, as @alicloud/openapi-core does.
 *
 * @throws ApiError if a part of the signature is missing or malformed.
 */
export function readAcs3(request: WireRequest): SignedRequest {
  const match = AUTHORIZATION.exec(header(request.headers, 'authorization'))
  if (match === null) {
    throw new ApiError(
      400,
      'IncompleteSignature',
      'The Authorization header does not conform to the standard.',
    )
  }
  const [, accessKeyId = '', names = '', signature = ''] = match
  const signedHeaders = names.split(';')
  const securityToken = header(request.headers, 'x-acs-security-token')
  return {
    accessKeyId,
    securityToken: securityToken === '' ? null : securityToken,
    timestamp: header(request.headers, 'x-acs-date'),
    nonce: header(request.headers, 'x-acs-signature-nonce'),
    isSignedWith: (secret) =>
      coversEverything(request, signedHeaders) &&
      equal(header(request.headers, 'x-acs-content-sha256'), sha256(request.body)) &&
      equal(signature, sign(request, signedHeaders, secret)),
  }
}

/** A header that changes the request's meaning must be signed, or anyone on the way could add it. */
function coversEverything(request: WireRequest, signedHeaders: readonly string[]): boolean {
  return Object.keys(request.headers).every(
    (name) => !(name === 'host' || name.startsWith('x-acs-')) || signedHeaders.includes(name),
  )
}

function sign(request: WireRequest, signedHeaders: readonly string[], secret: string): string {
  const canonicalHeaders = signedHeaders
    .map((name) => `${name}:${header(request.headers, name).trim()}\n`)
    .join('')
  const canonical = [
    request.method,
    request.path.replaceAll('+', '%20').replaceAll('*', '%2A').replaceAll('%7E', '~'),
    canonicalQuery(request.query),
    canonicalHeaders,
    signedHeaders.join(';'),
    sha256(request.body),
  ].join('\n')
  return createHmac('sha256', secret)
    .update(`${ALGORITHM}\n${sha256(canonical)}`)
    .digest('hex')
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}
