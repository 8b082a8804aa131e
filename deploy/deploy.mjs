import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { build } from './build.mjs'
import { check } from './check.mjs'
import { exampleValues } from './examples.mjs'
import { runHere } from './serverless-devs.mjs'

const USAGE = `npm run deploy [-- [<resource>] [<options of s deploy>]]

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
  const resources = resourcesOf(root)
  const [first] = args
  // A name that is misspelt would deploy every resource.
  if (first !== undefined && !first.startsWith('-') && !resources.includes(first)) {
    console.error(`s.yaml has no resource "${first}"; it has ${resources.join(', ')}`)
    console.error('Nothing was deployed.')
    return 2
  }
  build(root)
  const checked = await check(root)
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
  return runHere([...(only === undefined ? [] : [only]), 'deploy', ...flags], root)
}

/**
 * The names of the resources, read before the build; whether the file is right otherwise is for the check to say.
 *
 * @param {string} root
 * @returns {string[]}
 */
function resourcesOf(root) {
  const path = join(root, 's.yaml')
  if (!existsSync(path)) throw new Error(`There is no s.yaml in ${root}`)
  return Object.keys(parse(readFileSync(path, 'utf8'))?.resources ?? {})
}

try {
  process.exitCode = await deploy(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
