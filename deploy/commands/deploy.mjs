import { build } from '../build.mjs'
import { check } from '../check.mjs'
import { exampleValues } from '../examples.mjs'
import { runOnline } from '../online.mjs'
import { render, templateOf } from '../render.mjs'

const USAGE = `npm run deploy [-- [<resource>] [-t FILE] [<options of s deploy>]]

Builds, checks as deploy:plan does, and deploys s.yaml: every resource, or only the one named.
  npm run deploy -- rotator        without the reference receiver
  npm run deploy -- -y             without a question where the cloud differs from the file`

/** @type {import('../command.mjs').Command} */
export const deploy = {
  usage: USAGE,

  async run(args, io) {
    if (args.includes('--help') || args.includes('-h')) {
      io.stdout.write(`${USAGE}\n`)
      return 0
    }
    const template = templateOf(io.root, optionOf(args, '-t', '--template'))
    const rendered = await render(io, template)
    const resources = Object.keys(rendered.resources)
    const [first] = args
    // A misspelt name would deploy every resource.
    if (first !== undefined && !first.startsWith('-') && !resources.includes(first)) {
      return refuse(io, 2, [`${template} has no resource "${first}"; it has ${resources.join(', ')}`])
    }
    await build(io)
    const checked = await check(rendered, io)
    const only = args.find((arg) => resources.includes(arg))
    const chosen = checked.functions.filter(({ name }) => only === undefined || name === only)
    const examples = chosen.flatMap((each) => exampleValues(io.root, each))
    const problems = [
      ...checked.problems,
      ...examples.map((place) => `${place} is still an example`),
      ...(examples.includes('rotation.yaml')
        ? ['To write yours from your account: npx live-key-rotator init --force']
        : []),
    ]
    if (problems.length > 0) return refuse(io, 1, problems)
    const flags = args.filter((arg) => arg !== only)
    return runOnline([...(only === undefined ? [] : [only]), 'deploy', ...flags], io, chosen)
  },
}

/**
 * @param {import('../io.mjs').Io} io
 * @param {number} exitCode
 * @param {string[]} problems
 * @returns {number} the exit code
 */
function refuse({ stderr }, exitCode, problems) {
  stderr.write(`${[...problems, 'Nothing was deployed.'].join('\n')}\n`)
  return exitCode
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
