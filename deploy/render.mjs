import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

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
 * Renders a template without a network.
 *
 * @param {Pick<import('./io.mjs').Io, 'root' | 'env' | 'preview'>} io
 * @param {string} template its name in `io.root`
 * @returns {Promise<Rendered>}
 */
export async function render({ root, env, preview }, template) {
  const file = parse(readFileSync(join(root, template), 'utf8'))
  const { resources } = JSON.parse(await preview(root, template, env))
  return { file, resources: resources ?? {} }
}
