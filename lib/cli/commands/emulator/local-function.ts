import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { FunctionOptions } from '../../../emulator/index.ts'
import { RotatorError } from '../../../core/errors.ts'
import type { Io } from '../../io.ts'

export interface LocalFunctionOptions {
  readonly folder: string
  /** Its service in Function Compute 2.0. */
  readonly service?: string | undefined
  readonly config?: string | undefined
}

export interface LocalFunction {
  readonly options: FunctionOptions
  /** Its configuration file. */
  readonly configuration: string
}

/**
 * The built rotator as a function of the emulator, with the settings of s.yaml. Its configuration is the one in its
 * folder, unless `config` or `ROTATOR_CONFIG` names another.
 *
 * @throws RotatorError `usage` if the folder holds no built function, or for an invalid service name.
 */
export function localFunction({ folder, service, config }: LocalFunctionOptions, io: Io): LocalFunction {
  const codeDir = resolve(folder)
  if (!existsSync(join(codeDir, 'index.js'))) {
    throw new RotatorError(
      'usage',
      `there is no built function in ${folder}: run npm run build, which makes dist/functions/rotate`,
    )
  }
  if (service !== undefined && !/^[A-Za-z_][A-Za-z0-9_-]{0,63}$/.test(service)) {
    throw new RotatorError(
      'usage',
      `--service must be a letter or _ followed by up to 63 letters, digits, _ and -, not "${service}"`,
    )
  }
  const path = config ?? io.env['ROTATOR_CONFIG']
  const options: FunctionOptions = {
    name: 'live-key-rotator',
    ...(service !== undefined && { service }),
    codeDir,
    env: (url) => ({
      ROTATOR_LIVE_ENDPOINT: url,
      ROTATOR_KMS_ENDPOINT: url,
      ...(path !== undefined && { ROTATOR_CONFIG: resolve(path) }),
    }),
    timeout: 600,
    memorySize: 256,
    asyncInvokeConfig: { maxAsyncRetryAttempts: 2, maxAsyncEventAgeInSeconds: 3600 },
    onLog: (text) => void io.stderr.write(text),
  }
  return { options, configuration: path === undefined ? join(codeDir, 'rotation.yaml') : resolve(path) }
}
