import type { Action } from '../../config/types.ts'
import type { KnownGroup } from './outlook.ts'

/** What was typed, as far as the next command depends on it. */
export interface Asked {
  readonly action: Action
  readonly group?: string | undefined
  readonly emergency?: boolean | undefined
  readonly id?: string | undefined
  /** The options that lead to the same configuration again, e.g. `['--config', 'live.yaml']`. */
  readonly place: readonly string[]
  /** Where the deployed function ran it: the options that lead to that function again. */
  readonly invoked?: readonly string[] | undefined
  /** Of the local configuration. */
  readonly groups: readonly KnownGroup[]
}

/** `--name value` for each option that was given. */
export function given(options: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]))
}

/**
 * A command line that a shell takes apart into `args` again.
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
