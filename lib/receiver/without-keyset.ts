import { RotatorError } from '../core/errors.ts'

/** What a callback that cannot be verified comes to: the sender may try again. */
export function withoutKeyset(because: string, cause: unknown): RotatorError {
  return new RotatorError('unavailable', `no keyset to verify with: ${because}`, { retryable: true, cause })
}
