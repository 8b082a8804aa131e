// Proves what the README promises, with figures: proof/*.ts, bundled to run without a loader.
//
//   npm run proof                     all parts, in at most 20 minutes on two cores
//   npm run proof -- crash rate       only the named parts
//   npm run proof -- --slice          a small slice of each, in less than a minute
//   npm run proof -- --json           the figures as JSON
//   npm run proof -- --write          also writes docs/how-it-is-tested.md and its pictures
//   npm run proof -- --load-divisor 4 a quarter of the load on the receivers
import { build } from 'esbuild'
import { spawn } from 'node:child_process'
import { copyFile, rm } from 'node:fs/promises'

// Each start has its own bundle, so that a later start does not change the code under this one. Two folders deep, like the
// sources, which find files of the project from there.
const outfile = `dist/proof/main-${process.pid}.mjs`
await build({
  entryPoints: ['proof/main.ts'],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  target: 'node20',
  sourcemap: 'inline',
  logLevel: 'warning',
})
// The file that the local cloud starts functions from.
await copyFile('lib/emulator/fc/runtime.mjs', 'dist/proof/runtime.mjs')
const child = spawn(process.execPath, ['--enable-source-maps', outfile, ...process.argv.slice(2)], {
  stdio: 'inherit',
})
child.once('close', (code) => {
  process.exitCode = code ?? 1
  void rm(outfile, { force: true })
})
