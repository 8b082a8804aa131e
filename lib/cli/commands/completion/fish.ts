import type { CommandTree, CompletedCommand, CompletedOption } from './command-tree.ts'

/** The completion script for fish. */
export function fishScript({ program, commands, globals }: CommandTree): string {
  const line = (condition: string | null, rest: string): string =>
    `complete -c ${program}${condition === null ? '' : ` -n ${quoted(condition)}`} ${rest}\n`
  const option = (condition: string | null, one: CompletedOption): string => line(condition, optionOf(one))
  // fish's own test mistakes the value of an option, as in --config FILE, for the command.
  const none = `not __fish_seen_subcommand_from ${commands.map(({ name }) => name).join(' ')}`
  const ofCommand = ({ name, description, options, choices }: CompletedCommand): string => {
    const seen = `__fish_seen_subcommand_from ${name}`
    return [
      line(none, `-a ${name} -d ${quoted(description)}`),
      ...options.map((one) => option(seen, one)),
      ...(choices.length > 0 ? [line(seen, `-a ${quoted(choices.join(' '))}`)] : []),
    ].join('')
  }
  return [
    `# Completion of ${program} for fish.\n`,
    line(null, '-f'),
    ...globals.map((one) => option(null, one)),
    ...commands.map(ofCommand),
  ].join('')
}

function optionOf({ flag, description, takesValue, choices, isPath }: CompletedOption): string {
  const kind = isPath ? ' -r -F' : ' -x'
  const values = choices.length > 0 ? ` -a ${quoted(choices.join(' '))}` : ''
  return `-l ${flag.replace(/^--/, '')} -d ${quoted(description)}${takesValue ? kind : ''}${values}`
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "'\\''")}'`
}
