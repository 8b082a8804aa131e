/**
 * @typedef {{ path: string, problem: string, allowed: string }} Violation
 *   A field of s.yaml, what is wrong with it, and what would be right.
 *
 * @typedef {{ instancePath: string, schemaPath: string, keyword: string, params: Record<string, unknown>,
 *   propertyName?: string }} SchemaError One error of ajv; `instancePath` starts with the resource's name.
 */

/** These only repeat a more exact error. */
const ECHOES = new Set(['if', 'allOf'])

/**
 * @param {unknown} node
 * @param {string[]} segments
 * @returns {unknown}
 */
function descend(node, segments) {
  return segments.reduce(
    (at, segment) =>
      typeof at === 'object' && at !== null
        ? /** @type {Record<string, unknown>} */ (at)[segment]
        : undefined,
    node,
  )
}

/**
 * @param {string} pointer a JSON pointer, with or without what leads it
 * @returns {string[]}
 */
function segmentsOf(pointer) {
  return pointer
    .replace(/^#?\/?/, '')
    .split('/')
    .filter((segment) => segment !== '')
    .map((segment) => decodeURIComponent(segment).replaceAll('~1', '/').replaceAll('~0', '~'))
}

/**
 * `['rotator', 'props', 'triggers', '0']` → `resources.rotator.props.triggers[0]`
 *
 * @param {string[]} segments
 */
export function pathOf(segments) {
  return segments.reduce(
    (path, segment) => path + (/^\d+$/.test(segment) ? `[${segment}]` : `.${segment}`),
    'resources',
  )
}

/**
 * A value that is safe to show: only the kind of an environment variable, nothing of a certificate, as both may be
 * private.
 *
 * @param {string[]} segments
 * @param {unknown} value
 */
function shown(segments, value) {
  if (segments.includes('environmentVariables')) {
    return value === null ? 'empty' : `a ${Array.isArray(value) ? 'list' : typeof value}`
  }
  if (segments.includes('certConfig')) return 'not right'
  const text = JSON.stringify(value) ?? 'nothing'
  // A URL may contain a token, so it is not repeated.
  if (text.includes('://')) return 'a URL'
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}

/**
 * Turns ajv's errors into sentences about fields. What is allowed comes from the schema's descriptions.
 *
 * @param {SchemaError[]} errors
 * @param {unknown} resources the rendered `resources`
 * @param {unknown} schema
 * @returns {Violation[]}
 */
export function fromSchema(errors, resources, schema) {
  return errors
    .filter((error) => !ECHOES.has(error.keyword) && error.propertyName === undefined)
    .map((error) => {
      const at = segmentsOf(error.instancePath)
      const rule = segmentsOf(error.schemaPath).slice(0, -1)
      const known = descend(schema, [...rule, 'properties'])
      const { missingProperty, additionalProperty, propertyName } = error.params
      if (typeof missingProperty === 'string') {
        return {
          path: pathOf([...at, missingProperty]),
          problem: 'is missing',
          allowed: String(descend(known, [missingProperty, 'description'])),
        }
      }
      if (typeof additionalProperty === 'string') {
        return {
          path: pathOf([...at, additionalProperty]),
          problem: 'is not known',
          allowed: Object.keys(known ?? {}).join(', '),
        }
      }
      if (typeof propertyName === 'string') {
        return {
          path: pathOf([...at, propertyName]),
          problem: 'is not a permitted name',
          allowed: String(descend(schema, [...rule, 'propertyNames', 'description'])),
        }
      }
      return {
        path: pathOf(at),
        problem: `is ${shown(at, descend(resources, at))}`,
        allowed: String(descend(schema, [...rule, 'description'])),
      }
    })
}

/** @param {Violation} violation */
export function sentence({ path, problem, allowed }) {
  return `${path} ${problem}; allowed: ${allowed}`
}
