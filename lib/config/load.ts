import { readFileSync } from 'node:fs'
import { RotatorError } from '../core/errors.ts'
import { parseConfig, type Environment } from './parse.ts'
import type { RotationConfig } from './types.ts'

export interface LoadOptions {
  /** The file. Default: `ROTATOR_CONFIG` of the environment, else `rotation.yaml`. */
  readonly path?: string
  readonly env?: Environment
  /** Reads a text file. Default: from the file system. */
  readonly readFile?: (path: string) => string
}

/**
 * Reads the configuration from its file and the `ROTATOR_*` variables of `env`. Reads files, and nothing else.
 *
 * @throws RotatorError `config` when the file is not there, or with all that is wrong in it.
 *
 * @example
 * ```ts
 * const config = loadConfig({ env: process.env })
 * ```
 */
export function loadConfig(options: LoadOptions = {}): RotationConfig {
  const { env = {}, readFile = (path: string) => readFileSync(path, 'utf8') } = options
  const file = options.path ?? (env['ROTATOR_CONFIG'] || 'rotation.yaml')
  let text: string
  try {
    text = readFile(file)
  } catch (cause) {
    throw new RotatorError(
      'config',
      `the configuration ${file || '""'} cannot be read (${reasonOf(cause)}): name the file with --config or ROTATOR_CONFIG`,
      { cause },
    )
  }
  return parseConfig(text, { file, env, readFile })
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'no permission',
}

function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason'
  return REASONS[code] ?? code
}
