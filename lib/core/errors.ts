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

  constructor(code: ErrorCode, message: string, options: RotatorErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryable = options.retryable ?? false
    this.vendorCode = options.vendorCode
    this.retryAfterMs = options.retryAfterMs
  }
}

/** Whether `error` is ours and has one of `codes`. */
export function hasCode(error: unknown, ...codes: ErrorCode[]): error is RotatorError {
  return error instanceof RotatorError && codes.includes(error.code)
}

/**
 * Why something failed, for a log: the message of an error of ours; of any other only its kind, for nobody has checked
 * what its text holds.
 */
export function reasonOf(error: unknown): string {
  if (error instanceof RotatorError) return error.message
  return error instanceof Error ? `unexpected ${error.name}` : 'unknown'
}
