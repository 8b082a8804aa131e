import type { KeyState } from '../keyset/keyset.ts'

/**
 * Why a callback was rejected. For the log: the sender must not learn it.
 *
 * - `missing…`, `repeated…`, `malformed…`: the header is missing, was sent more than once, or is not 32 hex digits or plain
 *   Unix seconds.
 * - `tooOld`, `tooNew`: the timestamp is further away than the tolerance.
 * - `unknownSignature`: none of the keyset's keys makes this signature with any of the configured hosts.
 * - `staleKeyset`: the same, but the keyset has outlived its `ttl` and could not be read again.
 */
export type RejectReason =
  | 'missingTimestamp'
  | 'missingSignature'
  | 'repeatedTimestamp'
  | 'repeatedSignature'
  | 'malformedTimestamp'
  | 'malformedSignature'
  | 'tooOld'
  | 'tooNew'
  | 'unknownSignature'
  | 'staleKeyset'

/** Signed with a trusted key. */
export interface Accepted {
  readonly verdict: 'accepted'
  readonly kid: string
  readonly state: Exclude<KeyState, 'compromised'>
  readonly reason?: undefined
}

/** Signed with a leaked key and no other. It may be genuine or forged; the signature cannot tell. */
export interface Quarantined {
  readonly verdict: 'quarantined'
  readonly kid: string
  readonly state: 'compromised'
  readonly reason?: undefined
}

export interface Rejected {
  readonly verdict: 'rejected'
  readonly kid?: undefined
  readonly state?: undefined
  readonly reason: RejectReason
  /** What to pass, if `verify` got something other than headers. */
  readonly hint?: string
}

/** The result of a verification. Only `accepted` is accepted. */
export type Verification = Accepted | Quarantined | Rejected

/** A header as an HTTP server passes it: a list, or a text joined with commas, if it was sent more than once. */
export type HeaderValue = string | readonly string[] | null | undefined

/**
 * All headers of a request: Node's `IncomingHttpHeaders`, a `Headers`, or a plain object with names in any case, as in a
 * function's event.
 */
export type RequestHeaders =
  Readonly<Record<string, HeaderValue>> | { get(name: string): string | null | undefined }

export interface SignedHeaders {
  /** `ALI-LIVE-TIMESTAMP`: Unix time in seconds. */
  readonly timestamp: HeaderValue | number
  /** `ALI-LIVE-SIGNATURE`: 32 hex digits of any case. */
  readonly signature: HeaderValue
  /** The time to verify at, from `Date.now()` or `new Date()`; a number below 10¹¹ counts as seconds. Default: now. */
  readonly now?: number | Date | undefined
}
