import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { withOfflineS } from './serverless-devs.mjs'

/**
 * @typedef {{ component: string, props: Record<string, unknown> }} Resource
 * @typedef {{ file: unknown, resources: Record<string, Resource> }} Rendered The template as written, and its resources
 *   with variables filled in and `extend` merged.
 */

/**
 * The template that Serverless Devs would use: the named one, else s.yaml, else s.yml.
 *
 * @param {string} root the folder of the template
 * @param {string | undefined} named by `-t`
 * @returns {string}
 */
export function templateOf(root, named) {
  const candidates = named === undefined ? ['s.yaml', 's.yml'] : [named]
  const found = candidates.find((name) => existsSync(join(root, name)))
  if (found === undefined) throw new Error(`There is no ${candidates[0]} in ${root}`)
  return found
}

/**
 * Renders a template without a network: `s preview` fills in variables and merges `extend`, without loading components.
 *
 * @param {string} root the folder of the template
 * @param {string} template its name in there
 * @returns {Promise<Rendered>}
 */
export async function render(root, template) {
  const file = parse(readFileSync(join(root, template), 'utf8'))
  const answer = await withOfflineS(root, (s) => s('preview', '-t', template, '-o', 'json', '--silent'))
  return { file, resources: JSON.parse(answer).resources ?? {} }
}
