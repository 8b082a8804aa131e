import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { fromSchema } from './violations.mjs'

/** @typedef {import('./render.mjs').Resource} Resource */

const ajv = new Ajv({ allErrors: true })
const [fc3, domain] = ['fc3', 'fc3-domain'].map((name) => {
  const schema = JSON.parse(readFileSync(new URL(`${name}.schema.json`, import.meta.url), 'utf8'))
  return { schema, valid: ajv.compile(schema) }
})

/** @param {Resource} resource */
export function isDomain({ component }) {
  return component.startsWith('fc3-domain@')
}

/**
 * Checks a resource's props against our schema, which is stricter than the component's own, whose violations `s deploy`
 * ignores.
 *
 * @param {string} name of the resource
 * @param {Resource} resource
 * @returns {import('./violations.mjs').Violation[]}
 */
export function checkSchema(name, resource) {
  const kind = isDomain(resource) ? domain : fc3
  if (kind === undefined || kind.valid(resource.props)) return []
  const errors = (kind.valid.errors ?? []).map((error) => ({
    ...error,
    instancePath: `/${name}/props${error.instancePath}`,
  }))
  return fromSchema(errors, { [name]: resource }, kind.schema)
}
