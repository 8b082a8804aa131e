import { jsonFields } from '../../core/json.ts'
import type { ApiError } from './api-error.ts'
import type { WireRequest } from './wire.ts'

/** How a product words errors about parameters. */
export interface ParamErrors {
  missing(name: string): ApiError
  malformed(name: string, rule: string): ApiError
}

/** The parameters of one call, from both query and body. Their values may be keys: never print them. */
export class Params {
  readonly #values: ReadonlyMap<string, string>
  readonly #errors: ParamErrors

  constructor(values: ReadonlyMap<string, string>, errors: ParamErrors) {
    this.#values = values
    this.#errors = errors
  }

  /** An empty value counts as missing, unless `allowEmpty`. */
  required(name: string, allowEmpty = false): string {
    const value = this.#values.get(name)
    if (value === undefined || (value === '' && !allowEmpty)) throw this.#errors.missing(name)
    return value
  }

  optional(name: string): string | null {
    const value = this.#values.get(name)
    return value === undefined || value === '' ? null : value
  }

  choice<T extends string>(name: string, choices: readonly T[], fallback?: T): T {
    const value = fallback === undefined ? this.required(name) : (this.optional(name) ?? fallback)
    const choice = choices.find((candidate) => candidate === value)
    if (choice === undefined) throw this.malformed(name, `must be one of ${choices.join(', ')}`)
    return choice
  }

  integer(name: string, fallback: number, least: number, most: number): number {
    const text = this.optional(name)
    if (text === null) return fallback
    const value = Number(text)
    if (!/^\d{1,9}$/.test(text) || value < least || value > most) {
      throw this.malformed(name, `must be a number from ${least} to ${most}`)
    }
    return value
  }

  boolean(name: string, fallback = false): boolean {
    return this.choice(name, ['true', 'false'], fallback ? 'true' : 'false') === 'true'
  }

  malformed(name: string, rule: string): ApiError {
    return this.#errors.malformed(name, rule)
  }
}

/** One page of a list; the first is 1. */
export function pageOf<T>(items: readonly T[], number: number, size: number): readonly T[] {
  return items.slice((number - 1) * size, number * size)
}

/** All parameters of a request: query, urlencoded body, and the fields of a JSON body. */
export function parametersOf(request: WireRequest): Map<string, string> {
  return new Map([...request.query, ...request.form, ...bodyFields(request)])
}

function bodyFields(request: WireRequest): [string, string][] {
  if (!(request.headers['content-type'] ?? '').startsWith('application/json')) return []
  return Object.entries(jsonFields(request.body.toString('utf8'))).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ])
}
