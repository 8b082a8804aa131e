import type { CommandUnknownOpts } from '@commander-js/extra-typings'

/** What a shell needs to complete one option. */
export interface CompletedOption {
  /** E.g. `--group`. */
  readonly flag: string
  readonly description: string
  /** Whether it takes a value. */
  readonly takesValue: boolean
  /** Its choices; empty if any text will do. */
  readonly choices: readonly string[]
  /** Whether its value is a file or a folder. */
  readonly isPath: boolean
}

export interface CompletedCommand {
  readonly name: string
  readonly description: string
  readonly options: readonly CompletedOption[]
  /** The values of its first argument. */
  readonly choices: readonly string[]
}

export interface CommandTree {
  readonly program: string
  /** Those of every command. */
  readonly globals: readonly CompletedOption[]
  readonly commands: readonly CompletedCommand[]
}

/** What a shell needs to know about the command line. Read from the commands themselves, so it cannot differ. */
export function commandTree(program: CommandUnknownOpts): CommandTree {
  return {
    program: program.name(),
    globals: optionsOf(program),
    commands: program.commands.map((command) => ({
      name: command.name(),
      description: command.description(),
      options: optionsOf(command),
      choices: choicesOf(command, program),
    })),
  }
}

function optionsOf(command: CommandUnknownOpts): CompletedOption[] {
  return command.options.flatMap(({ long, description, required, optional, argChoices, flags, hidden }) =>
    long === undefined || hidden
      ? []
      : [
          {
            flag: long,
            description: firstClause(description),
            takesValue: required || optional,
            choices: argChoices ?? [],
            isPath: /[<[](file|path|folder|dir)[\]>]/.test(flags),
          },
        ],
  )
}

/** `help` takes a command's name. */
function choicesOf(command: CommandUnknownOpts, program: CommandUnknownOpts): readonly string[] {
  const [first] = command.registeredArguments
  if (first?.name() === 'command') return program.commands.map((one) => one.name())
  return first?.argChoices ?? []
}

/** The first sentence only: a menu has little room. */
function firstClause(description: string): string {
  return description.split(/[:;(]/)[0]?.trim() ?? ''
}
