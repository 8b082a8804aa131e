import { isObject } from '../../core/objects.ts'
import { oneLine } from '../../core/plain-text.ts'

/** A report is six levels deep; anything deeper is unused. */
const DEEPEST = 16

/**
 * Cleans JSON from elsewhere: makes its texts and field names plain single lines, and replaces what is nested deeper
 * than 16 levels with null.
 *
 * @example
 * ```ts
 * cleanJson({ 'calls\u202e': 'a\u2028b' }) // { calls: 'a b' }
 * ```
 */
export function cleanJson(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return oneLine(value)
  if (!isObject(value)) return value
  if (depth === DEEPEST) return null
  if (Array.isArray(value)) return value.map((one) => cleanJson(one, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [oneLine(name), cleanJson(one, depth + 1)]),
  )
}
