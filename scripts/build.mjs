// Builds everything that is deployed or published:
//   dist/functions/rotate, dist/functions/receive   a CommonJS bundle each, and the file that Function Compute loads
//   dist/cli                                        the command line: ES modules that load only what a command needs
//   dist/esm, dist/cjs                              the receiver library (build-lib.mjs)
import { build } from 'esbuild'
import { existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { buildLib } from './build-lib.mjs'
import { domainsFiles } from './domains-files.mjs'
import { eagerModules } from './eager-modules.mjs'
import { isFresh } from './is-fresh.mjs'
import { liveSdk } from './live-sdk.mjs'
import { lazyModules, NEVER_USED } from './lazy-modules.mjs'
import { noDebug } from './no-debug.mjs'
import { noXml } from './no-xml.mjs'
import { writeThirdParty } from './third-party.mjs'

// The runtime import()s this file, and Node scans an imported CommonJS file for its exports before running it: for a
// megabyte, the scan takes as long as the run.
const ENTRY = "exports.handler = require('./bundle.js').handler\n"

const shared = /** @type {const} */ ({
  bundle: true,
  platform: 'node',
  target: 'node20',
  minify: true,
  // The licences are in a separate file.
  legalComments: 'none',
  // Chinese as UTF-8, not as escapes, which take twice the space.
  charset: 'utf8',
  metafile: true,
  logLevel: 'warning',
})

/** @param {string} name */
async function buildFunction(name) {
  const folder = `dist/functions/${name}`
  const { metafile } = await build({
    ...shared,
    entryPoints: [`functions/${name}/index.ts`],
    outfile: `${folder}/bundle.js`,
    format: 'cjs',
    plugins: [...liveSdk(), lazyModules, noDebug, noXml],
    // Its ES modules, which can be tree-shaken.
    alias: { yaml: resolve('node_modules/yaml/browser/index.js') },
    external: NEVER_USED,
    // Function Compute loads a CommonJS file, whatever its folder is called.
    define: { 'import.meta.dirname': '__dirname' },
  })
  const bundle = `${folder}/bundle.js`
  await writeFile(bundle, eagerModules(await readFile(bundle, 'utf8')))
  await writeFile(`${folder}/index.js`, ENTRY)
  return metafile
}

/** Copies the configuration to the bundle's folder, with the lists of domains that it names. */
async function copyConfiguration() {
  const text = await readFile('rotation.yaml', 'utf8')
  for (const file of ['rotation.yaml', ...domainsFiles(text).filter((list) => existsSync(list))]) {
    const copy = join('dist/functions/rotate', file)
    await mkdir(dirname(copy), { recursive: true })
    await copyFile(file, copy)
  }
}

async function buildCommandLine() {
  const { metafile } = await build({
    ...shared,
    entryPoints: ['lib/cli/main.ts'],
    outdir: 'dist/cli',
    format: 'esm',
    splitting: true,
    plugins: [...liveSdk(), noDebug],
    // An old HTTP client under @alicloud/fc2 loads it for proxies, which this project never uses.
    external: ['proxy-agent'],
    banner: {
      // The SDKs are CommonJS and require() Node's own modules.
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
    },
  })
  await chmod('dist/cli/main.js', 0o755)
  // The emulator starts it as a separate process.
  await copyFile('lib/emulator/fc/runtime.mjs', 'dist/cli/runtime.mjs')
  return metafile
}

// npm also runs `prepare` at every npx in a checkout: skip a build that is up to date.
const SOURCES = [
  'lib',
  'functions',
  'scripts',
  'package.json',
  'package-lock.json',
  'rotation.yaml',
  'tsconfig.json',
]
const DONE = 'dist/THIRD_PARTY_LICENSES'
if (process.argv.includes('--if-stale') && (await isFresh(DONE, SOURCES))) process.exit()

await rm('dist', { recursive: true, force: true })
await mkdir('dist/functions', { recursive: true })
// One level above what is uploaded: here it overrides the package's "type"; there, .js is CommonJS anyway.
await writeFile('dist/functions/package.json', '{ "type": "commonjs" }\n')
const [rotate, receive, commandLine] = await Promise.all([
  buildFunction('rotate'),
  buildFunction('receive'),
  buildCommandLine(),
  buildLib(),
])
await copyConfiguration()
// Written last, because it marks the build as complete.
await writeThirdParty(DONE, [rotate, receive, commandLine])
