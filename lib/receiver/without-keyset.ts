import { unavailable, type RotatorError } from '../core/errors.ts'

/** What a callback that cannot be verified comes to: the sender may try again. */
export function withoutKeyset(because: string, cause: unknown): RotatorError {
  return unavailable(`no keyset to verify with: ${because}`, cause)
}
