import type { Reporter, TestModule } from 'vitest/node'

/** Ends the run with one plain line of counts, for programs that read the output. */
export class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const states = modules.flatMap((module) =>
      [...module.children.allTests()].map((test) => test.result().state),
    )
    const count = (state: string): number => states.filter((other) => other === state).length
    // A module that cannot be loaded has no tests to count, but is still a failure.
    const failed = count('failed') + modules.filter((module) => module.errors().length > 0).length
    process.stdout.write(`\n${count('passed')} passed, ${failed} failed, ${count('skipped')} skipped\n`)
  }
}
