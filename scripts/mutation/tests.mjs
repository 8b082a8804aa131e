// Stands in for vitest so that the tests of all mutants run in one process. Vitest's own runner reloads every module for
// each mutant, which takes most of the time.

import { vi } from 'vitest'

export { expect, vi } from 'vitest'

/**
 * @typedef {(...values: unknown[]) => unknown} Body
 * @typedef {{ id: string, file: string, run: () => Promise<void> }} Test
 * @typedef {{ parent: Suite | null, name: string, before: Body[], after: Body[], beforeAll: Body[] }} Suite
 */

/** @type {Test[]} */
export const tests = []

/** @type {Suite} */
let within = suite(null, '')
/** @type {Body[]} */
let finished = []

/**
 * Collects the tests of a file.
 *
 * @param {string} file
 * @param {() => Promise<unknown>} load
 */
export async function collect(file, load) {
  within = suite(null, file)
  await load()
}

export const it = withForms((name, options, body) => {
  if (typeof options === 'object' && options.tags.includes('slow')) return
  const line = lineOf(within)
  const path = [...line.map((each) => each.name), name].join(' > ')
  const same = tests.filter(({ id }) => id.startsWith(path)).length
  tests.push({
    id: same === 0 ? path : `${path} (${same + 1})`,
    file: line[0]?.name ?? '',
    run: () => run(line, body),
  })
})

export const describe = withForms((name, _options, body) => {
  const outer = within
  within = suite(outer, name)
  body()
  within = outer
})

export const beforeEach = (/** @type {Body} */ hook) => void within.before.push(hook)
export const afterEach = (/** @type {Body} */ hook) => void within.after.push(hook)
export const beforeAll = (/** @type {Body} */ hook) => void within.beforeAll.push(hook)
/** Does nothing: the process ends after the last test. */
export const afterAll = () => undefined
export const onTestFinished = (/** @type {Body} */ hook) => void finished.push(hook)

/** @type {(line: readonly Suite[], body: Body) => Promise<void>} */
async function run(line, body) {
  finished = []
  const outward = line.toReversed().flatMap(({ after }) => after)
  // Removed before it runs, so that it runs only once.
  for (const { beforeAll: hooks } of line) for (const hook of hooks.splice(0)) await hook()
  try {
    for (const hook of line.flatMap(({ before }) => before)) await hook()
    await body({})
  } finally {
    for (const hook of [...finished.toReversed(), ...outward]) await hook()
    vi.restoreAllMocks()
  }
}

/** @type {(parent: Suite | null, name: string) => Suite} */
function suite(parent, name) {
  return { parent, name, before: [], after: [], beforeAll: [] }
}

/** @type {(own: Suite | null) => Suite[]} */
function lineOf(own) {
  return own === null ? [] : [...lineOf(own.parent), own]
}

/**
 * `it(name, body)`, `it(name, options, body)`, `it.each(rows)(name, body)` and `it.skipIf(condition)(name, body)`.
 *
 * @param {(name: string, options: { tags: string | string[] } | Body, body: Body) => void} add
 */
function withForms(add) {
  /** @type {(name: string, options: { tags: string | string[] } | Body, body?: Body) => void} */
  const one = (name, options, body = /** @type {Body} */ (options)) => add(name, options, body)
  /** @type {(rows: readonly unknown[]) => (name: string, body: Body) => void} */
  const each = (rows) => (name, body) => {
    for (const row of rows) one(name, () => (Array.isArray(row) ? body(...row) : body(row)))
  }
  return Object.assign(one, { each, skipIf: (/** @type {boolean} */ skip) => (skip ? () => undefined : one) })
}
