import { readFileSync } from 'node:fs'
import { RotatorError } from '../core/errors.ts'
import { fileProblem } from './file-problem.ts'
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
 * @throws RotatorError `config` if the file is missing, or with every problem in it.
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
      `the configuration ${file || '""'} cannot be read (${fileProblem(cause)}): name the file with --config or ROTATOR_CONFIG`,
      { cause },
    )
  }
  return parseConfig(text, { file, env, readFile })
}
