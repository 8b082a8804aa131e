import type { CommandTree, CompletedCommand, CompletedOption } from './command-tree.ts'

/** The completion script for zsh. */
export function zshScript({ program, commands, globals }: CommandTree): string {
  const name = `_${program.replaceAll('-', '_')}`
  return `#compdef ${program}
# Completion of ${program} for zsh.
${name}() {
  local -a commands
  commands=(
${commands.map((command) => `    ${quoted(`${command.name}:${firstOf(command.description)}`)}\n`).join('')}  )
  local command='' word
  for word in $words; do
    case $word in
${commands.map(({ name }) => `      ${name}) command=${name}; break ;;\n`).join('')}    esac
  done
  if [[ -z $command || $words[CURRENT] == $command ]]; then
    _describe command commands
    _arguments ${globals.map(argument).join(' ')}
    return
  fi
  case $command in
${commands.map((command) => commandCase(command, globals)).join('')}  esac
}
# From a folder of $fpath it runs at the first Tab; sourced, it only registers.
if [[ $funcstack[1] == _${program} ]]; then
  ${name} "$@"
else
  compdef ${name} ${program}
fi
`
}

function commandCase(
  { name, options, choices }: CompletedCommand,
  globals: readonly CompletedOption[],
): string {
  const positional = choices.length === 0 ? [] : [quoted(`*:value:(${choices.join(' ')})`)]
  // _arguments completes no options after a word that it does not expect, which the command itself is.
  const specs = [quoted(`1: :(${name})`), ...[...options, ...globals].map(argument)]
  return `    ${name}) _arguments ${[...specs, ...positional].join(' ')} ;;\n`
}

/** `--flag[description]:value:(choices)` */
function argument({ flag, description, takesValue, choices, isPath }: CompletedOption): string {
  const values = choices.length > 0 ? `(${choices.join(' ')})` : ''
  const value = isPath ? ':file:_files' : `:value:${values}`
  return quoted(`*${flag}[${description.replace(/[[\]]/g, '')}]${takesValue ? value : ''}`)
}

function firstOf(description: string): string {
  return description.split(/[:;(]/)[0]?.trim() ?? ''
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
