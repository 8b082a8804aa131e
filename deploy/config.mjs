import { build } from 'esbuild'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/**
 * What the function itself would refuse in rotation.yaml and the lists of domains that it names: found here, not by
 * the first timer. Reads the files in `root`.
 *
 * @param {string} root the folder of rotation.yaml
 * @returns {Promise<string[]>} a sentence a problem, each with its file and line
 */
export async function configProblems(root) {
  const { loadConfig, hasCode } = await parser()
  try {
    loadConfig({ path: 'rotation.yaml', readFile: (path) => readFileSync(resolve(root, path), 'utf8') })
    return []
  } catch (error) {
    if (hasCode(error, 'config')) return error.message.split('\n')
    throw error
  }
}

/**
 * The parser that the function uses, bundled in memory: Node 20 does not read TypeScript.
 *
 * @returns {Promise<Pick<typeof import('../lib/config/index.ts') & typeof import('../lib/errors.ts'), 'loadConfig' | 'hasCode'>>}
 */
async function parser() {
  const { outputFiles } = await build({
    stdin: {
      contents: "export { loadConfig } from './config/load.ts'; export { hasCode } from './errors.ts'",
      resolveDir: join(import.meta.dirname, '../lib'),
    },
    bundle: true,
    format: 'esm',
    // Packages in their form for browsers are ES modules; for Node, some would call require, which is not there.
    platform: 'browser',
    external: ['node:*'],
    write: false,
  })
  const code = Buffer.from(outputFiles[0]?.contents ?? '').toString('base64')
  return import(`data:text/javascript;base64,${code}`)
}
