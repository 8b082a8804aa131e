import { RotatorError, type RotatorErrorOptions } from '../../core/errors.ts'

/** Credentials that are missing or unusable. */
export function badCredentials(message: string, options?: RotatorErrorOptions): RotatorError {
  return new RotatorError('badCredentials', message, options)
}
