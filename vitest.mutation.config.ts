import { defineConfig } from 'vitest/config'
import { TAGS } from './test/support/tags.ts'

/** The tests of decisions and of the receiver's core: fast, with a clock of their own, and without a server. */
export default defineConfig({
  test: {
    include: ['test/{keyset,throttle,rotation,receiver}/**/*.test.ts'],
    exclude: [
      'test/receiver/{adapters,function,node,fuzz,exports,vectors}.test.ts',
      'test/receiver/adapters/**',
    ],
    tags: TAGS,
    testTimeout: 20_000,
    restoreMocks: true,
  },
})
