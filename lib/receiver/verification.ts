import type { KeyState } from '../keyset/keyset.ts'

/**
 * Why a callback was rejected: for the log. The sender is told nothing of it.
 *
 * - `missing…`, `repeated…`, `malformed…`: the header is not there, is there more than once, or is not 32 hex digits
 *   or plain Unix seconds.
 * - `tooOld`, `tooNew`: the timestamp is further away than the tolerance.
 * - `unknownSignature`: no key of the keyset, with none of the configured hosts, gives this signature.
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

/** Signed under a key that is to be trusted. */
export interface Accepted {
  readonly verdict: 'accepted'
  readonly kid: string
  readonly state: Exclude<KeyState, 'compromised'>
  readonly reason?: undefined
}

/** Signed under a key that has leaked, and under no other: genuine or not, nobody can tell by the signature. */
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
  /** Where `verify` was given something else than headers: what to give it. */
  readonly hint?: string
}

/** What a signature is worth. Only `accepted` is accepted. */
export type Verification = Accepted | Quarantined | Rejected

/** A header as an HTTP server hands it over: a list, or a text joined with commas, when it was sent more than once. */
export type HeaderValue = string | readonly string[] | null | undefined

/**
 * All headers of a request: Node's `IncomingHttpHeaders`, a `Headers`, or a plain object with names in any case, such as
 * the event of a function has them.
 */
export type RequestHeaders =
  Readonly<Record<string, HeaderValue>> | { get(name: string): string | null | undefined }

export interface SignedHeaders {
  /** `ALI-LIVE-TIMESTAMP`: Unix time in seconds. */
  readonly timestamp: HeaderValue | number
  /** `ALI-LIVE-SIGNATURE`: 32 hex digits of any case. */
  readonly signature: HeaderValue
  /** The time to verify at, as `Date.now()` or `new Date()` gives it; a number below 10¹¹ is taken for seconds. Default: now. */
  readonly now?: number | Date | undefined
}
