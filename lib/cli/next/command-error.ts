import { RotatorError, type ErrorCode, type RotatorErrorOptions } from '../../core/errors.ts'

/** An error with what to type next. */
export class CommandError extends RotatorError {
  /** The arguments of `live-key-rotator`, one list per command. */
  readonly next: readonly (readonly string[])[]

  constructor(
    code: ErrorCode,
    message: string,
    next: readonly (readonly string[])[],
    options: RotatorErrorOptions = {},
  ) {
    super(code, message, options)
    this.next = next
  }
}

/** The same error, with what to type next. */
export function withNext(error: RotatorError, ...next: readonly (readonly string[])[]): CommandError {
  const { code, message, retryable, vendorCode } = error
  return new CommandError(code, message, next, {
    retryable,
    vendorCode,
    cause: error,
  })
}
