import { build } from 'esbuild'
import { join } from 'node:path'

const CONTENTS = `
export { loadConfig, parseConfig, parseEvent } from './lib/config/index.ts'
export { hasCode } from './lib/core/errors.ts'
export { readReceiverConfig } from './functions/receive/config.ts'
`

/**
 * @typedef {Pick<
 *   typeof import('../lib/config/index.ts') &
 *     typeof import('../lib/core/errors.ts') &
 *     typeof import('../functions/receive/config.ts'),
 *   'loadConfig' | 'parseConfig' | 'parseEvent' | 'hasCode' | 'readReceiverConfig'
 * >} OurCode
 */

/** @type {Promise<OurCode> | undefined} */
let loaded

/**
 * What the functions themselves read their configuration with, bundled in memory: Node 20 does not read TypeScript.
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
    // Packages in their form for browsers are ES modules; for Node, some would call require, which is not there.
    platform: 'browser',
    external: ['node:*', '@alicloud/*'],
    write: false,
  })
  const code = Buffer.from(outputFiles[0]?.contents ?? '').toString('base64')
  return import(`data:text/javascript;base64,${code}`)
}
