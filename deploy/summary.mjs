import { nextRun } from './cron.mjs'
import { hasTimer } from './rules.mjs'

/**
 * @typedef {import('./check.mjs').CheckedFunction} CheckedFunction
 */

/**
 * What would be deployed, for people.
 *
 * @param {CheckedFunction} checked
 * @param {Date} now
 * @returns {string}
 */
export function summary({ name, props, files }, now) {
  const { functionName, region, runtime, memorySize, cpu, timeout, concurrencyConfig, asyncInvokeConfig } =
    props
  const { reservedConcurrency } = concurrencyConfig
  return [
    `${name}: ${functionName} in ${region}, ${runtime}, ${memorySize} MB, ${cpu} vCPU, ${timeout} s, at most ${reservedConcurrency} at once`,
    `  upload ${props.code}: ${files.map((file) => `${file.name} ${kilobytes(file.bytes)}`).join(', ')}`,
    ...props.triggers.map((trigger) => `  ${triggerLine(trigger, now)}`),
    ...(hasTimer(props) ? [`  runs that failed for good go to ${destinationOf(asyncInvokeConfig)}`] : []),
  ].join('\n')
}

/**
 * @param {import('./rules.mjs').Trigger} trigger
 * @param {Date} now
 */
function triggerLine({ triggerName, triggerType, triggerConfig }, now) {
  const { cronExpression = '', enable, payload, methods, authType } = triggerConfig
  if (triggerType === 'http') return `http ${triggerName}: ${methods?.join(', ')}, ${authType}`
  const next = nextRun(cronExpression, now)?.toISOString() ?? 'after its interval'
  return `timer ${triggerName}: ${payload} at ${cronExpression} (${enable ? `next: ${next}` : 'switched off'})`
}

/** @param {import('./rules.mjs').Props['asyncInvokeConfig']} config */
function destinationOf(config) {
  return config.destinationConfig?.onFailure?.destination ?? 'nobody (FAILURE_DESTINATION is not set)'
}

/** @param {number} bytes */
function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`
}
