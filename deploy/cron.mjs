import { Cron } from 'croner'

const EVERY = /^@every [1-9]\d*m$/
const CRON = /^(?:CRON_TZ=(\S+) )?([^\s=]+(?: [^\s=]+){5})$/

/**
 * @typedef {{ name: string, min: number, max: number, names?: readonly string[], first?: number, anyDay?: true }} Field
 *   `names` count from `first`; `anyDay`: `?` may stand for every value.
 */

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
const DAYS = ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN']

/**
 * Function Compute's table (help.aliyun.com, document_detail/171746), in the order of the fields. It counts weekdays
 * from 1, Monday, to 7, Sunday; 0 is Sunday as well, as cron has it elsewhere.
 *
 * @type {readonly Field[]}
 */
const FIELDS = [
  { name: 'second', min: 0, max: 59 },
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of the month', min: 1, max: 31, anyDay: true },
  { name: 'month', min: 1, max: 12, names: MONTHS, first: 1 },
  { name: 'weekday', min: 0, max: 7, names: DAYS, first: 1, anyDay: true },
]

export const CRON_FORM =
  'six fields (second minute hour day month weekday) of numbers, names, * , - / and ?, with CRON_TZ=<zone> before them if wanted, or @every <n>m'

/**
 * What is wrong with a timer's expression, or null. Function Compute counts seconds first, in UTC unless CRON_TZ says
 * otherwise (help.aliyun.com, document_detail/2513615), and knows neither L, W nor #.
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
  const [, zone, fields] = CRON.exec(text) ?? []
  if (fields === undefined) return 'does not have six fields'
  if (zone !== undefined && !isZone(zone)) return 'names no time zone'
  const read = readFields(fields)
  if ('problem' in read) return read.problem
  return nextRun(text, new Date(0)) === null ? 'never comes' : null
}

/**
 * The first run after `after`; null if there is none, or if it depends on when the timer was created (`@every`).
 *
 * @param {string} text an expression without a problem, or `@every`
 * @param {Date} after
 * @returns {Date | null}
 */
export function nextRun(text, after) {
  const [, zone, fields] = CRON.exec(text) ?? []
  if (fields === undefined) return null
  const read = readFields(fields)
  if ('problem' in read) return null
  return new Cron(read.numbers, { mode: '6-part', timezone: zone ?? 'UTC', paused: true }).nextRun(after)
}

/**
 * The six fields with names turned into numbers, or the first problem in them.
 *
 * @param {string} fields
 * @returns {{ numbers: string } | { problem: string }}
 */
function readFields(fields) {
  /** @type {string[]} */
  const numbers = []
  for (const [index, text] of fields.split(' ').entries()) {
    const field = FIELDS[index]
    if (field === undefined) return { problem: 'does not have six fields' }
    const items = text === '?' && field.anyDay ? ['*'] : text.split(',').map((item) => readItem(item, field))
    const problem = items.find((item) => typeof item !== 'string')
    if (problem !== undefined && typeof problem !== 'string') return problem
    numbers.push(items.join(','))
  }
  return { numbers: numbers.join(' ') }
}

/**
 * One item of a list: `*`, a value or a range, with `/step` if wanted.
 *
 * @param {string} item
 * @param {Field} field
 * @returns {string | { problem: string }}
 */
function readItem(item, field) {
  const [, range = '', step] = /^([^/]*)(?:\/([^/]*))?$/.exec(item) ?? []
  const [, from = '', to] = /^([^-]*)(?:-([^-]*))?$/.exec(range) ?? []
  const ends = (to === undefined ? [from] : [from, to]).map((value) => valueOf(value, field))
  if (range !== '*' && ends.includes(undefined)) return { problem: `has "${item}" for the ${field.name}` }
  const [low = field.min, high = low] = range === '*' ? [field.min, field.max] : ends
  for (const value of [low, high]) {
    if (value < field.min || value > field.max) {
      return { problem: `has ${value} for the ${field.name}, which runs from ${field.min} to ${field.max}` }
    }
  }
  if (low > high) return { problem: `has "${range}" for the ${field.name}, which runs backwards` }
  if (step === undefined) return range === '*' ? '*' : ends.join('-')
  if (!/^[1-9]\d{0,3}$/.test(step)) return { problem: `has "${item}" for the ${field.name}` }
  if (Number(step) > field.max) {
    return {
      problem: `has a step of ${step} for the ${field.name}, which runs from ${field.min} to ${field.max}`,
    }
  }
  // 5/10 means from 5 on, every 10.
  const span = range === '*' ? '*' : `${low}-${to === undefined ? field.max : high}`
  return `${span}/${step}`
}

/**
 * @param {string} text
 * @param {Field} field
 * @returns {number | undefined} undefined where it is no value at all
 */
function valueOf(text, { names, first = 0 }) {
  if (/^\d{1,4}$/.test(text)) return Number(text)
  const index = names?.indexOf(text.toUpperCase()) ?? -1
  return index === -1 ? undefined : index + first
}

/** @param {string} zone */
function isZone(zone) {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).format() !== ''
  } catch {
    return false
  }
}
