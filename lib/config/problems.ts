import type * as v from 'valibot'
import { isNode, isMap, isScalar, type Document, type LineCounter } from 'yaml'

export type FieldPath = readonly (string | number)[]

/** One problem of a file: where, and what, as text that continues the field's name. */
export interface Problem {
  readonly path: FieldPath
  readonly message: string
}

/**
 * `groups[0].ttl` for `['groups', 0, 'ttl']`.
 */
export function fieldName(path: FieldPath): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${shown(part)}`))
    .join('')
    .replace(/^\./, '')
}

/** A URL in place of a name may be a webhook's, so it is not repeated. */
function shown(name: string): string {
  return name.includes('://') ? '…' : name
}

/** valibot's issues as problems: the schema's messages continue the field's name. */
export function problemsOf(issues: readonly v.BaseIssue<unknown>[]): Problem[] {
  return issues.map(({ path: keys = [], message }) => {
    const path = keys.flatMap(({ key }) => (typeof key === 'string' || typeof key === 'number' ? [key] : []))
    // Anything under `notify` may be a secret.
    return {
      path,
      message: path[0] === 'notify' ? message.replace(/, not (?!an object$|a list$)[^]*$/, '') : message,
    }
  })
}

/** The line of the field, or of the nearest part of its path that is in the file. */
export function lineOf(path: FieldPath, document: Document, lines: LineCounter): number {
  for (let length = path.length; length > 0; length--) {
    const offset = offsetOf(path.slice(0, length), document)
    if (offset !== null) return lines.linePos(offset).line
  }
  return 1
}

/** A field starts at its name; its value may start on a later line. */
function offsetOf(path: FieldPath, document: Document): number | null {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true)
  const last = path.at(-1)
  if (isMap(parent)) {
    const pair = parent.items.find(({ key }) => isScalar(key) && key.value === last)
    return isNode(pair?.key) ? (pair.key.range?.[0] ?? null) : null
  }
  const node = document.getIn(path, true)
  return isNode(node) ? (node.range?.[0] ?? null) : null
}
