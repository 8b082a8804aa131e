import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { build } from './build.mjs'
import { readConfig } from './config.mjs'
import { checkShape } from './file-shape.mjs'
import { payloadCheck } from './payload.mjs'
import { checkReach, routedFunctions } from './reach.mjs'
import { checkRules, hasTimer } from './rules.mjs'
import { checkSchema, isDomain } from './schema.mjs'
import { checkUpload } from './upload.mjs'
import { variableProblems } from './variables.mjs'
import { pathOf, sentence } from './violations.mjs'

/**
 * @typedef {import('./rules.mjs').Props} Props
 * @typedef {import('./render.mjs').Resource} Resource
 * @typedef {import('./violations.mjs').Violation} Violation
 * @typedef {{ name: string, props: Props, files: import('./upload.mjs').UploadedFile[] }} CheckedFunction
 * @typedef {{ problems: string[], functions: CheckedFunction[] }} Checked
 */

/**
 * Checks a template, rotation.yaml and what would be uploaded, without a network: the rendered template against our
 * schema and the rules that a schema cannot express; rotation.yaml, the functions' variables and the timers' payloads
 * as the functions read them. Builds what is not built yet, once all are right.
 *
 * @param {import('./render.mjs').Rendered} rendered
 * @param {import('./io.mjs').Io} io
 * @returns {Promise<Checked>}
 */
export async function check(rendered, io) {
  const { root } = io
  const { config, problems: inConfig } = await readConfig(root)
  const shape = checkShape(rendered)
  if (shape.length > 0) return { problems: [...shape.map(sentence), ...inConfig], functions: [] }

  const payloadProblem = await payloadCheck(config)
  const all = Object.entries(rendered.resources)
  const routed = routedFunctions(rendered.resources)
  const functions = all
    .filter(([, resource]) => !isDomain(resource))
    // The schema has accepted this shape.
    .map(([name, resource]) => ({ name, props: /** @type {Props} */ (resource.props) }))
  const inFile = await Promise.all(
    all.map(async ([name, resource]) => {
      const violations = checkSchema(name, resource)
      const props = functions.find((each) => each.name === name)?.props
      if (violations.length > 0 || props === undefined) return violations.map(sentence)
      return [
        ...checkRules(name, props, payloadProblem).map(sentence),
        ...checkReach(name, props, routed).map(sentence),
        ...(config === null ? [] : sameRegion(name, props, config).map(sentence)),
        ...(await variableProblems(name, props)),
      ]
    }),
  )
  const problems = [...inFile.flat(), ...inConfig]
  if (problems.length > 0) return { problems, functions: [] }

  if (functions.some(({ props }) => !existsSync(join(root, props.code)))) await build(io)
  const uploads = functions.map(({ name, props }) => ({ name, props, ...checkUpload(root, name, props) }))
  return { problems: uploads.flatMap(({ violations }) => violations.map(sentence)), functions: uploads }
}

/**
 * The rotator reads its region from rotation.yaml, so if the two differ, one is wrong.
 *
 * @param {string} name of the resource
 * @param {Props} props
 * @param {{ region: string }} config
 * @returns {Violation[]}
 */
function sameRegion(name, props, config) {
  if (!hasTimer(props) || props.region === config.region) return []
  return [
    {
      path: pathOf([name, 'props', 'region']),
      problem: `is ${props.region}, and rotation.yaml says ${config.region}`,
      allowed: 'the same region in both: set REGION, or region in rotation.yaml',
    },
  ]
}
