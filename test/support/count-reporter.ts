import type { Reporter, TestModule } from 'vitest/node'

/** Closes the run with one plain line of counts, for whoever reads the output by program. */
export class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const states = modules.flatMap((module) =>
      [...module.children.allTests()].map((test) => test.result().state),
    )
    const count = (state: string): number => states.filter((other) => other === state).length
    // A module that cannot be loaded has no tests to count, and is a failure all the same.
    const failed = count('failed') + modules.filter((module) => module.errors().length > 0).length
    process.stdout.write(`\n${count('passed')} passed, ${failed} failed, ${count('skipped')} skipped\n`)
  }
}
