/**
 * The stable codes of every error that this project throws on purpose.
 *
 * The first block is how a call to Alibaba Cloud can end, whatever the SDK called it; the second is ours.
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
  /** Thrown by no one on purpose: {@link toRotatorError}. */
  | 'unexpected'

export interface RotatorErrorOptions {
  /** Whether the same call may succeed when it is made again, unchanged. Default `false`. */
  retryable?: boolean
  /** The server's own error code, e.g. `InvalidDomain.NotFound`. Never holds anything of the request. */
  vendorCode?: string
  /** How long the server asked to wait before the next try, in milliseconds. */
  retryAfterMs?: number
  cause?: unknown
}

/**
 * The one error class of this project. `message` says what happened, to which domain or secret, and what to do
 * next; it never holds a key, a request or a URL with parameters, so it may be logged and shown as it is.
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
  readonly code: ErrorCode
  readonly retryable: boolean
  readonly vendorCode: string | undefined
  readonly retryAfterMs: number | undefined

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

/** Whether `error` is ours and has one of `codes`. */
export function hasCode(error: unknown, ...codes: ErrorCode[]): error is RotatorError {
  return error instanceof RotatorError && codes.includes(error.code)
}

/**
 * An error of ours as it is. Anything else is a fault of this project's: of its text only the place is told, for nobody has
 * checked what the text holds; the error itself is the `cause`.
 */
export function toRotatorError(error: unknown): RotatorError {
  if (error instanceof RotatorError) return error
  const name = error instanceof Error ? error.name : typeof error
  const place = error instanceof Error ? (/^\s+at .*$/m.exec(error.stack ?? '')?.[0] ?? '').trim() : ''
  return new RotatorError('unexpected', `an unexpected ${name} (${place}); please report it`, {
    cause: error,
  })
}
