import { pathOf } from './violations.mjs'

/** @typedef {import('./violations.mjs').Violation} Violation */

const TOP = ['edition', 'name', 'access', 'vars', 'actions', 'resources']
const RESOURCE = ['component', 'access', 'actions', 'props']
const COMPONENT = /^\$\{env\('FC_COMPONENT', ?'fc3@\d+\.\d+\.\d+'\)\}$/

/**
 * What must hold of s.yaml as it is written, before anything is rendered: no misspelt key at the top, and components
 * that are pinned and can be exchanged, so that the check never goes to the network for one.
 *
 * @param {unknown} file s.yaml, parsed
 * @returns {Violation[]}
 */
export function checkShape(file) {
  const top = record(file)
  const resources = record(top['resources'])
  const unknown = Object.keys(top).filter((key) => !TOP.includes(key))
  return [
    ...unknown.map((key) => ({ path: key, problem: 'is not known', allowed: TOP.join(', ') })),
    ...(top['edition'] === '3.0.0' ? [] : [{ path: 'edition', problem: 'is not 3.0.0', allowed: '3.0.0' }]),
    ...(Object.keys(resources).length > 0
      ? []
      : [{ path: 'resources', problem: 'is empty', allowed: 'functions' }]),
    ...Object.entries(resources).flatMap(([name, resource]) => checkResource(name, record(resource))),
  ]
}

/**
 * @param {string} name
 * @param {Record<string, unknown>} resource
 * @returns {Violation[]}
 */
function checkResource(name, resource) {
  const violations = Object.keys(resource)
    .filter((key) => !RESOURCE.includes(key))
    .map((key) => ({ path: pathOf([name, key]), problem: 'is not known', allowed: RESOURCE.join(', ') }))
  if (!COMPONENT.test(String(resource['component']))) {
    violations.push({
      path: pathOf([name, 'component']),
      problem: 'is not pinned',
      allowed: "${env('FC_COMPONENT', 'fc3@<version>')}",
    })
  }
  return violations
}

/**
 * @param {unknown} value
 * @returns {Record<string, unknown>}
 */
function record(value) {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
