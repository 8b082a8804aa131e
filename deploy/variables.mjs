import { refusals } from './config.mjs'
import { ourCode } from './our-code.mjs'
import { hasTimer } from './rules.mjs'
import { pathOf } from './violations.mjs'

/** So that only the variables can be wrong. */
const CONFIG = 'region: cn-shanghai\ngroups: [{ name: a, secret: a, domains: [a.example.com] }]'

/**
 * What the function itself would refuse among its variables: found here, not by its first run.
 *
 * @param {string} name of the resource
 * @param {import('./rules.mjs').Props} props
 * @returns {Promise<string[]>} a sentence a problem; never with a value, which may be a secret
 */
export async function variableProblems(name, { region, environmentVariables = {}, ...props }) {
  const { parseConfig, parseEndpoint, readReceiverConfig } = await ourCode()
  /** @type {string[]} */
  const problems = []
  if (hasTimer(props)) {
    problems.push(...(await refusals(() => parseConfig(CONFIG, { env: environmentVariables }))))
    for (const variable of ['ROTATOR_STS_ENDPOINT', 'ROTATOR_OSS_ENDPOINT']) {
      const value = environmentVariables[variable]
      if (!value) continue
      problems.push(
        ...(await refusals(() => parseEndpoint(value))).map((problem) => `${variable}: ${problem}`),
      )
    }
  }
  if (Object.keys(environmentVariables).some((variable) => variable.startsWith('RECEIVER_'))) {
    const variables = { ...environmentVariables, FC_REGION: region }
    problems.push(...(await refusals(() => readReceiverConfig(variables))))
  }
  const path = pathOf([name, 'props', 'environmentVariables'])
  return problems.map((problem) => `${path}: ${problem}`)
}
