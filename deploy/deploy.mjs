import { build } from './build.mjs'
import { check } from './check.mjs'
import { exampleValues } from './examples.mjs'
import { runHere } from './serverless-devs.mjs'
import { sentence } from './violations.mjs'

const USAGE = `npm run deploy [-- [<resource>] [<options of s deploy>]]

Builds, checks s.yaml as deploy:plan does, and deploys it: every resource, or only the one named.
  npm run deploy -- rotator        without the reference receiver
  npm run deploy -- -y             without a question where the cloud differs from the file`

/**
 * @param {string[]} args
 * @returns {Promise<number>} the exit code
 */
async function deploy(args) {
  if (args.includes('--help') || args.includes('-h')) {
    console.log(USAGE)
    return 0
  }
  const root = process.cwd()
  build(root)
  const { violations, functions } = await check(root)
  const [only] = args.filter((arg) => functions.some((checked) => checked.name === arg))
  const chosen = functions.filter((checked) => only === undefined || checked.name === only)
  const problems = [
    ...violations.map(sentence),
    ...chosen
      .flatMap((checked) => exampleValues(root, checked))
      .map((place) => `${place} is still an example`),
  ]
  if (problems.length > 0) {
    console.error(problems.join('\n'))
    console.error('Nothing was deployed.')
    return 1
  }
  const flags = args.filter((arg) => arg !== only)
  return runHere([...(only === undefined ? [] : [only]), 'deploy', ...flags], root)
}

try {
  process.exitCode = await deploy(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}
