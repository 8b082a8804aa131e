import * as v from 'valibot'
import { isObject } from '../core/objects.ts'
import { isSafeForKeys } from '../core/safe-address.ts'
import { DURATION_PATTERN, parseDuration, writeDuration } from './duration.ts'

/** The kinds of values in rotation.yaml and requests. Every message continues the field's name. */

const DAY_MS = 86_400_000

/** Replaces a list, which valibot would accept as an object. */
const A_LIST = Symbol('a list')

/** The given value, as its writer would call it. */
function given({ received }: { readonly received: string }): string {
  if (received === 'Array' || received === 'symbol') return 'a list'
  // A refused URL may contain a password or a token.
  if (received.includes('://')) return 'a URL'
  return received === 'Object' ? 'an object' : received
}

export function text(what: string) {
  return v.string((issue) => `must be ${what}, not ${given(issue)}`)
}

export function matching(pattern: RegExp, what: string) {
  return v.pipe(
    text(what),
    v.regex(pattern, (issue) => `must be ${what}, not ${given(issue)}`),
  )
}

export function flag() {
  return v.boolean((issue) => `must be true or false, not ${given(issue)}`)
}

export function choice<const T extends readonly string[]>(options: T) {
  const all = options.join(', ').replace(/, (?!.*, )/, ' or ')
  return v.picklist(options, (issue) => `must be ${all}, not ${given(issue)}`)
}

/** A closed list too long for a message; the JSON Schema lists it in full. */
export function oneOf<const T extends readonly string[]>(options: T, what: string) {
  return v.picklist(options, (issue) => `must be ${what}, not ${given(issue)}`)
}

export function list<const T extends v.GenericSchema>(item: T, what: string) {
  return v.array(item, (issue) => `must be a list of ${what}, not ${given(issue)}`)
}

/** An object with exactly these fields. */
export function section<const T extends v.ObjectEntries>(entries: T) {
  const schema = v.strictObject(entries, (issue) => {
    if (issue.expected === 'Object') return `must have the fields ${fieldNames(entries)}, not ${given(issue)}`
    if (issue.expected === 'never') return `is unknown; the fields here are ${fieldNames(entries)}`
    return 'is required'
  })
  // valibot accepts a list as an object.
  const run: (typeof schema)['~run'] = (dataset, config) =>
    schema['~run'](Array.isArray(dataset.value) ? { value: A_LIST } : dataset, config)
  return { ...schema, '~run': run }
}

/** One schema for an object and another for everything else, so that each keeps its own messages. */
export function objectOr<const T extends v.GenericSchema, const U extends v.GenericSchema>(
  object: T,
  other: U,
) {
  const union = v.union([other, object])
  const run: (typeof union)['~run'] = (dataset, config) => {
    const isSection = isObject(dataset.value) && !Array.isArray(dataset.value)
    // Each of the two returns the types of the union.
    return isSection ? object['~run'](dataset, config) : other['~run'](dataset, config)
  }
  return { ...union, '~run': run }
}

/** A whole number from `least` to `most`. */
export function count(least: number, most: number) {
  const what = `must be a whole number from ${least} to ${most}`
  return v.pipe(
    v.number((issue) => `${what}, not ${given(issue)}`),
    v.integer((issue) => `${what}, not ${given(issue)}`),
    v.minValue(least, (issue) => `${what}, not ${given(issue)}`),
    v.maxValue(most, (issue) => `${what}, not ${given(issue)}`),
  )
}

function fieldNames(entries: v.ObjectEntries): string {
  return Object.keys(entries).join(', ')
}

/** A duration from `least` to `most`, in milliseconds. */
export function duration(least: string, most: string, meaning: string) {
  const range = `from ${least} to ${most}`
  const leastMs = parseDuration(least) ?? 0
  const mostMs = parseDuration(most) ?? 365 * DAY_MS
  return v.pipe(
    matching(DURATION_PATTERN, 'a duration such as 90s, 5m, 12h or 30d'),
    v.description(meaning),
    v.transform((written) => parseDuration(written) ?? 0),
    v.check(
      (ms) => ms >= leastMs && ms <= mostMs,
      (issue) => `must be ${range}, not ${writeDuration(issue.input)}`,
    ),
  )
}

/** Calls per second: a whole number from 1 to `most`. */
export function rate(most: number) {
  const what = `a whole number of calls per second from 1 to ${most}`
  const message = (issue: { readonly received: string }) => `must be ${what}, not ${given(issue)}`
  return v.pipe(v.number(message), v.integer(message), v.minValue(1, message), v.maxValue(most, message))
}

/** A valid KMS secret name. */
export const SECRET_NAME = /^(?!acs\/)[A-Za-z0-9_/+=.@-]{1,192}$/

const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?'
const DOMAIN_PATTERN = new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})+$`)

/** A domain name, in lower case. */
export const domainName = v.pipe(
  matching(DOMAIN_PATTERN, 'a domain name such as live.example.com'),
  v.toLowerCase(),
)

/** The suffix of a group's domain names. */
export const domainSuffix = v.pipe(
  matching(/^[.-]?(?:[A-Za-z0-9-]+\.)*[A-Za-z0-9-]+$/, 'the end of domain names, such as .example.com'),
  v.toLowerCase(),
)

/** A URL that `allowed` accepts. Messages never repeat its value: a webhook's URL is a secret. */
export function url(what: string, allowed: (url: URL) => boolean) {
  const message = `must be ${what}`
  return v.pipe(
    v.string(message),
    v.check((value) => URL.canParse(value) && allowed(new URL(value)), message),
  )
}

/** Describes what {@link isEndpoint} accepts. */
export const ENDPOINT =
  'a server such as https://live.aliyuncs.com (http only on this machine), without a path'

/** Scheme, host and port, nothing else. */
export function isEndpoint(candidate: URL): boolean {
  const { pathname, search, hash, username, password } = candidate
  return isSafeForKeys(candidate) && pathname === '/' && `${search}${hash}${username}${password}` === ''
}
