import { execFileSync } from 'node:child_process'

/** Builds before the tests that run what is deployed and published, unless the build is newer than all it is made of. */
export function setup(): void {
  execFileSync(process.execPath, ['scripts/build.mjs', '--if-stale'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}
