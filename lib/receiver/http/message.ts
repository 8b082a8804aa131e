import { isObject } from '../../core/objects.ts'

export interface Sent {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal: AbortSignal
}

export interface Reply {
  readonly status: number
  readonly text: string
}

/** The fields of a JSON object; none of what is no JSON, or no object. */
export function jsonFields(text: string): Readonly<Record<string, unknown>> {
  try {
    return fieldsOf(JSON.parse(text))
  } catch {
    // The parser's message quotes the text.
    return {}
  }
}

/** A time in milliseconds since the epoch; undefined for what is none. */
export function timeOf(text: unknown): number | undefined {
  const ms = typeof text === 'string' ? Date.parse(text) : NaN
  return Number.isNaN(ms) ? undefined : ms
}

/** The fields of an object; none of what is none. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? { ...value } : {}
}
