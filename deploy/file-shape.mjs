import { pathOf } from './violations.mjs'

/**
 * @typedef {import('./violations.mjs').Violation} Violation
 * @typedef {import('./render.mjs').Rendered} Rendered
 */

/** What Serverless Devs documents (docs/zh/yaml.md of its repository). */
const TOP = ['edition', 'name', 'access', 'vars', 'extend', 'template', 'flow', 'actions', 'resources']
const RESOURCE = ['component', 'access', 'extend', 'actions', 'props']

const PINNED = /^(fc3|fc3-domain)@\d+\.\d+\.\d+$/
/** A component on the disk needs no version: nothing newer can replace it. */
const LOCAL = /^(\.{0,2}\/|[A-Za-z]:\\)/

/**
 * Checks the template before its props: no misspelt keys, only functions or their domains, and pinned components,
 * because Serverless Devs would otherwise take the newest release.
 *
 * @param {Rendered} rendered
 * @returns {Violation[]}
 */
export function checkShape({ file, resources }) {
  const top = record(file)
  const unknown = Object.keys(top).filter((key) => !TOP.includes(key))
  const edition = top['edition'] === '3.0.0' || (top['edition'] === undefined && 'extend' in top)
  return [
    ...unknown.map((key) => ({ path: key, problem: 'is not known', allowed: TOP.join(', ') })),
    ...(edition ? [] : [{ path: 'edition', problem: 'is not 3.0.0', allowed: '3.0.0' }]),
    ...(Object.keys(resources).length > 0
      ? []
      : [{ path: 'resources', problem: 'is empty', allowed: 'functions' }]),
    ...Object.entries(record(top['resources'])).flatMap(([name, resource]) =>
      Object.keys(record(resource))
        .filter((key) => !RESOURCE.includes(key))
        .map((key) => ({ path: pathOf([name, key]), problem: 'is not known', allowed: RESOURCE.join(', ') })),
    ),
    ...Object.entries(resources)
      .filter(([, { component }]) => !PINNED.test(component) && !LOCAL.test(component))
      .map(([name, { component }]) => ({
        path: pathOf([name, 'component']),
        problem: /^(fc3|fc3-domain)(@|$)/.test(component) ? 'is not pinned' : 'is neither fc3 nor fc3-domain',
        allowed: 'fc3@<version> or fc3-domain@<version>, for example fc3@0.1.22',
      })),
  ]
}

/**
 * @param {unknown} value
 * @returns {Record<string, unknown>}
 */
function record(value) {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
