import { RotatorError } from '../core/errors.ts'
import type { Io } from './io.ts'

/** Whether there is somebody to ask: stdin and stderr must be terminals, since questions go to stderr. */
export function canAsk({ stdin, stderr }: Io): boolean {
  return stdin?.isTTY === true && stderr.isTTY === true
}

/** Asks for a line of text; Enter alone accepts the default. */
export async function askText(io: Io, message: string, preset: string): Promise<string> {
  const { input } = await prompts()
  return answered(io, (context) => input({ message, default: preset }, context))
}

/** Asks for text without showing it, or offering to. */
export async function askSecret(io: Io, message: string): Promise<string> {
  const { password } = await prompts()
  return answered(io, (context) => password({ message, mask: false, toggleMask: false }, context))
}

/** Asks for yes or no. */
export async function askYesNo(io: Io, message: string, preset: boolean): Promise<boolean> {
  const { confirm } = await prompts()
  return answered(io, (context) => confirm({ message, default: preset }, context))
}

/** Asks to choose any of several, none preselected. */
export async function askSome(io: Io, message: string, choices: readonly string[]): Promise<string[]> {
  const { checkbox } = await prompts()
  const list = choices.map((value) => ({ value, name: value }))
  return answered(io, (context) => checkbox({ message, choices: list }, context))
}

/** Loaded only to ask a question. */
const prompts = () => import('@inquirer/prompts')

interface PromptContext {
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream
  readonly signal: AbortSignal
}

/** stdout is for the result alone. */
async function answered<T>(io: Io, ask: (context: PromptContext) => Promise<T>): Promise<T> {
  const { stdin, stderr, interrupted } = io
  if (stdin === undefined)
    throw new RotatorError('usage', 'there is nobody to ask, because stdin is not a terminal')
  try {
    return await ask({ input: stdin, output: stderr, signal: interrupted })
  } catch (cause) {
    // Ctrl-C at the question or before it.
    if (cause instanceof Error && /^(ExitPrompt|AbortPrompt)Error$/.test(cause.name)) {
      throw new RotatorError('usage', 'stopped at a question; nothing was done', { cause })
    }
    throw cause
  }
}
