import { defineConfig } from 'vitest/config'
import { CountReporter } from './test/support/count-reporter.ts'

export default defineConfig({
  test: {
    // Most of the time is spent waiting for sockets and child processes, so more run side by side than there are cores.
    maxWorkers: 4,
    // Whole rotations over real sockets, and child processes, are slower than the rest.
    projects: [
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['test/**/*.test.ts'],
          exclude: ['test/scenarios/**'],
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'scenarios',
          include: ['test/scenarios/**/*.test.ts'],
          globalSetup: 'test/support/build.ts',
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
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
