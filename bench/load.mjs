// How long a cold start takes: from the start of `node` until the function is loaded, including the SDKs. Compares the
// built bundle with the same code unbundled, as tsc emits it, and with `node` alone as the floor.
//
//   node bench/load.mjs [rounds]        needs a build (npm run build)
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { performance } from 'node:perf_hooks'

const ROUNDS = Number(process.argv[2] ?? 15)
// Inside the project, so that the unbundled code finds its packages.
const work = resolve('node_modules/.cache/bench-load')

rmSync(work, { recursive: true, force: true })
mkdirSync(work, { recursive: true })
writeFileSync(
  join(work, 'tsconfig.json'),
  JSON.stringify({
    extends: resolve('tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      allowJs: false,
      checkJs: false,
      outDir: 'unbundled',
      rootDir: resolve('.'),
    },
    include: [resolve('functions/rotate')],
  }),
)
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', work], { stdio: 'inherit' })
writeFileSync(join(work, 'unbundled/package.json'), '{ "type": "module" }')
cpSync('rotation.yaml', join(work, 'unbundled/functions/rotate/rotation.yaml'))

const variants = {
  bundled: resolve('dist/functions/rotate/index.js'),
  unbundled: join(work, 'unbundled/functions/rotate/index.js'),
}

/**
 * How long a process takes to load the handler and end, in milliseconds; without a file, to end at once.
 * @param {string | null} file
 */
function coldStart(file) {
  const script = `const { handler } = await import(${JSON.stringify(file)}); if (typeof handler !== 'function') throw 1`
  const started = performance.now()
  execFileSync(process.execPath, ['--input-type=module', '-e', file === null ? '0' : script])
  return performance.now() - started
}

/** @param {number[]} values */
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN

/** @type {Record<'bundled' | 'unbundled' | 'node', number[]>} */
const times = { bundled: [], unbundled: [], node: [] }
for (let round = -1; round < ROUNDS; round++) {
  const measured = {
    node: coldStart(null),
    bundled: coldStart(variants.bundled),
    unbundled: coldStart(variants.unbundled),
  }
  // The first round only warms the disk's cache.
  if (round < 0) continue
  times.node.push(measured.node)
  times.bundled.push(measured.bundled)
  times.unbundled.push(measured.unbundled)
}

const [bundled, unbundled, floor] = [median(times.bundled), median(times.unbundled), median(times.node)]
console.log(`bundle: ${(statSync(resolve('dist/functions/rotate/bundle.js')).size / 1000).toFixed(0)} kB`)
console.log(`from the start of node to a ready handler, median of ${ROUNDS}:`)
console.log(`  bundled    ${bundled.toFixed(0)} ms`)
console.log(`  unbundled  ${unbundled.toFixed(0)} ms`)
console.log(`  node alone ${floor.toFixed(0)} ms`)
console.log(
  `bundled takes ${((bundled / unbundled) * 100).toFixed(0)} % of the time that the same code takes unbundled`,
)
console.log(
  `or ${(((bundled - floor) / (unbundled - floor)) * 100).toFixed(0)} % without the time that node itself takes to start`,
)
