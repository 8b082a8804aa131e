import { execFileSync } from 'node:child_process'
import type { TestProject } from 'vitest/node'

/** They run what is deployed and published. */
const NEED_BUILD = /\/test\/(scenarios|deploy)\//

/** Builds before tests that need it, unless the build is newer than all of its sources. */
export function setup({ vitest }: TestProject): void {
  if (!vitest.state.getPaths().some((file) => NEED_BUILD.test(file))) return
  execFileSync(process.execPath, ['scripts/build.mjs', '--if-stale'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}
