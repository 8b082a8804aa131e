import { createRequire } from 'node:module'
import { join } from 'node:path'

const PACKAGE = '@alicloud/live20161101'

/**
 * With `LIVE_SDK=official`: builds the rotator on the Client and Request classes of `@alicloud/live20161101`, an optional
 * peer, instead of the small client over `@alicloud/openapi-core`.
 *
 * @param {Readonly<Record<string, string | undefined>>} [env]
 * @param {string} [root] - The folder whose node_modules to look in.
 * @returns {import('esbuild').Plugin[]}
 */
export function liveSdk(env = process.env, root = process.cwd()) {
  const wanted = env['LIVE_SDK'] || 'small'
  if (wanted === 'small') return []
  if (wanted !== 'official') throw new Error(`LIVE_SDK must be official or small, not ${wanted}`)
  const { resolve } = createRequire(join(root, 'package.json'))
  /** @type {string} */
  let path
  try {
    path = resolve(PACKAGE)
  } catch (error) {
    throw new Error(`LIVE_SDK=official needs ${PACKAGE}: npm install ${PACKAGE}`, { cause: error })
  }
  return [
    {
      name: 'live-sdk',
      setup(build) {
        build.onResolve({ filter: /\/live-sdk\.ts$/ }, ({ resolveDir }) => ({
          path: join(resolveDir, 'live-sdk-official.ts'),
        }))
        build.onResolve({ filter: new RegExp(`^${PACKAGE}$`) }, () => ({ path }))
      },
    },
  ]
}
