import { CRON_FORM, cronProblem } from './cron.mjs'
import { pathOf } from './violations.mjs'

/**
 * @typedef {import('./violations.mjs').Violation} Violation
 * @typedef {{
 *   triggerName: string,
 *   triggerType: 'timer' | 'http',
 *   triggerConfig: {
 *     cronExpression?: string,
 *     enable?: boolean,
 *     payload?: string,
 *     methods?: string[],
 *     authType?: string,
 *     disableURLInternet?: boolean,
 *   },
 * }} Trigger
 * @typedef {{
 *   region: string,
 *   functionName: string,
 *   runtime: string,
 *   handler: string,
 *   code: string,
 *   cpu: number,
 *   memorySize: number,
 *   timeout: number,
 *   internetAccess?: boolean,
 *   vpcConfig?: 'auto' | Record<string, unknown>,
 *   customDomain?: { route?: { methods?: string[] }, authConfig?: { authType?: string } },
 *   environmentVariables?: Record<string, string>,
 *   concurrencyConfig: { reservedConcurrency: number },
 *   asyncInvokeConfig: {
 *     maxAsyncEventAgeInSeconds: number,
 *     destinationConfig?: { onFailure?: { destination: string } },
 *   },
 *   triggers: Trigger[],
 * }} Props
 *   The parts of what fc3.schema.json accepts that are checked here.
 */

const ENVIRONMENT_LIMIT = 4096
const PAYLOAD_FORM = `JSON text such as '{"action":"rotate"}', with action rotate, reconcile or status, and a group if wanted`

/** @param {Pick<Props, 'triggers'>} props */
export function hasTimer({ triggers }) {
  return triggers.some(({ triggerType }) => triggerType === 'timer')
}

/**
 * Checks what a JSON Schema cannot express about one function's props.
 *
 * @param {string} name of the resource
 * @param {Props} props
 * @param {import('./payload.mjs').PayloadProblems} payloadProblems
 * @returns {Violation[]}
 */
export function checkRules(name, props, payloadProblems) {
  /** @type {Violation[]} */
  const violations = []
  /** @type {Report} */
  const report = (field, problem, allowed) => {
    violations.push({ path: pathOf([name, 'props', ...field]), problem, allowed })
  }
  checkSize(props, report)
  checkEnvironment(props, report)
  checkTriggers(props, payloadProblems, report)
  if (hasTimer(props)) checkOneAtATime(props, report)
  return violations
}

/** @typedef {(field: string[], problem: string, allowed: string) => void} Report */

/** @type {(props: Props, report: Report) => void} */
function checkSize({ cpu, memorySize }, report) {
  const gigabytes = memorySize / 1024
  if (Math.abs(cpu * 20 - Math.round(cpu * 20)) > 1e-9) report(['cpu'], `is ${cpu}`, 'steps of 0.05 vCPU')
  if (gigabytes / cpu < 1 || gigabytes / cpu > 4) {
    const here = `${Math.ceil(gigabytes * 5) / 20} to ${Math.floor(gigabytes * 20) / 20} here`
    report(['cpu'], `is ${cpu} beside ${memorySize} MB`, `a vCPU for every 1 to 4 GB: ${here}`)
  }
}

/** @type {(props: Props, report: Report) => void} */
function checkEnvironment({ environmentVariables = {} }, report) {
  const bytes = Buffer.byteLength(Object.entries(environmentVariables).flat().join(''))
  if (bytes > ENVIRONMENT_LIMIT) {
    report(
      ['environmentVariables'],
      `hold ${bytes} bytes`,
      `${ENVIRONMENT_LIMIT} bytes of names and values in all; long lists belong in rotation.yaml`,
    )
  }
}

/** @type {(props: Props, payloadProblems: import('./payload.mjs').PayloadProblems, report: Report) => void} */
function checkTriggers({ triggers }, payloadProblems, report) {
  const names = triggers.map(({ triggerName }) => triggerName)
  triggers.forEach(({ triggerName, triggerType, triggerConfig }, index) => {
    const at = ['triggers', String(index)]
    if (names.indexOf(triggerName) < index)
      report([...at, 'triggerName'], 'appears twice', 'a name of its own')
    if (triggerType !== 'timer') return
    const { cronExpression = '', payload = '' } = triggerConfig
    const problem = cronProblem(cronExpression)
    if (problem !== null) report([...at, 'triggerConfig', 'cronExpression'], problem, CRON_FORM)
    for (const refused of payloadProblems(payload)) {
      report([...at, 'triggerConfig', 'payload'], refused, PAYLOAD_FORM)
    }
  })
}

/** @type {(props: Props, report: Report) => void} */
function checkOneAtATime({ triggers, concurrencyConfig, asyncInvokeConfig, timeout }, report) {
  const { reservedConcurrency } = concurrencyConfig
  if (reservedConcurrency > 1) {
    report(
      ['concurrencyConfig', 'reservedConcurrency'],
      `is ${reservedConcurrency}`,
      '1 for a function with timers: rotations run one at a time',
    )
  }
  const age = asyncInvokeConfig.maxAsyncEventAgeInSeconds
  if (age < timeout) {
    report(
      ['asyncInvokeConfig', 'maxAsyncEventAgeInSeconds'],
      `is ${age}`,
      `at least the timeout, ${timeout}: a run that waits for another one would be dropped`,
    )
  }
  triggers.forEach(({ triggerType }, index) => {
    if (triggerType === 'http') {
      report(
        ['triggers', String(index), 'triggerType'],
        'is http',
        'timers only: nobody may start a rotation by URL',
      )
    }
  })
}
