import type { ErrorCode } from '../../core/errors.ts'
import { shownUrl } from '../text/shown-url.ts'
import { given } from './asked.ts'
import { CommandError } from './command-error.ts'

/** Errors that may pass on another try. */
const PASSING: readonly ErrorCode[] = ['throttled', 'unavailable', 'timeout', 'deadline']

/** The command line, as far as it was understood. */
export interface Typed {
  /** All arguments. */
  readonly args: readonly string[]
  /** The command; undefined if there is none or it is unknown. */
  readonly command: string | undefined
  /** Its options, those of every command included. */
  readonly options: Readonly<Record<string, unknown>>
}

/** What to type after an error: the arguments of `live-key-rotator`, one list per command; empty if unknown. */
export function nextAfterError(
  error: unknown,
  code: ErrorCode,
  { args, command, options }: Typed,
): readonly (readonly string[])[] {
  if (error instanceof CommandError) return error.next
  if (code === 'unexpected') return []
  if (code === 'usage')
    return [command === undefined || command === 'help' ? ['--help'] : [command, '--help']]
  const place = given({ config: textOf(options['config']) })
  const group = given({ group: textOf(options['group']) })
  if (code === 'noKeyset') return [['rotate', ...group, ...place]]
  if (code === 'keyset') return [['keyset', '--restore', ...group, ...place]]
  if (PASSING.includes(code)) return [printable(args)]
  // A group cannot be chosen of a configuration that cannot be read.
  if (code === 'config') return [['doctor', ...place]]
  return [['doctor', ...group, ...given({ function: textOf(options['function']) }), ...place]]
}

/** Without URLs that may contain a secret, each with its option: an option without its value is no command to type. */
function printable(args: readonly string[]): readonly string[] {
  const isSecret = (arg: string | undefined) => arg?.includes('://') === true && !isPlainUrl(arg)
  return args.filter((arg, at) => !isSecret(arg) && !(arg.startsWith('--') && isSecret(args[at + 1])))
}

function isPlainUrl(text: string): boolean {
  return URL.canParse(text) && [text, `${text}/`].includes(shownUrl(text))
}

function textOf(option: unknown): string | undefined {
  return typeof option === 'string' ? option : undefined
}
