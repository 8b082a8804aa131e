import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { build } from './build.mjs'
import { checkShape } from './file-shape.mjs'
import { checkRules } from './rules.mjs'
import { withOfflineS } from './serverless-devs.mjs'
import { checkUpload } from './upload.mjs'
import { fromSchema } from './violations.mjs'

/**
 * @typedef {import('./violations.mjs').Violation} Violation
 * @typedef {import('./rules.mjs').Props} Props
 * @typedef {{ name: string, props: Props, files: import('./upload.mjs').UploadedFile[] }} CheckedFunction
 * @typedef {{ violations: Violation[], functions: CheckedFunction[] }} Checked
 */

const schema = JSON.parse(readFileSync(new URL('fc3.schema.json', import.meta.url), 'utf8'))

/**
 * Checks s.yaml and what it would upload, without a network: rendered by `s preview`, held against our schema by
 * `s verify`, then against the rules that a schema cannot say. Builds what is not built yet.
 *
 * @param {string} root the folder of s.yaml
 * @returns {Promise<Checked>}
 */
export async function check(root) {
  const path = join(root, 's.yaml')
  if (!existsSync(path)) throw new Error(`There is no s.yaml in ${root}`)
  const shape = checkShape(parse(readFileSync(path, 'utf8')))
  if (shape.length > 0) return { violations: shape, functions: [] }
  const { resources, schemaErrors } = await withOfflineS(root, async (s) => ({
    resources: JSON.parse(await s('preview', '-o', 'json', '--silent')).resources,
    schemaErrors: schemaErrorsOf(await s('verify', '-o', 'json', '--silent')),
  }))
  /** @type {[string, Props][]} */
  const all = Object.entries(resources).map(([name, resource]) => [name, resource.props])
  const bySchema = fromSchema(schemaErrors, resources, schema)
  const inFile = all.flatMap(([name, props]) => {
    const own = bySchema.filter(({ path }) => path.startsWith(`resources.${name}.`))
    return own.length > 0 ? own : checkRules(name, props)
  })
  if (inFile.length > 0) return { violations: inFile, functions: [] }

  if (all.some(([, props]) => !existsSync(join(root, props.code)))) build(root)
  const uploads = all.map(([name, props]) => ({ name, props, ...checkUpload(root, name, props) }))
  return { violations: uploads.flatMap((upload) => upload.violations), functions: uploads }
}

/**
 * `s verify -o json` exits 0 whatever it finds: a list is what it found, a text is its word that all is well.
 *
 * @param {string} answer
 * @returns {import('./violations.mjs').SchemaError[]}
 */
function schemaErrorsOf(answer) {
  const parsed = JSON.parse(answer)
  return Array.isArray(parsed) ? parsed : []
}
