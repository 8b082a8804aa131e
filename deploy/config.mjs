import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { ourCode } from './our-code.mjs'

/**
 * Reads rotation.yaml and the lists of domains that it names as the function does: what it would refuse is found here, not
 * by the first timer. Reads the files in `root`.
 *
 * @param {string} root the folder of rotation.yaml
 * @returns {Promise<{ config: import('../lib/config/types.ts').RotationConfig | null, problems: string[] }>} a sentence a
 *   problem, each with its file and line; no config where there is one
 */
export async function readConfig(root) {
  const { loadConfig } = await ourCode()
  /** @type {import('../lib/config/types.ts').RotationConfig | null} */
  let config = null
  const problems = await refusals(() => {
    config = loadConfig({
      path: 'rotation.yaml',
      readFile: (path) => readFileSync(resolve(root, path), 'utf8'),
    })
  })
  return { config, problems }
}

/**
 * What `read` refuses, a sentence each.
 *
 * @param {() => void} read
 * @returns {Promise<string[]>}
 */
export async function refusals(read) {
  const { hasCode } = await ourCode()
  try {
    read()
    return []
  } catch (error) {
    if (hasCode(error, 'config')) return error.message.split('\n')
    throw error
  }
}
