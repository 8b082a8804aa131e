import { loadConfig } from '../config/load.ts'
import type { RotationConfig } from '../config/types.ts'
import type { GlobalOptions } from './command.ts'
import type { Io } from './io.ts'

/**
 * The configuration that a command works by.
 *
 * @throws RotatorError `config`
 */
export function configurationOf({ config }: GlobalOptions, { env }: Io): RotationConfig {
  return loadConfig({ env, ...(config !== undefined && { path: config }) })
}
