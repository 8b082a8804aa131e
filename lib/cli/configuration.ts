import { loadConfig } from '../config/load.ts'
import type { RotationConfig } from '../config/types.ts'
import { hasCode } from '../core/errors.ts'
import { systemCode } from '../core/system-code.ts'
import type { GlobalOptions } from './command.ts'
import type { Io } from './io.ts'
import { withNext } from './next/command-error.ts'

/**
 * The configuration of a command.
 *
 * @throws RotatorError `config`
 */
export function configurationOf({ config }: GlobalOptions, { env }: Io): RotationConfig {
  try {
    return loadConfig({ env, ...(config !== undefined && { path: config }) })
  } catch (error) {
    throw hasCode(error, 'config') && systemCode(error.cause) === 'ENOENT' ? withNext(error, ['init']) : error
  }
}
