import { defineConfig } from 'vitest/config'
import { CountReporter } from './test/support/count-reporter.ts'
import { LongestFirst } from './test/support/longest-first.ts'
import { TAGS } from './test/support/tags.ts'

/** They mock modules or load them anew, which would show in the files after them. */
const ALONE = ['test/alibaba/invoke-loading.test.ts', 'test/receiver/{credentials,function}.test.ts']

export default defineConfig({
  test: {
    // Most of the time is spent waiting for sockets and child processes, so more run side by side than there are cores.
    maxWorkers: 5,
    sequence: { sequencer: LongestFirst },
    // Each project and each run would compile the same modules again.
    experimental: { fsModuleCache: true },
    tags: TAGS,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    globalSetup: 'test/support/build.ts',
    projects: [
      { extends: true, test: { name: 'alone', include: ALONE } },
      {
        extends: true,
        test: { name: 'together', include: ['test/**/*.test.ts'], exclude: ALONE, isolate: false },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['lib/**/*.ts', 'functions/**/*.ts'],
      reporter: ['text-summary', 'html', 'json-summary'],
      // Near what is reached, so that new code without tests shows.
      thresholds: { statements: 93, branches: 86, functions: 94, lines: 94 },
    },
    reporters: ['default', new CountReporter()],
    restoreMocks: true,
    // Where npx runs the program, it names npx in the commands that it suggests; `npx vitest` is no such case.
    env: { npm_lifecycle_event: '' },
    unstubEnvs: true,
  },
})
