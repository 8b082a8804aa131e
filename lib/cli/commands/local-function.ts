import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { FunctionOptions } from '../../emulator/index.ts'
import { RotatorError } from '../../errors.ts'
import type { Io } from '../io.ts'

/**
 * The built rotator as a function of the local cloud, set up as in s.yaml. Its configuration is the one in its folder,
 * unless `config` or `ROTATOR_CONFIG` names another.
 *
 * @throws RotatorError `usage` when the folder holds no built function.
 */
export function localFunction(folder: string, config: string | undefined, io: Io): FunctionOptions {
  const codeDir = resolve(folder)
  if (!existsSync(join(codeDir, 'index.js'))) {
    throw new RotatorError(
      'usage',
      `there is no built function in ${folder}: npm run build makes dist/functions/rotate`,
    )
  }
  const path = config ?? io.env['ROTATOR_CONFIG']
  return {
    name: 'live-key-rotator',
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
}
