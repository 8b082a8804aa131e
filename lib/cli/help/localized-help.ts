import { EventEmitter } from 'node:events'
import {
  Help,
  type Argument,
  type CommandUnknownOpts,
  type HelpConfiguration,
  type Option,
} from '@commander-js/extra-typings'
import type { Language } from '../../core/language.ts'
import { COMMANDS_HELP, PROGRAM, SHARED, TITLES, type CommandHelp } from './chinese-help.ts'

const english = new Help()

/** Localizes the help of a program that has all its commands. */
export function localizeHelp(program: CommandUnknownOpts, language: Language): void {
  if (language === 'en') return
  localize(program, PROGRAM)
  for (const command of program.commands) {
    const help = COMMANDS_HELP[command.name()]
    if (help !== undefined) localize(command, help)
  }
}

/** Leaves the command itself alone: its options are shared, and completion uses their English. */
function localize(command: CommandUnknownOpts, help: CommandHelp): void {
  command.configureHelp({ ...command.configureHelp(), ...configurationOf(help) })
  if (help.after === undefined) return
  // A command is an event emitter, though its types do not say so; without this, the English text at the end would
  // stay.
  if (command instanceof EventEmitter) command.removeAllListeners('afterHelp')
  command.addHelpText('after', help.after)
}

function configurationOf(help: CommandHelp): HelpConfiguration {
  return {
    styleTitle: (title) => TITLES[title] ?? title,
    commandDescription: () => help.description,
    subcommandDescription: (command) => COMMANDS_HELP[command.name()]?.description ?? command.description(),
    optionDescription: (option) => optionText(option, help),
    argumentDescription: (argument) => argumentText(argument, help),
  }
}

function optionText(option: Option, { options }: CommandHelp): string {
  const name = option.long?.replace(/^--/, '') ?? ''
  const text = options?.[name] ?? SHARED[name] ?? option.description
  return text + restInChinese(english.optionDescription(option), option.description)
}

function argumentText(argument: Argument, help: CommandHelp): string {
  const text = help.arguments?.[argument.name()] ?? argument.description
  return text + restInChinese(english.argumentDescription(argument), argument.description)
}

/** What commander adds to a description: choices and the default. */
function restInChinese(whole: string, description: string): string {
  return whole.slice(description.length).replace('choices: ', '可选：').replace('default: ', '默认：')
}
