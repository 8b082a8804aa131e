import type { Command, CommandUnknownOpts, OptionValues } from '@commander-js/extra-typings'
import type { Io, Result } from './io.ts'
import type { Services } from './services.ts'

/** The options of every command. */
export interface GlobalOptions {
  readonly config?: string | undefined
  readonly json?: boolean | undefined
  /** The language of texts for people; passed on as `LIVE_KEY_LANG` in the command's environment. */
  readonly lang?: string | undefined
}

/** What a command works with. */
export interface CommandContext {
  readonly io: Io
  /** Loads the SDKs: only for commands that call Alibaba Cloud from here. */
  readonly services: () => Promise<Services>
  /** The whole program, for completion. */
  readonly program: () => CommandUnknownOpts
}

/** The options that a command runs with, derived from its flags. */
export type OptionsOf<Flags extends () => { opts(): object }> = ReturnType<ReturnType<Flags>['opts']> &
  GlobalOptions

/**
 * Runs a command.
 *
 * @returns What to print; undefined if the command has printed everything itself.
 */
export type Run<Options, Args extends unknown[] = []> = (
  options: Options,
  context: CommandContext,
  ...args: Args
) => Promise<Result | undefined>

/** Makes a command of the program. `done` receives what its run returns. */
export type CommandEntry = (
  globals: () => GlobalOptions,
  context: CommandContext,
  done: (result: Result | undefined) => void,
) => CommandUnknownOpts

/**
 * Joins a command's flags with its run, which is loaded only when called, so that `--help` starts at once.
 *
 * @example
 * ```ts
 * command(keysetFlags, async () => (await import('./commands/keyset/run.ts')).showKeyset)
 * ```
 */
export function command<Args extends unknown[], Own extends OptionValues>(
  flags: () => Command<Args, Own>,
  load: () => Promise<Run<Own & GlobalOptions, Args>>,
): CommandEntry {
  return (globals, context, done) => {
    const made = flags()
    return made.action(async () => {
      const run = await load()
      done(await run({ ...made.opts(), ...globals() }, context, ...made.processedArgs))
    })
  }
}
