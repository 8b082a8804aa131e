import { RotatorError } from '../../core/errors.ts'
import { isObject } from '../../core/objects.ts'
import type { CallName } from './errors.ts'

/**
 * The fields of a server's answer, each checked when it is read.
 *
 * Every method throws RotatorError `invalidAnswer`, which names the field and never shows its value.
 */
export class Answer {
  readonly #fields: Readonly<Record<string, unknown>>
  readonly #call: CallName
  readonly #path: string

  constructor(value: unknown, call: CallName, path = '') {
    this.#call = call
    this.#path = path
    if (!isObject(value) || Array.isArray(value)) {
      throw this.#invalid(path === '' ? 'the answer' : path, 'must be an object')
    }
    this.#fields = { ...value }
  }

  /** A string that is not empty. */
  text(name: string): string {
    const value = this.#fields[name]
    if (typeof value !== 'string' || value === '') throw this.bad(name, 'must be a non-empty string')
    return value
  }

  /** A string that may be empty or absent. */
  optionalText(name: string): string {
    const value = this.#fields[name] ?? ''
    if (typeof value !== 'string') throw this.bad(name, 'must be a string')
    return value
  }

  /** A whole number, 0 or more. */
  count(name: string): number {
    const value = this.#fields[name]
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
      throw this.bad(name, 'must be a whole number')
    }
    return value
  }

  /** `yyyy-MM-ddTHH:mm:ssZ`, as milliseconds since the epoch. */
  time(name: string): number {
    const time = timeOf(this.text(name))
    if (time === undefined) throw this.bad(name, 'must be a time such as 2026-11-24T08:00:00Z')
    return time
  }

  /** Like {@link time}, but undefined if the time is absent or in another form. */
  optionalTime(name: string): number | undefined {
    return timeOf(this.#fields[name])
  }

  /** The objects of a list one level down, as in RPC answers: `OnlineInfo.LiveStreamOnlineInfo`. */
  list(outer: string, inner: string): Answer[] {
    return this.#items(outer, inner).map(
      (item, index) => new Answer(item, this.#call, this.#at(`${outer}.${inner}[${index}]`)),
    )
  }

  /** The strings of such a list; absent counts as empty. */
  texts(outer: string, inner: string): string[] {
    if (this.#fields[outer] === undefined) return []
    return this.#items(outer, inner).map((item) => {
      if (typeof item !== 'string') throw this.bad(`${outer}.${inner}`, 'must be an array of strings')
      return item
    })
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined && this.#fields[name] !== null
  }

  /** The objects of a list; absent counts as empty. */
  items(name: string): Answer[] {
    const items = this.#fields[name] ?? []
    if (!Array.isArray(items)) throw this.bad(name, 'must be an array')
    return items.map((item, index) => new Answer(item, this.#call, this.#at(`${name}[${index}]`)))
  }

  /** An object of strings; absent counts as empty. Skips other values. */
  textsByName(name: string): Readonly<Record<string, string>> {
    const fields = this.#fields[name] ?? {}
    if (typeof fields !== 'object') throw this.bad(name, 'must be an object')
    return Object.fromEntries(
      Object.entries(fields).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    )
  }

  bad(name: string, problem: string): RotatorError {
    return this.#invalid(this.#at(name), problem)
  }

  #items(outer: string, inner: string): unknown[] {
    const holder = new Answer(this.#fields[outer], this.#call, this.#at(outer))
    const items = holder.#fields[inner]
    if (!Array.isArray(items)) throw this.bad(`${outer}.${inner}`, 'must be an array')
    return items
  }

  #at(name: string): string {
    return this.#path === '' ? name : `${this.#path}.${name}`
  }

  #invalid(path: string, problem: string): RotatorError {
    const { api, subject } = this.#call
    return new RotatorError('invalidAnswer', `${api} for ${subject}: in the answer, ${path} ${problem}`)
  }
}

function timeOf(value: unknown): number | undefined {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value)) return undefined
  const time = Date.parse(value)
  return Number.isNaN(time) ? undefined : time
}
