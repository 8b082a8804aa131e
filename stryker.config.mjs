// What scripts/mutation/main.mjs runs: a room is tested by its own tests alone, and MUTATION_ROOM says which.

import { readdirSync } from 'node:fs'

const MUTATE = {
  keyset: ['lib/keyset/**/*.ts'],
  throttle: ['lib/throttle/**/*.ts'],
  rotation: ['lib/rotation/**/*.ts'],
  receiver: ['lib/receiver/{verifier,keyset-cache,matcher,headers,newest-keyset,replay-guard}.ts'],
}
const room = process.env.MUTATION_ROOM
const rooms = room ? [room] : Object.keys(MUTATE)
const reports = `coverage/mutation/${room ?? 'all'}`

/** Tests that are left out: others find sooner what these would, or they are of other files. */
const LEFT_OUT = {
  rotation: ['crash', 'histories'],
  receiver: [
    ...[
      'adapters',
      'credentials',
      'exports',
      'fastify',
      'function',
      'fuzz',
      'http-keyset',
      'keyset-cache-laws',
    ],
    ...['kms-keyset', 'node', 'proxy', 'testing'],
  ],
}

function testsOf(each) {
  const leftOut = (LEFT_OUT[each] ?? []).map((name) => `${name}.test.ts`)
  return readdirSync(`test/${each}`)
    .filter((name) => name.endsWith('.test.ts') && !leftOut.includes(name))
    .map((name) => `test/${each}/${name}`)
}

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  testRunner: 'in-process',
  plugins: ['./scripts/mutation/runner.mjs'],
  mutationTests: rooms.flatMap(testsOf),
  mutate: rooms.flatMap((each) => MUTATE[each]),
  // Texts are data here: tests of decisions do not repeat them.
  mutator: { excludedMutations: ['StringLiteral'] },
  ignorePatterns: [
    'coverage',
    'clients',
    'docs/*.md',
    'docs/pictures',
    'bench',
    'deploy',
    'dist',
    'proof',
    'test/scenarios',
  ],
  coverageAnalysis: 'perTest',
  ignoreStatic: true,
  incremental: true,
  incrementalFile: `${reports}/incremental.json`,
  concurrency: 2,
  timeoutMS: 5_000,
  reporters: ['clear-text', 'progress', 'json', 'html'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  jsonReporter: { fileName: `${reports}/mutation.json` },
  htmlReporter: { fileName: `${reports}/mutation.html` },
  tempDirName: `${reports}/sandbox`,
  cleanTempDir: 'always',
}
