// Mutation testing: changes the code in small ways and sees whether a test notices. Slow, so it is no part of any gate.
//
//   npm run mutation                                    everything below
//   npm run mutation -- --mutate lib/throttle/retry.ts  one file
//
/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.mutation.config.ts' },
  mutate: [
    'lib/keyset/**/*.ts',
    'lib/throttle/**/*.ts',
    'lib/rotation/**/*.ts',
    'lib/receiver/{verifier,keyset-cache,matcher,headers,newest-keyset,replay-guard}.ts',
  ],
  // Texts are data here: tests of decisions do not repeat them.
  mutator: { excludedMutations: ['StringLiteral'] },
  coverageAnalysis: 'perTest',
  ignoreStatic: true,
  concurrency: 2,
  timeoutMS: 20_000,
  reporters: ['clear-text', 'progress', 'json', 'html'],
  clearTextReporter: { allowColor: false, logTests: false },
  jsonReporter: { fileName: 'coverage/mutation/mutation.json' },
  htmlReporter: { fileName: 'coverage/mutation/mutation.html' },
  tempDirName: 'coverage/mutation/sandbox',
  cleanTempDir: 'always',
}
