import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { build } from './build.mjs'
import { configProblems } from './config.mjs'
import { checkShape } from './file-shape.mjs'
import { checkRules } from './rules.mjs'
import { withOfflineS } from './serverless-devs.mjs'
import { checkUpload } from './upload.mjs'
import { variableProblems } from './variables.mjs'
import { fromSchema, sentence } from './violations.mjs'

/**
 * @typedef {import('./rules.mjs').Props} Props
 * @typedef {{ name: string, props: Props, files: import('./upload.mjs').UploadedFile[] }} CheckedFunction
 * @typedef {{ problems: string[], functions: CheckedFunction[] }} Checked
 */

const schema = JSON.parse(readFileSync(new URL('fc3.schema.json', import.meta.url), 'utf8'))

/**
 * Checks s.yaml, rotation.yaml and what would be uploaded, without a network: s.yaml rendered by `s preview`, held
 * against our schema by `s verify`, then against the rules that a schema cannot say; rotation.yaml and the variables of
 * the functions read as the functions read them. Builds what is not built yet, once both are right.
 *
 * @param {string} root the folder of s.yaml
 * @returns {Promise<Checked>}
 */
export async function check(root) {
  const path = join(root, 's.yaml')
  if (!existsSync(path)) throw new Error(`There is no s.yaml in ${root}`)
  const shape = checkShape(parse(readFileSync(path, 'utf8')))
  const inConfig = await configProblems(root)
  if (shape.length > 0) return { problems: [...shape.map(sentence), ...inConfig], functions: [] }
  const { resources, schemaErrors } = await withOfflineS(root, async (s) => ({
    resources: JSON.parse(await s('preview', '-o', 'json', '--silent')).resources,
    schemaErrors: schemaErrorsOf(await s('verify', '-o', 'json', '--silent')),
  }))
  /** @type {[string, Props][]} */
  const all = Object.entries(resources).map(([name, resource]) => [name, resource.props])
  const bySchema = fromSchema(schemaErrors, resources, schema)
  const inFile = await Promise.all(
    all.map(async ([name, props]) => {
      const own = bySchema.filter(({ path }) => path.startsWith(`resources.${name}.`))
      if (own.length > 0) return own.map(sentence)
      return [...checkRules(name, props).map(sentence), ...(await variableProblems(name, props))]
    }),
  )
  const problems = [...inFile.flat(), ...inConfig]
  if (problems.length > 0) return { problems, functions: [] }

  if (all.some(([, props]) => !existsSync(join(root, props.code)))) build(root)
  const uploads = all.map(([name, props]) => ({ name, props, ...checkUpload(root, name, props) }))
  return { problems: uploads.flatMap(({ violations }) => violations.map(sentence)), functions: uploads }
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
