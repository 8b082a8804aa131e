import { unavailable, type RotatorError } from '../core/errors.ts'

/** The error for a callback that cannot be verified: the sender may try again. */
export function withoutKeyset(because: string, cause: unknown): RotatorError {
  return unavailable(`no keyset to verify with: ${because}`, cause)
}
