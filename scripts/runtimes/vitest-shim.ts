// The parts of vitest that the receiver's tests use, in one file that runs on any runtime: vitest's own assertions and
// spies, and a short runner. The test files are the same everywhere.
import {
  chai,
  GLOBAL_EXPECT,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  type ExpectStatic,
} from '@vitest/expect'
import { fn, restoreAllMocks, spyOn } from '@vitest/spy'

type Body = (...row: unknown[]) => unknown

interface Test {
  readonly name: string
  readonly run: Body
}

chai.use(JestExtend)
chai.use(JestChaiExpect)
chai.use(JestAsymmetricMatchers)
Object.assign(chai.expect, {
  unreachable: (message = 'reached code that must not be reached') => chai.assert.fail(message),
})
Object.defineProperty(globalThis, GLOBAL_EXPECT, { value: chai.expect, configurable: true })

// With the plugins, it is what vitest exports under this name.
export const expect = chai.expect as unknown as ExpectStatic

const stubbed = new Map<string, string | undefined>()
export const vi = {
  fn,
  spyOn,
  stubEnv(name: string, value: string): void {
    if (!stubbed.has(name)) stubbed.set(name, process.env[name])
    process.env[name] = value
  },
  unstubAllEnvs(): void {
    for (const [name, value] of stubbed) {
      if (value === undefined) Reflect.deleteProperty(process.env, name)
      else process.env[name] = value
    }
    stubbed.clear()
  },
}

const tests: Test[] = []
const suites: string[] = []
const afterEachTest: Body[] = []
const finishers: Body[] = []

/** A title with the row's values for `%s`, `%i`, `%d`, `%j`, `%#` and `$name`. */
function titleOf(template: string, row: readonly unknown[], index: number): string {
  const values = [...row]
  return template.replaceAll(/%([sidj#])/g, (_, kind) => {
    if (kind === '#') return String(index)
    const value = values.shift()
    return typeof value === 'string' ? value : JSON.stringify(value)
  })
}

/** Adds the variants that take a table, and those that skip. */
function withForms(define: (name: string, body: Body) => void) {
  const call = (name: string, first: unknown, second?: unknown): void => {
    // Options may come before the body and a time limit after it; neither matters here.
    define(name, (typeof first === 'function' ? first : second) as Body)
  }
  return Object.assign(call, {
    each: (table: readonly unknown[]) => (template: string, first: unknown, second?: unknown) => {
      const body = (typeof first === 'function' ? first : second) as Body
      for (const [index, item] of table.entries()) {
        const row: unknown[] = Array.isArray(item) ? item : [item]
        define(titleOf(template, row, index), () => body(...row))
      }
    },
    skipIf: (condition: boolean) => (condition ? () => undefined : call),
  })
}

export const describe = withForms((name, body) => {
  suites.push(name)
  body()
  suites.pop()
})

export const it = withForms((name, run) => {
  tests.push({ name: [...suites, name].join(' > '), run })
})

export function afterEach(hook: Body): void {
  afterEachTest.push(hook)
}

export function onTestFinished(hook: Body): void {
  finishers.push(hook)
}

/** Runs everything that was defined, prints the failures and the number of passed tests. Returns whether all passed. */
export async function run(print: (line: string) => void): Promise<boolean> {
  let passed = 0
  for (const test of tests) {
    try {
      await test.run()
      passed++
    } catch (error) {
      print(`FAIL ${test.name}\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    }
    for (const hook of [...finishers.splice(0), ...afterEachTest]) await hook()
    restoreAllMocks()
    vi.unstubAllEnvs()
  }
  print(`${passed} of ${tests.length} tests pass`)
  return passed === tests.length && passed > 0
}
