// A test runner for Stryker: loads all tests once, and runs those that reach a mutant in this process, quickest first.

import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import fc from 'fast-check'

const STAND_IN = new URL('tests.mjs', import.meta.url).href
/** How long each test takes, in milliseconds; the first process records it for the others. */
const TIMES = 'mutation-times.json'

/**
 * The state that the instrumented code reads and writes.
 *
 * @type {{
 *   activeMutant?: string | undefined
 *   currentTestId?: string | undefined
 *   hitCount: number
 *   hitLimit?: number | undefined
 *   mutantCoverage?: unknown
 * }}
 */
const instrumented = { hitCount: 0 }
Object.assign(globalThis, { __stryker__: instrumented })

// One failure is enough, and every run has the same one; nobody reads a shrunk example.
fc.configureGlobal({ endOnFailure: true, seed: 1 })

// A promise that nothing resolves never settles (test/support/clock.ts).
process.env['STUCK_AFTER_MS'] ??= '2000'

/** @type {unknown} */
let unhandled
process.on('unhandledRejection', (reason) => (unhandled = reason))

class InProcessRunner {
  /** @type {readonly string[]} */
  #files
  /** @type {readonly import('./tests.mjs').Test[]} */
  #tests = []
  /** @type {Record<string, number>} */
  #times = {}

  /** @param {{ mutationTests: readonly string[] }} options */
  constructor({ mutationTests }) {
    this.#files = mutationTests
  }

  capabilities() {
    return { reloadEnvironment: false }
  }

  async init() {
    const outdir = mkdtempSync(resolve('tests-'))
    await build({
      // The sandbox; by default esbuild uses the directory that it was loaded in.
      absWorkingDir: process.cwd(),
      entryPoints: [...this.#files],
      outbase: '.',
      outdir,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      packages: 'external',
      logLevel: 'error',
      plugins: [
        {
          name: 'stand-in',
          setup: ({ onResolve }) =>
            onResolve({ filter: /^vitest$/ }, () => ({ path: STAND_IN, external: true })),
        },
      ],
    })
    const { collect, tests } = await import(STAND_IN)
    for (const file of this.#files) {
      const built = pathToFileURL(resolve(outdir, file.replace(/ts$/, 'mjs'))).href
      await collect(file, () => import(built))
    }
    this.#tests = tests
    if (existsSync(TIMES)) this.#times = JSON.parse(readFileSync(TIMES, 'utf8'))
  }

  /** Runs every test without a mutant, and reports which code each one reaches. */
  async dryRun() {
    const results = []
    for (const test of this.#tests) {
      instrumented.currentTestId = test.id
      const started = performance.now()
      const failureMessage = await failureOf(test)
      const timeSpentMs = performance.now() - started
      instrumented.currentTestId = undefined
      this.#times[test.id] = timeSpentMs
      const result = { id: test.id, name: test.id, timeSpentMs, fileName: resolve(test.file) }
      results.push(
        failureMessage === null ? { ...result, status: 0 } : { ...result, status: 1, failureMessage },
      )
    }
    writeFileSync(TIMES, JSON.stringify(this.#times))
    return { status: 'complete', tests: results, mutantCoverage: instrumented.mutantCoverage }
  }

  /** @param {{ testFilter?: string[], hitLimit?: number, activeMutant: { id: string } }} options */
  async mutantRun({ testFilter, hitLimit = Infinity, activeMutant }) {
    const wanted = testFilter && new Set(testFilter)
    const timeOf = (/** @type {{ id: string }} */ { id }) => this.#times[id] ?? 0
    const tests = this.#tests
      .filter(({ id }) => wanted?.has(id) ?? true)
      .sort((a, b) => timeOf(a) - timeOf(b))
    Object.assign(instrumented, { activeMutant: activeMutant.id, hitLimit, hitCount: 0 })
    try {
      for (const [index, test] of tests.entries()) {
        const failureMessage = await failureOf(test)
        if (instrumented.hitCount > hitLimit) return { status: 'timeout', reason: 'it does not end' }
        if (failureMessage !== null)
          return { status: 'killed', killedBy: [test.id], failureMessage, nrOfTests: index + 1 }
      }
    } finally {
      instrumented.activeMutant = undefined
    }
    return { status: 'survived', nrOfTests: tests.length }
  }
}

/** @type {(test: import('./tests.mjs').Test) => Promise<string | null>} */
async function failureOf(test) {
  unhandled = undefined
  try {
    await test.run()
    await setImmediate()
    return unhandled === undefined ? null : `unhandled: ${String(unhandled)}`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** @param {ConstructorParameters<typeof InProcessRunner>[0]} options */
const createRunner = (options) => new InProcessRunner(options)
createRunner.inject = ['options']

// Stryker looks for this export in a plugin.
export const strykerPlugins = [{ kind: 'TestRunner', name: 'in-process', factory: createRunner }]
export const strykerValidationSchema = {
  properties: { mutationTests: { type: 'array', items: { type: 'string' } } },
}
