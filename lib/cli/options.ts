import { InvalidArgumentError, Option, type Command } from 'commander'
import { ACTIONS } from '../config/types.ts'
import { ON_RUNNING_STREAMS } from '../keyset/keyset.ts'

/** What `rotate` and `invoke` may be asked for. */
export function rotateOptions(command: Command): Command {
  return runOptions(groupOption(command))
    .option('--emergency', 'the key has leaked: no receiver trusts it after one ttl')
    .addOption(
      new Option(
        '--leaked <kid>',
        'with --emergency: only this key has leaked, by its kid in status; may be repeated',
      ).argParser(kids),
    )
    .addOption(
      new Option(
        '--on-running-streams <mode>',
        'with --emergency: what becomes of streams that sign with a leaked key; plan --emergency says what each choice would do (default: quarantine)',
      ).choices(ON_RUNNING_STREAMS),
    )
    .option('--force', 'rotate although the current key is young, or an emergency was a moment ago')
}

export function invokeOptions(command: Command): Command {
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

export function groupOption(command: Command, text = 'only this group (default: all)'): Command {
  return command.option('--group <name>', text)
}

export function runOptions(command: Command): Command {
  return command
    .option('--id <id>', 'the same id again goes on with that run and starts no other')
    .option('--reason <text>', 'why, for the log')
}

/** Reads the argument of an option: a whole number from `least` to `most`. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= least && value <= most) return value
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`)
  }
}

function kids(kid: string, before: readonly string[] = []): string[] {
  if (/^[0-9a-f]{12}$/.test(kid)) return [...before, kid]
  throw new InvalidArgumentError('It must be a kid of 12 hex digits, as status shows them.')
}
