import { languageOf } from '../../core/language.ts'
import type { GlobalOptions } from '../command.ts'
import type { Io } from '../io.ts'
import { commandLine, given } from '../next/asked.ts'
import { nextLine } from './next-line.ts'

/**
 * The last line of anything unfinished: a command to type, with the same configuration.
 *
 * @param args - The arguments of `live-key-rotator`.
 */
export function nextCommand(
  args: readonly string[],
  { config }: Pick<GlobalOptions, 'config'>,
  { env }: Pick<Io, 'env'>,
): string {
  return nextLine(commandLine([...args, ...given({ config })]), languageOf(env))
}
