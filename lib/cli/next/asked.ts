import type { Action } from '../../config/types.ts'
import type { KnownGroup } from './outlook.ts'

/** The parts of the command line that the next command depends on. */
export interface Asked {
  readonly action: Action
  readonly group?: string | undefined
  readonly emergency?: boolean | undefined
  readonly id?: string | undefined
  /** What was asked for, except for `--group`: `['--emergency', '--leaked', …]`. */
  readonly flags?: readonly string[] | undefined
  /** The options that lead to the same configuration, e.g. `['--config', 'live.yaml']`. */
  readonly place: readonly string[]
  /** If the deployed function ran it: the options that lead to the same function. */
  readonly invoked?: readonly string[] | undefined
  /** Of the local configuration. */
  readonly groups: readonly KnownGroup[]
}

/** `--name value` for each given option. */
export function given(options: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]))
}

/**
 * A command line that a shell splits into `args`.
 *
 * @example
 * ```ts
 * commandLine(['rotate', '--config', 'my files/rotation.yaml']) // "live-key-rotator rotate --config 'my files/rotation.yaml'"
 * ```
 */
export function commandLine(args: readonly string[]): string {
  return ['live-key-rotator', ...args.map(quoted)].join(' ')
}

function quoted(arg: string): string {
  return /^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", `'\\''`)}'`
}
