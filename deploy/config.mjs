import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { ourCode } from './our-code.mjs'

/**
 * Reads rotation.yaml and the lists of domains that it names as the function does, to find what the function would
 * refuse before its first timer does. Reads the files in `root`.
 *
 * @param {string} root the folder of rotation.yaml
 * @returns {Promise<{ config: import('../lib/config/types.ts').RotationConfig | null, problems: string[] }>} a sentence
 *   per problem, with its file and line; no config if there are any
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
 * What `read` refuses, one sentence each.
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
