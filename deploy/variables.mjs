import { refusals } from './config.mjs'
import { ourCode } from './our-code.mjs'
import { isReceiver } from './reach.mjs'
import { hasTimer } from './rules.mjs'
import { pathOf } from './violations.mjs'

/** A valid configuration, so that only the variables can be wrong. */
const CONFIG = 'region: cn-shanghai\ngroups: [{ name: a, secret: a, domains: [a.example.com] }]'

/**
 * The variables that the function itself would refuse at its first run.
 *
 * @param {string} name of the resource
 * @param {import('./rules.mjs').Props} props
 * @returns {Promise<string[]>} a sentence per problem, without values, which may be secret
 */
export async function variableProblems(name, props) {
  const { region, environmentVariables = {} } = props
  const { parseConfig, readReceiverConfig } = await ourCode()
  const problems = await refusals(() => {
    if (hasTimer(props)) parseConfig(CONFIG, { env: environmentVariables })
    else if (isReceiver(props)) readReceiverConfig({ ...environmentVariables, FC_REGION: region })
  })
  const path = pathOf([name, 'props', 'environmentVariables'])
  return problems.map((problem) => `${path}: ${problem}`)
}
