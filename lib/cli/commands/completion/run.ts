import type { CommandContext, GlobalOptions } from '../../command.ts'
import type { Result } from '../../io.ts'
import { bashScript } from './bash.ts'
import { commandTree } from './command-tree.ts'
import { folded } from './fold.ts'
import { fishScript } from './fish.ts'
import type { SHELLS } from './flags.ts'
import { zshScript } from './zsh.ts'

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript }

/** Prints the completion script of a shell. */
export function runCompletion(
  _: GlobalOptions,
  { program }: CommandContext,
  shell: (typeof SHELLS)[number],
): Promise<Result> {
  const script = folded(SCRIPTS[shell](commandTree(program())))
  return Promise.resolve({ document: { shell, script }, text: script.trimEnd(), verbatim: true, exitCode: 0 })
}
