import { oneLine } from '../../core/plain-text.ts'

/** A report is six levels deep; nobody reads what lies deeper. */
const DEEPEST = 16

/**
 * JSON from elsewhere whose texts, names of fields included, are plain and of one line each. What is nested deeper than
 * 16 levels becomes null.
 *
 * @example
 * ```ts
 * cleanJson({ 'calls\u202e': 'a\u2028b' }) // { calls: 'a b' }
 * ```
 */
export function cleanJson(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return oneLine(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth === DEEPEST) return null
  if (Array.isArray(value)) return value.map((one) => cleanJson(one, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [oneLine(name), cleanJson(one, depth + 1)]),
  )
}
