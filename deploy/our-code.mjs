import { build } from 'esbuild'
import { join } from 'node:path'

const CONTENTS = `
export { parseEvent } from './lib/config/event.ts'
export { loadConfig } from './lib/config/load.ts'
export { parseConfig } from './lib/config/parse.ts'
export { hasCode } from './lib/core/errors.ts'
export { readReceiverConfig } from './functions/receive/config.ts'
`

/**
 * @typedef {Pick<
 *   typeof import('../lib/config/event.ts') &
 *     typeof import('../lib/config/load.ts') &
 *     typeof import('../lib/config/parse.ts') &
 *     typeof import('../lib/core/errors.ts') &
 *     typeof import('../functions/receive/config.ts'),
 *   'loadConfig' | 'parseConfig' | 'parseEvent' | 'hasCode' | 'readReceiverConfig'
 * >} OurCode
 */

/** @type {Promise<OurCode> | undefined} */
let loaded

/**
 * The functions' own configuration readers, bundled in memory, as Node 20 cannot load TypeScript.
 *
 * @returns {Promise<OurCode>}
 */
export function ourCode() {
  loaded ??= load()
  return loaded
}

/** @returns {Promise<OurCode>} */
async function load() {
  const { outputFiles } = await build({
    stdin: { contents: CONTENTS, resolveDir: join(import.meta.dirname, '..') },
    bundle: true,
    format: 'esm',
    // The packages' browser builds are ES modules; some Node builds call require, which is unavailable here.
    platform: 'browser',
    external: ['node:*', '@alicloud/*'],
    write: false,
  })
  const code = Buffer.from(outputFiles[0]?.contents ?? '').toString('base64')
  return import(`data:text/javascript;base64,${code}`)
}
