import { build } from './build.mjs'
import { check } from './check.mjs'
import { exampleValues } from './examples.mjs'
import { runOnline } from './online.mjs'
import { render, templateOf } from './render.mjs'

const USAGE = `npm run deploy [-- [<resource>] [-t FILE] [<options of s deploy>]]

Builds, checks as deploy:plan does, and deploys s.yaml: every resource, or only the one named.
  npm run deploy -- rotator        without the reference receiver
  npm run deploy -- -y             without a question where the cloud differs from the file`

/**
 * @param {string[]} args
 * @returns {Promise<number>} the exit code: 1 when it went wrong, 2 for wrong use
 */
async function deploy(args) {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(USAGE)
    return 0
  }
  const root = process.cwd()
  const template = templateOf(root, optionOf(args, '-t', '--template'))
  const { resources: rendered } = await render(root, template)
  const resources = Object.keys(rendered)
  const [first] = args
  // A misspelt name would deploy every resource.
  if (first !== undefined && !first.startsWith('-') && !resources.includes(first)) {
    console.error(`${template} has no resource "${first}"; it has ${resources.join(', ')}`)
    console.error('Nothing was deployed.')
    return 2
  }
  build(root)
  const checked = await check(root, template)
  const only = args.find((arg) => resources.includes(arg))
  const chosen = checked.functions.filter(({ name }) => only === undefined || name === only)
  const problems = [
    ...checked.problems,
    ...chosen.flatMap((each) => exampleValues(root, each)).map((place) => `${place} is still an example`),
  ]
  if (problems.length > 0) {
    console.error(problems.join('\n'))
    console.error('Nothing was deployed.')
    return 1
  }
  const flags = args.filter((arg) => arg !== only)
  return runOnline([...(only === undefined ? [] : [only]), 'deploy', ...flags], root, chosen)
}

/**
 * @param {string[]} args
 * @param {...string} names of one option that takes a value
 * @returns {string | undefined}
 */
function optionOf(args, ...names) {
  const at = args.findIndex((arg) => names.includes(arg))
  return at === -1 ? undefined : args[at + 1]
}

try {
  process.exitCode = await deploy(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
