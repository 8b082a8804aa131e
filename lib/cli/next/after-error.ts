import type { ErrorCode } from '../../core/errors.ts'
import { CommandError } from './command-error.ts'

/** What may go well when it is tried again. */
const PASSING: readonly ErrorCode[] = ['throttled', 'unavailable', 'timeout', 'deadline']

/** What was typed, so far as it was understood. */
export interface Typed {
  /** All arguments. */
  readonly args: readonly string[]
  /** The command among them; undefined where there is none, or an unknown one. */
  readonly command: string | undefined
}

/**
 * What to type after an error: the arguments of `live-key-rotator`, one list for each command; none where nobody knows.
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
  // An address may hold what nobody should read.
  if (PASSING.includes(code)) return [args.filter((arg) => !arg.includes('://'))]
  return [['doctor']]
}
