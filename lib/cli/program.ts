import { Command } from 'commander'
import type { Action } from '../config/types.ts'
import type { ActionOptions } from './commands/action.ts'
import type { DemoOptions } from './commands/demo.ts'
import type { EmulatorOptions } from './commands/emulator.ts'
import type { InvokeOptions } from './commands/invoke.ts'
import type { KeysetOptions } from './commands/keyset.ts'
import type { Io, Result } from './io.ts'
import { groupOption, invokeOptions, rotateOptions, runOptions, wholeNumber } from './options.ts'
import type { Services } from './services.ts'

export interface ProgramOptions {
  readonly io: Io
  readonly version: string
  /** Loaded only by the commands that need it, for it brings the SDKs. */
  readonly services: () => Promise<Services>
  /** Takes what the command comes to. */
  readonly done: (result: Result) => void
}

const AFTER = `
Exit codes: 0 done, 1 failed or incomplete, 2 wrong use or configuration, 3 must wait.
To begin: demo shows it at work on this machine; plan says what a rotation would do, and changes nothing.`

/**
 * The command line, as commander has it. What a command needs is loaded when it runs, so that `--help` and `schema`
 * start at once.
 */
export function createProgram({ io, version, services, done }: ProgramOptions): Command {
  const program = new Command('live-key-rotator')
    .description(
      'Rotates the snapshot-callback key of ApsaraVideo Live domains without refusing a genuine callback.',
    )
    .version(version)
    .option('--config <path>', 'the configuration (default: $ROTATOR_CONFIG, else rotation.yaml)')
    .option('--json', 'print one JSON document on stdout, everything else on stderr')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
    })
    .showHelpAfterError('(see --help)')
    .exitOverride()
    .helpCommand(false)
    .addHelpText('after', AFTER)

  const action = (command: Command, name: Action, preset: ActionOptions = {}) =>
    command.action(async () => {
      const { runAction } = await import('./commands/action.ts')
      const options = { ...command.optsWithGlobals<ActionOptions>(), ...preset }
      done(await runAction(name, options, io, await services()))
    })

  action(
    rotateOptions(program.command('rotate'))
      .description('rotate the key here, until it is done or must wait')
      .option('--dry-run', 'read only, and say what would be done')
      .option('--wait', 'stay until it is done, however long receivers need'),
    'rotate',
  )
  action(
    groupOption(program.command('plan'))
      .description('read only: what a rotation would do, how many calls, how long, which running streams')
      .option('--emergency', 'plan an emergency'),
    'rotate',
    { dryRun: true },
  )
  action(
    runOptions(groupOption(program.command('reconcile')))
      .description('finish what is pending, repair what drifted, adopt, let old keys go')
      .option('--wait', 'stay until it is done, however long receivers need'),
    'reconcile',
  )
  action(
    runOptions(groupOption(program.command('rollback')))
      .description('go back to the key before the present one')
      .option('--wait', 'stay until it is done, however long receivers need'),
    'rollback',
  )
  action(
    groupOption(program.command('status')).description(
      'read only: keys, their age, who still signs with them',
    ),
    'status',
  )

  const invoke = invokeOptions(rotateOptions(program.command('invoke')))
  invoke.action(async () => {
    const { runInvoke } = await import('./commands/invoke.ts')
    done(await runInvoke(invoke.optsWithGlobals<InvokeOptions>(), io))
  })

  const keyset = groupOption(program.command('keyset'), 'of this group; needed when there are several')
    .description('print the keyset document')
    .option('--reveal', 'with the keys in clear')
  keyset.action(async () => {
    const { showKeyset } = await import('./commands/keyset.ts')
    done(await showKeyset(keyset.optsWithGlobals<KeysetOptions>(), io, await services()))
  })

  program
    .command('schema')
    .description('print the JSON Schema of the configuration')
    .action(async () => {
      const { showSchema } = await import('./commands/schema.ts')
      done(await showSchema())
    })

  const emulator = program
    .command('emulator')
    .description('run the local cloud until Ctrl-C: KMS, Live and Function Compute on this machine')
    .option('--port <port>', 'where it listens on 127.0.0.1', wholeNumber(0, 65_535), 4710)
    .option(
      '--domains <n>',
      'how many domains it has: live1.example.com, … (default: 60)',
      wholeNumber(0, 100_000),
    )
    .option('--streams <n>', 'how many streams are pushed to them (default: 120)', wholeNumber(0, 1_000_000))
    .option('--state <file>', 'keep its state in a file, and go on from it if it is there')
    .option('--callback <url>', 'send snapshot callbacks there')
    .option('--function <folder>', 'run the built function there, for invoke: dist/functions/rotate')
    .option('--service <name>', 'with --function: in this service, for invoke --service (FC 2.0)')
  emulator.action(async () => {
    const { runEmulator } = await import('./commands/emulator.ts')
    await runEmulator(emulator.optsWithGlobals<EmulatorOptions>(), io)
  })

  const demo = program
    .command('demo')
    .description(
      'the main job on this machine: a local cloud, receivers, and a rotation under their callbacks',
    )
    .option('--domains <n>', 'how many domains', wholeNumber(1, 2_000), 60)
    .option('--emergency', 'the key has leaked: cut it off')
  demo.action(async () => {
    const { runDemo } = await import('./commands/demo.ts')
    done(await runDemo(demo.optsWithGlobals<DemoOptions>(), io))
  })

  // Commander's own says nothing of a command that it does not know.
  program
    .command('help')
    .argument('[command]')
    .description('display help for command')
    .action((name?: string) => {
      const command = name === undefined ? program : program.commands.find((each) => each.name() === name)
      if (command === undefined) return program.error(`error: unknown command '${String(name)}'`)
      return command.help()
    })

  return program
}
