import { Command, InvalidArgumentError, Option, type AddHelpTextContext } from '@commander-js/extra-typings'
import { ON_RUNNING_STREAMS } from '../keyset/keyset.ts'

/** The end of a command's help: commands to type, under a localized title. */
export function examples(...lines: readonly string[]): (context: AddHelpTextContext) => string {
  return ({ command }) => {
    const title = command.createHelp().styleTitle(lines.length > 1 ? 'Examples:' : 'Example:')
    return `\n${title}\n${lines.map((line) => `  ${line}`).join('\n')}`
  }
}

/** Options of several commands. */
export const GROUP = new Option('--group <name>', 'only this group (default: all)')
export const ID = new Option('--id <id>', 'repeating an id continues that run and starts no other')
export const REASON = new Option('--reason <text>', 'why, for the log')
const DRY_RUN = new Option('--dry-run', 'read only; say what would be done')
export const WAIT = new Option(
  '--wait',
  'stay until it is done, however long receivers need (without it: 5 minutes at most)',
)
const EMERGENCY = new Option('--emergency', 'the key has leaked: no receiver trusts it after one ttl')
const LEAKED = new Option(
  '--leaked <kid>',
  'with --emergency: only this key has leaked (its kid, as status shows it); may be repeated',
).argParser(kids)
const ON_STREAMS = new Option(
  '--on-running-streams <mode>',
  'with --emergency: what happens to streams that sign with a leaked key; plan --emergency says what each choice would do (default: quarantine)',
).choices(ON_RUNNING_STREAMS)
const FORCE = new Option(
  '--force',
  'rotate even if the current key is young or an emergency was just handled',
)

/** A command with every flag of a rotation, whether it runs here or in the deployed function. */
export const rotationCommand = (name: string) =>
  new Command(name)
    .addOption(GROUP)
    .addOption(ID)
    .addOption(REASON)
    .addOption(EMERGENCY)
    .addOption(LEAKED)
    .addOption(ON_STREAMS)
    .addOption(FORCE)
    .addOption(DRY_RUN)

/** Reads the argument of an option: a whole number from `least` to `most`. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= least && value <= most) return value
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`)
  }
}

function kids(kid: string, before: readonly string[] = []): readonly string[] {
  if (/^[0-9a-f]{12}$/.test(kid)) return [...before, kid]
  throw new InvalidArgumentError('It must be a kid of 12 hex digits, as status shows it.')
}
