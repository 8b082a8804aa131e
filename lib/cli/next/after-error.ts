import type { ErrorCode } from '../../core/errors.ts'
import { CommandError } from './command-error.ts'

/** Errors that may pass on another try. */
const PASSING: readonly ErrorCode[] = ['throttled', 'unavailable', 'timeout', 'deadline']

/** The command line, as far as it was understood. */
export interface Typed {
  /** All arguments. */
  readonly args: readonly string[]
  /** The command; undefined if there is none or it is unknown. */
  readonly command: string | undefined
}

/**
 * What to type after an error: the arguments of `live-key-rotator`, one list per command; empty if unknown.
 *
 */
export function nextAfterError(
  error: unknown,
  code: ErrorCode,
  { args, command }: Typed,
): readonly (readonly string[])[] {
  if (error instanceof CommandError) return error.next
  if (code === 'unexpected') return []
  if (code === 'usage') return [command === undefined ? ['--help'] : [command, '--help']]
  if (code === 'noKeyset') return [['rotate']]
  if (code === 'keyset') return [['keyset', '--restore']]
  // A URL may contain a secret.
  if (PASSING.includes(code)) return [args.filter((arg) => !arg.includes('://'))]
  return [['doctor']]
}
