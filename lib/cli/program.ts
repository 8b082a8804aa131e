import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings'
import type { CommandContext } from './command.ts'
import { COMMANDS } from './commands.ts'
import { localizeHelp } from './help/localized-help.ts'
import type { Result } from './io.ts'
import { styleOf, type Style } from './style.ts'
import { LANG } from './language-option.ts'
import { wrapText } from './text/wrap.ts'

export interface ProgramOptions extends Omit<CommandContext, 'program'> {
  readonly version: string
  /** Receives the command's result. */
  readonly done: (result: Result | undefined) => void
}

const AFTER = `
Exit codes: 0 done, 1 failed or incomplete, 2 wrong use or configuration, 3 must wait.
To start: demo shows a rotation on this machine; plan says what a rotation would do and changes nothing.`

/** The command line as a commander program. */
export function createProgram({ io, version, services, done }: ProgramOptions): Command {
  const [out, err] = [styleOf(io.stdout, io.env), styleOf(io.stderr, io.env)]
  const program = new Command('live-key-rotator')
    .description(
      'Rotates the snapshot-callback key of ApsaraVideo Live domains without refusing a genuine callback.',
    )
    .version(version)
    .option('--config <path>', 'the configuration (default: $ROTATOR_CONFIG, else rotation.yaml)')
    .option('--json', 'print one JSON document on stdout, everything else on stderr')
    .addOption(LANG)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void io.stdout.write(wrapText(text, out.width)),
      writeErr: (text) => void io.stderr.write(wrapText(text, err.width)),
      getOutHelpWidth: () => helpWidth(out),
      getErrHelpWidth: () => helpWidth(err),
    })
    .exitOverride()
    .helpCommand(false)
    .addHelpText('after', AFTER)

  const context: CommandContext = { io, services, program: () => program }
  for (const make of COMMANDS) {
    program.addCommand(make(() => program.opts(), context, done).copyInheritedSettings(program))
  }
  program.addCommand(helpCommand(program).copyInheritedSettings(program))
  localizeHelp(program, out.language)
  return program
}

/** Also in a pipe: help is for people. */
function helpWidth({ width }: Style): number {
  return width === Infinity ? 80 : width
}

/** Commander's own help is silent about an unknown command. */
function helpCommand(program: CommandUnknownOpts) {
  return new Command('help')
    .argument('[command]')
    .description('display help for command')
    .action((name) => {
      const found = name === undefined ? program : program.commands.find((each) => each.name() === name)
      if (found === undefined) return program.error(`error: unknown command '${String(name)}'`)
      return found.help()
    })
}
