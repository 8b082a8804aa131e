import { CommanderError } from '@commander-js/extra-typings'
import { toRotatorError, type RotatorError } from '../core/errors.ts'
import type { InEachLanguage } from '../core/language.ts'
import { plainText } from '../core/plain-text.ts'
import { exitCodeOfError } from './exit-code.ts'
import type { ExitCode, Io, Result } from './io.ts'
import { nextAfterError, type Typed } from './next/after-error.ts'
import { commandLine } from './next/asked.ts'
import { createProgram, type ProgramOptions } from './program.ts'
import { styleOf } from './style.ts'
import { withLanguage } from './language-option.ts'
import { asTyped, nextLine } from './text/next-line.ts'
import { wrapText } from './text/wrap.ts'

/**
 * Runs one command line and returns its exit code. Writes the result to `io.stdout`: under `--json` one document and
 * nothing else there, errors included. Never throws.
 *
 * @example
 * ```ts
 * process.exitCode = await runCli(process.argv.slice(2), options)
 * ```
 */
export async function runCli(
  args: readonly string[],
  options: Omit<ProgramOptions, 'done'>,
): Promise<ExitCode> {
  const io = withLanguage(options.io, args)
  const json = args.includes('--json')
  let result: Result | undefined
  const program = createProgram({ ...options, io, done: (given) => void (result = given) })
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0
    const name = args.find((arg) => program.commands.some((each) => each.name() === arg))
    const command = program.commands.find((each) => each.name() === name)
    return fail(error, json, { args, command: name, options: { ...command?.opts(), ...program.opts() } }, io)
  }
  if (result === undefined) return 0
  const { document, text, exitCode, verbatim = false } = result
  const { width } = styleOf(io.stdout, io.env)
  const shown = verbatim ? text : wrapText(asTyped(text, io.env), width)
  io.stdout.write(`${json ? JSON.stringify(document, null, 2) : shown}\n`)
  return exitCode
}

function fail(error: unknown, json: boolean, typed: Typed, io: Io): ExitCode {
  const { code, message } = describe(error)
  if (json) io.stdout.write(`${JSON.stringify({ ok: false, error: { code, message } }, null, 2)}\n`)
  const { color, width, language } = styleOf(io.stderr, io.env)
  // Commander has printed its error with a hint; if it only showed its help, it has not said why.
  const lines =
    error instanceof CommanderError && !isHelp(error)
      ? []
      : [`${color.red(ERROR[language])} ${plainText(message)}`]
  for (const args of nextAfterError(error, code, typed))
    lines.push(nextLine(color.bold(commandLine(args)), language))
  if (lines.length > 0) io.stderr.write(`${wrapText(asTyped(lines.join('\n'), io.env), width)}\n`)
  return error instanceof CommanderError ? 2 : exitCodeOfError(error)
}

/** The message stays as thrown: it is what people search for. */
const ERROR: InEachLanguage<string> = { en: 'error:', zh: '错误:' }

/** Help that nobody asked for: no command was named. */
function isHelp(error: unknown): boolean {
  return error instanceof CommanderError && error.code === 'commander.help'
}

function describe(error: unknown): Pick<RotatorError, 'code' | 'message'> {
  if (isHelp(error)) return { code: 'usage', message: 'name a command: see live-key-rotator --help' }
  if (error instanceof CommanderError)
    return { code: 'usage', message: error.message.replace(/^error: /, '') }
  return toRotatorError(error)
}
