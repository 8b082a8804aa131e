import { timingSafeEqual } from 'node:crypto'
import { ApiError } from './api-error.ts'
import type { Credential, CredentialStore } from './credentials.ts'

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/
/** How far a request's time may be from ours, in both directions. */
const LONGEST_SKEW_MS = 15 * 60_000

/** The signature data in a request, of any signature version. */
export interface SignedRequest {
  readonly accessKeyId: string
  readonly securityToken: string | null
  /** `yyyy-MM-ddTHH:mm:ssZ` */
  readonly timestamp: string
  /** null for a signature version without one. */
  readonly nonce: string | null
  isSignedWith(secret: string): boolean
}

export interface AuthenticationOptions {
  readonly credentials: CredentialStore
  readonly nonces: NonceMemory
  /** Real time, which the SDKs stamp on requests, whatever the world's clock says. */
  readonly now: number
  /** Documented as 404 and as 400. */
  readonly accessKeyNotFoundStatus: 400 | 404
  readonly expiredCode: string
}

/**
 * Checks time, credentials, signature and nonce, in this order.
 *
 * @throws ApiError with the documented code of the first check that fails.
 */
export function authenticate(request: SignedRequest, options: AuthenticationOptions): Credential {
  if (!TIMESTAMP.test(request.timestamp)) {
    throw new ApiError(
      400,
      'InvalidTimeStamp.Format',
      'Specified time stamp or date value is not well formatted.',
    )
  }
  if (Math.abs(options.now - Date.parse(request.timestamp)) > LONGEST_SKEW_MS) {
    throw new ApiError(400, options.expiredCode, 'Specified time stamp or date value is expired.')
  }
  const credential = options.credentials.find(request.accessKeyId)
  if (credential === undefined || (credential.securityToken !== null && request.securityToken === null)) {
    throw new ApiError(
      options.accessKeyNotFoundStatus,
      'InvalidAccessKeyId.NotFound',
      'Specified access key is not found.',
    )
  }
  checkToken(request, credential, options.now)
  if (!request.isSignedWith(credential.accessKeySecret)) {
    // The real gateway quotes the string that it signed, which would put keys into messages.
    throw new ApiError(
      400,
      'SignatureDoesNotMatch',
      'Specified signature is not matched with our calculation.',
    )
  }
  if (request.nonce !== null && !options.nonces.add(`${request.accessKeyId} ${request.nonce}`, options.now)) {
    throw new ApiError(400, 'SignatureNonceUsed', 'Specified signature nonce was used already.')
  }
  return credential
}

function checkToken(request: SignedRequest, credential: Credential, now: number): void {
  if (request.securityToken !== credential.securityToken) {
    throw new ApiError(
      400,
      'InvalidSecurityToken.MismatchWithAccessKey',
      'Specified SecurityToken mismatch with the AccessKey.',
    )
  }
  if (credential.expiresAt !== null && credential.expiresAt <= now) {
    throw new ApiError(400, 'InvalidSecurityToken.Expired', 'Specified SecurityToken is expired.')
  }
}

/** Remembers nonces while a request that carries them could still be accepted. */
export class NonceMemory {
  #young = new Set<string>()
  #old = new Set<string>()
  #turnedAt = 0

  /** False if `nonce` was seen before. */
  add(nonce: string, now: number): boolean {
    if (now - this.#turnedAt > 2 * LONGEST_SKEW_MS) {
      this.#old = this.#young
      this.#young = new Set()
      this.#turnedAt = now
    }
    if (this.#young.has(nonce) || this.#old.has(nonce)) return false
    this.#young.add(nonce)
    return true
  }
}

/** Compares two texts in constant time. */
export function equal(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}
