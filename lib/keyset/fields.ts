import { isoTime } from '../core/clock.ts'
import { RotatorError } from '../core/errors.ts'
import { invalid } from './invalid.ts'
import { Key } from './key.ts'
import type { ExtraFields } from './keyset.ts'

/** The whole document, as an error names it. */
export const DOCUMENT = 'the document'

/** Reads the fields of one object by name and remembers which, so that the others can be kept. */
export class Fields {
  readonly #record: Record<string, unknown>
  readonly #at: string
  readonly #latest: number
  readonly #read = new Set<string>()

  /** @param latest - No time may be later, in milliseconds since the epoch. */
  constructor(value: unknown, at: string, latest = Infinity) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw invalid(at, 'must be an object')
    }
    this.#record = Object.fromEntries(Object.entries(value))
    this.#at = at
    this.#latest = latest
  }

  path(name: string): string {
    return this.#at === DOCUMENT ? name : `${this.#at}.${name}`
  }

  string(name: string): string {
    const value = this.#take(name)
    if (typeof value !== 'string' || value === '')
      throw invalid(this.path(name), 'must be a text that is not empty')
    return value
  }

  optionalString(name: string): string | undefined {
    return this.#take(name) === undefined ? undefined : this.string(name)
  }

  integer(name: string, least: number, most: number): number {
    const value = this.#take(name)
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least || value > most) {
      throw invalid(this.path(name), `must be a whole number of at least ${least} and at most ${most}`)
    }
    return value
  }

  optionalBoolean(name: string): boolean | undefined {
    const value = this.#take(name)
    if (value !== undefined && typeof value !== 'boolean')
      throw invalid(this.path(name), 'must be true or false')
    return value
  }

  time(name: string): string {
    const value = this.#anyTime(name)
    if (Date.parse(value) > this.#latest)
      throw invalid(this.path(name), 'is more than a day later than when the document was stored')
    return value
  }

  optionalTime(name: string): string | undefined {
    return this.#take(name) === undefined ? undefined : this.time(name)
  }

  nullableTime(name: string): string | null | undefined {
    return this.#take(name) === null ? null : this.optionalTime(name)
  }

  /** A time that may lie ahead. One that is too far ahead counts as the latest that there can be. */
  optionalFutureTime(name: string): string | undefined {
    const value = this.#optionalAnyTime(name)
    return value !== undefined && Date.parse(value) > this.#latest ? isoTime(this.#latest) : value
  }

  #optionalAnyTime(name: string): string | undefined {
    return this.#take(name) === undefined ? undefined : this.#anyTime(name)
  }

  #anyTime(name: string): string {
    const value = this.string(name)
    if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(value) || Number.isNaN(Date.parse(value))) {
      throw invalid(this.path(name), 'must be a time such as 2026-11-24T08:00:00.000Z')
    }
    return value
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T {
    const value = this.string(name)
    const found = allowed.find((candidate) => candidate === value)
    if (found === undefined) throw invalid(this.path(name), `must be one of ${allowed.join(', ')}`)
    return found
  }

  optionalOneOf<T extends string>(name: string, allowed: readonly T[]): T | undefined {
    return this.#take(name) === undefined ? undefined : this.oneOf(name, allowed)
  }

  list(name: string): unknown[] {
    const value = this.#take(name)
    if (!Array.isArray(value)) throw invalid(this.path(name), 'must be a list')
    return value
  }

  optionalMatching(name: string, form: RegExp): string | undefined {
    const value = this.#take(name)
    if (value !== undefined && (typeof value !== 'string' || !form.test(value)))
      throw invalid(this.path(name), 'is of another form')
    return value
  }

  optionalTexts(name: string): readonly string[] | undefined {
    if (this.#take(name) === undefined) return undefined
    return this.list(name).map((value) => {
      if (typeof value !== 'string') throw invalid(this.path(name), 'must be a list of texts')
      return value
    })
  }

  /** null, or a time in the past, as {@link own} takes it. */
  ownNullableTime(name: string): string | null | undefined {
    const value = this.own(name, () => (this.#take(name) === null ? null : this.#optionalAnyTime(name)))
    return typeof value === 'string' ? this.time(name) : value
  }

  /** A field of this project's own. Of another type it is somebody else's of the same name, and kept. */
  own<T>(name: string, read: (name: string) => T): T | undefined {
    try {
      return read(name)
    } catch (error) {
      if (!(error instanceof RotatorError)) throw error
      this.#read.delete(name)
      return undefined
    }
  }

  key(name: string): Key {
    const value = this.string(name)
    try {
      return Key.of(value)
    } catch {
      throw invalid(this.path(name), 'must have 1 to 256 characters')
    }
  }

  rest(): ExtraFields {
    return Object.fromEntries(Object.entries(this.#record).filter(([name]) => !this.#read.has(name)))
  }

  #take(name: string): unknown {
    this.#read.add(name)
    return this.#record[name]
  }
}
