/**
 * The stable codes of all errors that this project throws on purpose.
 *
 * The first block lists how a call to Alibaba Cloud can fail, whatever the SDK calls it; the second is our own.
 */
export type ErrorCode =
  | 'throttled'
  | 'unavailable'
  | 'timeout'
  | 'invalidAnswer'
  | 'notFound'
  | 'denied'
  | 'badCredentials'
  | 'conflict'
  | 'alreadyExists'
  | 'deletionWindow'
  | 'invalidRequest'
  // ours
  | 'usage'
  | 'config'
  | 'keyset'
  | 'keysetFull'
  | 'noKeyset'
  | 'noRollback'
  | 'notConfirmed'
  | 'fenced'
  | 'deadline'
  | 'functionError'
  | 'rotationFailed'
  /** Never thrown on purpose: see {@link toRotatorError}. */
  | 'unexpected'

export interface RotatorErrorOptions {
  /** Whether the same call may succeed if it is retried unchanged. Default `false`. */
  readonly retryable?: boolean
  /** The server's own error code, e.g. `InvalidDomain.NotFound`. Never contains anything from the request. */
  readonly vendorCode?: string | undefined
  /** How long the server asked to wait before the next attempt, in milliseconds. */
  readonly retryAfterMs?: number | undefined
  readonly cause?: unknown
}

/**
 * The one error class of this project. `message` says what happened, to which domain or secret, and what to do
 * next; it never contains a key, a request or a URL with parameters, so it is safe to log and print.
 *
 * @example
 * ```ts
 * try {
 *   await work()
 * } catch (error) {
 *   if (error instanceof RotatorError && error.code === 'denied') console.error(error.message)
 * }
 * ```
 */
export class RotatorError extends Error {
  override readonly name = 'RotatorError'
  declare readonly code: ErrorCode
  declare readonly retryable: boolean
  declare readonly vendorCode: string | undefined
  declare readonly retryAfterMs: number | undefined

  constructor(
    code: ErrorCode,
    message: string,
    { retryable = false, vendorCode, retryAfterMs, cause }: RotatorErrorOptions = {},
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.retryable = retryable
    this.vendorCode = vendorCode
    this.retryAfterMs = retryAfterMs
  }
}

/** A failure that may be temporary: the same call may succeed if it is retried. */
export function unavailable(message: string, cause?: unknown): RotatorError {
  return new RotatorError('unavailable', message, { retryable: true, cause })
}

/** Whether `error` is ours and has one of `codes`. */
export function hasCode(error: unknown, ...codes: ErrorCode[]): error is RotatorError {
  return error instanceof RotatorError && codes.includes(error.code)
}

/**
 * Returns a RotatorError unchanged. Anything else is a bug in this project: the message names only where it was thrown,
 * because its text may contain anything; the error itself is the `cause`.
 */
export function toRotatorError(error: unknown): RotatorError {
  if (error instanceof RotatorError) return error
  const name = error instanceof Error ? error.name : typeof error
  const place = error instanceof Error ? (/^\s+at .*$/m.exec(error.stack ?? '')?.[0] ?? '').trim() : ''
  return new RotatorError('unexpected', `an unexpected ${name} (${place}); please report it`, {
    cause: error,
  })
}
