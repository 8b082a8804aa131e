import { isoTime } from '../core/clock.ts'
import { isObject } from '../core/objects.ts'
import { check, invalid } from './invalid.ts'
import { Key, KEY_RULE } from './key.ts'
import type { ExtraFields } from './keyset.ts'

/** Names the whole document in an error. */
export const DOCUMENT = 'it'

/**
 * Reads one value.
 *
 * @param path - Of the value, as an error names it.
 * @param latest - No time may be later, in milliseconds since the epoch.
 * @throws InvalidKeyset
 */
export type Read<T> = (value: unknown, path: string, latest: number) => T

/** The values of an object with these fields; the others are kept in `extra`. */
type Fields<R extends Readonly<Record<string, Read<unknown>>>> = {
  readonly [N in keyof R as undefined extends ReturnType<R[N]> ? never : N]: ReturnType<R[N]>
} & {
  readonly [N in keyof R as undefined extends ReturnType<R[N]> ? N : never]?: Exclude<
    ReturnType<R[N]>,
    undefined
  >
} & { readonly extra: ExtraFields }

function entriesOf(value: unknown, path: string): [name: string, value: unknown][] {
  check(isObject(value) && !Array.isArray(value), path, 'must be an object')
  return Object.entries(value)
}

/** Reads the fields of an object in order. Keeps the others, and those that a reader does not accept, as extra fields. */
export function readFields<R extends Readonly<Record<string, Read<unknown>>>>(
  value: unknown,
  at: string,
  latest: number,
  fields: R,
): Fields<R> {
  const extra = new Map(entriesOf(value, at))
  const found: Record<string, unknown> = {}
  for (const [name, read] of Object.entries(fields)) {
    const given = extra.get(name)
    const field = read(given, at === DOCUMENT ? name : `${at}.${name}`, latest)
    if (field !== undefined) found[name] = field
    if (field !== undefined || given === undefined) extra.delete(name)
  }
  return { ...found, extra: Object.fromEntries(extra) } as Fields<R>
}

export function text(value: unknown, path: string): string {
  check(typeof value === 'string' && value !== '', path, 'must be a non-empty string')
  return value
}

export function key(value: unknown, path: string): Key {
  const given = text(value, path)
  try {
    return Key.of(given)
  } catch {
    throw invalid(path, KEY_RULE)
  }
}

export function boolean(value: unknown, path: string): boolean {
  check(typeof value === 'boolean', path, 'must be true or false')
  return value
}

export function integer(least: number, most: number): Read<number> {
  return (value, path) => {
    const whole = typeof value === 'number' && Number.isSafeInteger(value)
    const problem = `must be a whole number from ${least} to ${most}`
    check(whole && value >= least && value <= most, path, problem)
    return value
  }
}

export function oneOf<T extends string>(allowed: readonly T[]): Read<T> {
  return (value, path) => {
    const given = text(value, path)
    const found = allowed.find((candidate) => candidate === given)
    check(found !== undefined, path, `must be one of ${allowed.join(', ')}`)
    return found
  }
}

export function matching(form: RegExp, problem: string): Read<string> {
  return (value, path) => {
    check(typeof value === 'string' && form.test(value), path, problem)
    return value
  }
}

export function list<T>(read: Read<T>): Read<readonly T[]> {
  return (value, path, latest) => {
    check(Array.isArray(value), path, 'must be an array')
    return value.map((item, index) => read(item, `${path}[${index}]`, latest))
  }
}

/** An object whose names may be any. */
export function record<T>(read: Read<T>): Read<Readonly<Record<string, T>>> {
  return (value, path, latest) => {
    const entries = entriesOf(value, path)
    return Object.fromEntries(entries.map(([name, item]) => [name, read(item, `${path}.${name}`, latest)]))
  }
}

function anyTime(value: unknown, path: string): string {
  const given = text(value, path)
  const isTime =
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(given) && !Number.isNaN(Date.parse(given))
  check(isTime, path, 'must be a time such as 2026-11-24T08:00:00.000Z')
  return given
}

export const time: Read<string> = (value, path, latest) => {
  const given = anyTime(value, path)
  check(Date.parse(given) <= latest, path, 'is more than a day later than when the document was stored')
  return given
}

/** A time that may be in the future. One too far ahead counts as the latest allowed. */
export const futureTime: Read<string> = (value, path, latest) => {
  const given = anyTime(value, path)
  return Date.parse(given) > latest ? isoTime(latest) : given
}

export function optional<T>(read: Read<T>): Read<T | undefined> {
  return (value, path, latest) => (value === undefined ? undefined : read(value, path, latest))
}

export function nullable<T>(read: Read<T>): Read<T | null> {
  return (value, path, latest) => (value === null ? null : read(value, path, latest))
}

/** A field that this project adds. If it has another type, it is someone else's field of that name and is kept. */
export function own<T>(read: Read<T>): Read<T | undefined> {
  // Most entries lack most of these fields, and an error costs a hundred times as much.
  return optional((value, path, latest) => {
    try {
      return read(value, path, latest)
    } catch {
      return undefined
    }
  })
}

/** The same, but a time that is too late is refused instead of kept. */
export function ownStrict<T>(read: Read<T>): Read<T | undefined> {
  const ofAnyTime = own(read)
  return (value, path, latest) =>
    ofAnyTime(value, path, Infinity) === undefined ? undefined : read(value, path, latest)
}
