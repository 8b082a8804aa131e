import type * as v from 'valibot'
import { isNode, isMap, isScalar, type Document, type LineCounter } from 'yaml'

export type FieldPath = readonly (string | number)[]

/** One thing that is wrong with a file: where, and what, in words that read on after the field's name. */
export interface Problem {
  readonly path: FieldPath
  readonly message: string
}

/**
 * `groups[0].ttl` for `['groups', 0, 'ttl']`.
 */
export function fieldName(path: FieldPath): string {
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? shown(part) : `.${shown(part)}`))
    .join('')
}

/** A URL that stands where a name was due may be a webhook's: it is not repeated. */
function shown(name: string): string {
  return name.includes('://') ? '…' : name
}

/** What valibot found, in our words: the schema's messages are written to be read after the field's name. */
export function problemsOf(issues: readonly v.BaseIssue<unknown>[]): Problem[] {
  return issues.map(({ path: keys = [], message }) => {
    const path = keys.flatMap(({ key }) => (typeof key === 'string' || typeof key === 'number' ? [key] : []))
    // Whatever stands under `notify` may be a secret.
    return {
      path,
      message: path[0] === 'notify' ? message.replace(/, not (?!an object$|a list$)[^]*$/, '') : message,
    }
  })
}

/** The line of the field in its file; that of the nearest part of its path that is there. */
export function lineOf(path: FieldPath, document: Document, lines: LineCounter): number {
  for (let length = path.length; length > 0; length--) {
    const offset = offsetOf(path.slice(0, length), document)
    if (offset !== null) return lines.linePos(offset).line
  }
  return 1
}

/** Where a field begins: at its name, for its value may start on a later line. */
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
