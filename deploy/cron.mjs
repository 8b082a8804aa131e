import { Cron } from 'croner'

const EVERY = /^@every [1-9]\d*m$/
const CRON = /^(?:CRON_TZ=(\S+) )?([^\s=]+(?: [^\s=]+){5})$/
const NAMES = /\b(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC|SUN|MON|TUE|WED|THU|FRI|SAT)\b/gi

export const CRON_FORM =
  'six fields (second minute hour day month weekday) of numbers, names, * , - / and ?, with CRON_TZ=<zone> before them if wanted, or @every <n>m'

/**
 * What is wrong with a timer's expression, or null. Function Compute counts seconds first, in UTC unless CRON_TZ says
 * otherwise, and knows neither L, W nor # (help.aliyun.com, document_detail/2513615).
 *
 * @param {string} text
 * @returns {string | null}
 *
 * @example
 * cronProblem('CRON_TZ=Asia/Shanghai 0 5 4 1 * *') // null
 * cronProblem('0 5 4 30 2 *') // 'never comes'
 */
export function cronProblem(text) {
  if (EVERY.test(text)) return null
  const [, , fields] = CRON.exec(text) ?? []
  if (fields === undefined) return 'does not have six fields'
  if (/[^\d\s*,/?-]/.test(fields.replace(NAMES, ''))) return 'has a sign that Function Compute does not know'
  if (/(^|[,-])7/.test(fields.split(' ')[5] ?? '')) return 'counts weekdays above 6 (0 is Sunday)'
  try {
    return nextRun(text, new Date(0)) === null ? 'never comes' : null
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return reason.includes('timezone')
      ? 'names no time zone'
      : reason.replace(/^\w+: /, '').replace(/\.$/, '')
  }
}

/**
 * The first run after `after`; null where there is none, or where it depends on when the timer was made (`@every`).
 *
 * @param {string} text
 * @param {Date} after
 * @returns {Date | null}
 */
export function nextRun(text, after) {
  const [, zone, fields] = CRON.exec(text) ?? []
  if (fields === undefined) return null
  return new Cron(fields, { mode: '6-part', timezone: zone ?? 'UTC', paused: true }).nextRun(after)
}
