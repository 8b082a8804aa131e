import { parseArgs } from 'node:util'
import { check } from '../check.mjs'
import { exampleValues } from '../examples.mjs'
import { runOnline } from '../online.mjs'
import { render, templateOf } from '../render.mjs'
import { summary } from '../summary.mjs'

const USAGE = `npm run deploy:plan [-- [-t FILE] [--offline]]

Checks s.yaml, rotation.yaml and what would be uploaded, then asks Function Compute what a deployment would change (s plan).
With --offline only the check, without a network. With -t another template than s.yaml.`

/** @type {import('../command.mjs').Command} */
export const plan = {
  usage: USAGE,

  async run(args, io) {
    const { offline, help, template: named } = optionsOf(args)
    if (help) {
      io.stdout.write(`${USAGE}\n`)
      return 0
    }
    const template = templateOf(io.root, named)
    const { problems, functions } = await check(await render(io, template), io)
    if (problems.length > 0) {
      io.stderr.write(`${problems.join('\n')}\n`)
      return 1
    }
    for (const checked of functions) {
      const examples = exampleValues(io.root, checked).map((place) => `  still an example: ${place}`)
      io.stdout.write(`${[summary(checked, new Date()), ...examples].join('\n')}\n`)
    }
    io.stdout.write(`${template} is fine.\n`)
    if (offline) return 0
    return runOnline(['plan', ...(named === undefined ? [] : ['-t', named])], io, functions)
  },
}

/** @param {string[]} args */
function optionsOf(args) {
  const { values } = parseArgs({
    args,
    options: {
      offline: { type: 'boolean' },
      template: { type: 'string', short: 't' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  return { offline: values.offline ?? false, help: values.help ?? false, template: values.template }
}
