import { parseArgs } from 'node:util'
import { check } from './check.mjs'
import { exampleValues } from './examples.mjs'
import { runOnline } from './online.mjs'
import { templateOf } from './render.mjs'
import { summary } from './summary.mjs'

const USAGE = `npm run deploy:plan [-- [-t FILE] [--offline]]

Checks s.yaml, rotation.yaml and what would be uploaded, then asks Function Compute what a deployment would change (s plan).
With --offline only the check, without a network. With -t another template than s.yaml.`

/** @returns {Promise<number>} the exit code: 0 fine, 1 not, 2 wrong use */
async function plan() {
  const { offline, help, template } = options()
  if (help) {
    console.log(USAGE)
    return 0
  }
  const root = process.cwd()
  const { problems, functions } = await check(root, template)
  if (problems.length > 0) {
    console.error(problems.join('\n'))
    return 1
  }
  for (const checked of functions) {
    console.log(summary(checked, new Date()))
    for (const place of exampleValues(root, checked)) console.log(`  still an example: ${place}`)
  }
  console.log(`${templateOf(root, template)} is fine.`)
  if (offline) return 0
  return runOnline(['plan', ...(template === undefined ? [] : ['-t', template])], root, functions)
}

function options() {
  const { values } = parseArgs({
    options: {
      offline: { type: 'boolean' },
      template: { type: 'string', short: 't' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  return { offline: values.offline ?? false, help: values.help ?? false, template: values.template }
}

try {
  process.exitCode = await plan()
} catch (error) {
  const wrongUse =
    error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  console.error(error instanceof Error ? error.message : String(error))
  if (wrongUse) console.error(`\n${USAGE}`)
  process.exitCode = wrongUse ? 2 : 1
}
