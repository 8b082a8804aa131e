import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { ourCode } from './our-code.mjs'

/**
 * What the function itself would refuse in rotation.yaml and the lists of domains that it names: found here, not by
 * the first timer. Reads the files in `root`.
 *
 * @param {string} root the folder of rotation.yaml
 * @returns {Promise<string[]>} a sentence a problem, each with its file and line
 */
export async function configProblems(root) {
  const { loadConfig } = await ourCode()
  return refusals(() =>
    loadConfig({ path: 'rotation.yaml', readFile: (path) => readFileSync(resolve(root, path), 'utf8') }),
  )
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
