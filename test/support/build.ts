import { execFileSync } from 'node:child_process'

/** Builds once before the tests that run what is deployed and published, so that they never run an old build. */
export function setup(): void {
  execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: ['ignore', 'ignore', 'inherit'] })
}
