import { Command, InvalidArgumentError, Option } from 'commander'
import { ACTIONS, type Action } from '../config/types.ts'
import type { ActionOptions } from './commands/action.ts'
import type { DemoOptions } from './commands/demo.ts'
import type { EmulatorOptions } from './commands/emulator.ts'
import type { InvokeOptions } from './commands/invoke.ts'
import type { KeysetOptions } from './commands/keyset.ts'
import type { Io, Result } from './io.ts'
import type { Services } from './services.ts'

export interface ProgramOptions {
  readonly io: Io
  readonly version: string
  /** Loaded only by the commands that need it, for it brings the SDKs. */
  readonly services: () => Promise<Services>
  /** Takes what the command comes to. */
  readonly done: (result: Result) => void
}

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
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 failed or incomplete, 2 wrong use or configuration, 3 must wait.',
    )

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

  return program
}

function rotateOptions(command: Command): Command {
  return runOptions(groupOption(command))
    .option('--emergency', 'the key has leaked: no receiver trusts it after one ttl')
    .addOption(
      new Option('--leaked <kid>', 'with --emergency: only this key has leaked; may be repeated').argParser(
        (kid: string, before: readonly string[] | undefined) => [...(before ?? []), kid],
      ),
    )
    .addOption(
      new Option(
        '--on-running-streams <mode>',
        'with --emergency: what becomes of streams that sign with a leaked key (default: quarantine)',
      ).choices(['quarantine', 'reject', 'interrupt']),
    )
    .option('--force', 'rotate although the current key is young, or an emergency was a moment ago')
}

function invokeOptions(command: Command): Command {
  return command
    .description('have the deployed function run, and print its report and the end of its log')
    .option('--dry-run', 'read only, and say what would be done')
    .option('--function <name>', 'the function (default: live-key-rotator)')
    .option('--service <name>', 'the service that it is in, for Function Compute 2.0')
    .option('--qualifier <name>', 'a version or an alias (default: LATEST)')
    .option(
      '--account-id <id>',
      'the account (default: $FC_ACCOUNT_ID, else $ALIBABA_CLOUD_ACCOUNT_ID); not needed with an endpoint of FC 3.0',
    )
    .addOption(new Option('--action <action>', 'what to do').choices(ACTIONS).default('rotate'))
    .option('--async', 'put the run into the function’s queue, print the id of its task, and go')
    .option(
      '--follow [task-id]',
      'with --async: stay until the task is over; with an id instead: follow that task, start nothing',
    )
    .addHelpText(
      'after',
      [
        '',
        'Waits 15 minutes at most for the report; a function that may take longer is for --async --follow.',
        'While another run is under way, an invocation is refused and one with --async waits in the queue.',
        'A task tells how it ended; what the function reported is shown only if Alibaba Cloud opened that',
        'to the account: see `live-key-rotator status`.',
      ].join('\n'),
    )
}

function groupOption(command: Command, text = 'only this group (default: all)'): Command {
  return command.option('--group <name>', text)
}

function runOptions(command: Command): Command {
  return command
    .option('--id <id>', 'the same id again goes on with that run and starts no other')
    .option('--reason <text>', 'why, for the log')
}

function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= least && value <= most) return value
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`)
  }
}
