import type { CommandTree, CompletedCommand, CompletedOption } from './command-tree.ts'

/** The completion script for bash 3.2 and later, the oldest still in use (macOS). */
export function bashScript(tree: CommandTree): string {
  const { program, commands, globals } = tree
  const name = `_${program.replaceAll('-', '_')}`
  const names = commands.map((command) => command.name)
  return `# Completion of ${program} for bash.
${name}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}
  local command='' words='' i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
${names.map((each) => `      ${each}) command=${each}; break ;;\n`).join('')}    esac
  done
  case "$command $prev" in
${[...globals.map((option) => valueCase(null, option)), ...commands.flatMap(valueCases)].join('')}  esac
  case $command in
    '') words='${[...names, ...flagsOf(globals)].join(' ')}' ;;
${commands.map((command) => wordsCase(command, globals)).join('')}  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F ${name} ${program}
`
}

function valueCases({ name, options }: CompletedCommand): string[] {
  return options.map((option) => valueCase(name, option))
}

/** Completes the value of an option, a command's own or a global one: one of its choices, a file, or nothing. */
function valueCase(command: string | null, { flag, takesValue, choices, isPath }: CompletedOption): string {
  if (!takesValue) return ''
  const ofChoices = choices.length > 0 ? `COMPREPLY=($(compgen -W '${choices.join(' ')}' -- "$cur"))` : ':'
  const reply = isPath ? 'COMPREPLY=($(compgen -f -- "$cur"))' : ofChoices
  const after = command === null ? `*' ${flag}'` : `'${command} ${flag}'`
  return `    ${after}) ${reply}; return ;;\n`
}

function wordsCase(
  { name, options, choices }: CompletedCommand,
  globals: readonly CompletedOption[],
): string {
  return `    ${name}) words='${[...choices, ...flagsOf([...options, ...globals])].join(' ')}' ;;\n`
}

function flagsOf(options: readonly CompletedOption[]): string[] {
  return [...options.map(({ flag }) => flag), '--help']
}
