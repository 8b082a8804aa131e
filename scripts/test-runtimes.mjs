// Runs the receiver's tests, as one bundle, on every runtime that npm provides, and a separate suite on edge runtimes,
// which have none of Node's modules. Skips runtimes that cannot be installed here, and says so. Needs a build.
//
//   node scripts/test-runtimes.mjs [runtime…]      e.g. node@24 bun
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'

/** The command of each runtime. A runtime's package has its name. */
const RUNTIMES = new Map([
  // The oldest supported version, which has no one-shot hash yet.
  ['node@20.11', ['node']],
  ['node@20', ['node']],
  ['node@22', ['node']],
  ['node@24', ['node']],
  ['bun', ['bun']],
  ['deno', ['deno', 'run', '--allow-all', '--quiet']],
])

/** Runtimes without Node's modules, each with its packages. They run their own suite. */
const EDGES = new Map([
  ['web', []],
  ['edge-runtime', ['@edge-runtime/vm@5']],
  ['workerd', ['miniflare@4']],
])

const TESTS = [
  'adapters',
  'admit',
  'evidence',
  'fuzz',
  'keyset-cache',
  'keyset-cache-laws',
  'kms-keyset',
  'newest-keyset',
  'node',
  'replay-guard',
  'testing',
  'vectors',
  'verifier',
]

const run = promisify(execFile)

/**
 * @param {string} name
 * @param {string[]} command
 */
async function execute(name, ...command) {
  const npm = ['exec', '--yes', `--package=${name}`, '--', ...command]
  try {
    const { stdout } = await run('npm', npm, { timeout: 300_000, maxBuffer: 1e8 })
    return { ok: true, lines: stdout.trim().split('\n') }
  } catch (thrown) {
    const { stdout = '', stderr = '' } = /** @type {{ stdout?: string, stderr?: string }} */ (thrown)
    return { ok: false, lines: `${stderr}\n${stdout}`.trim().split('\n') }
  }
}

const work = await mkdtemp(join(tmpdir(), 'runtimes-'))
const bundle = join(work, 'suite.mjs')
await build({
  stdin: {
    contents: `
      ${TESTS.map((name) => `import './test/receiver/${name}.test.ts'`).join('\n')}
      import { run } from 'vitest'
      process.exit((await run(console.log)) ? 0 : 1)`,
    resolveDir: '.',
  },
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  outfile: bundle,
  // Nest looks for these but works without them.
  external: ['class-*', '@nestjs/websockets/*', '@nestjs/microservices', '@nestjs/microservices/*'],
  alias: { vitest: './scripts/runtimes/vitest-shim.ts' },
  banner: {
    js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
  },
  logLevel: 'error',
})

const esm = resolve('dist/esm/receiver')
const edgeBundle = join(work, 'edge-suite.js')
await build({
  entryPoints: ['scripts/runtimes/edge-suite.mjs'],
  bundle: true,
  // Node's modules do not resolve, so a bundle that needs one fails.
  platform: 'neutral',
  format: 'iife',
  globalName: 'suite',
  footer: { js: 'var { check } = suite;' },
  outfile: edgeBundle,
  alias: {
    'live-key-rotator/receiver': join(esm, 'index.js'),
    'live-key-rotator/receiver/web': join(esm, 'adapters/web.js'),
    'live-key-rotator/testing': join(esm, 'testing.js'),
  },
  logLevel: 'error',
})

/** @param {string} name @param {string[]} packages */
async function executeEdge(name, packages) {
  const modules = join(work, name)
  await mkdir(modules)
  try {
    if (packages.length > 0) {
      await run('npm', ['install', '--no-audit', '--no-fund', '--prefix', modules, ...packages], {
        timeout: 300_000,
      })
    }
  } catch {
    console.log(`skipped: ${name} cannot be installed here`)
    return
  }
  try {
    const { stdout } = await run(process.execPath, ['scripts/runtimes/edge.mjs', name, edgeBundle, modules], {
      timeout: 120_000,
    })
    console.log(`ok   ${name}: ${stdout.trim()}`)
  } catch (thrown) {
    const { stdout = '', stderr = '' } = /** @type {{ stdout?: string, stderr?: string }} */ (thrown)
    console.log(`FAIL ${name}\n${stderr}\n${stdout}`)
    process.exitCode = 1
  }
}

const wanted = process.argv.slice(2)
for (const name of wanted.length > 0 ? wanted : [...RUNTIMES.keys(), ...EDGES.keys()]) {
  const packages = EDGES.get(name)
  if (packages !== undefined) {
    await executeEdge(name, packages)
    continue
  }
  const [command = 'node', ...flags] = RUNTIMES.get(name) ?? []
  const version = await execute(name, command, '--version')
  if (!version.ok) {
    console.log(`skipped: ${name} cannot be installed here`)
    continue
  }
  const { ok, lines } = await execute(name, command, ...flags, bundle)
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${name} (${version.lines[0]}): ${lines.at(-1)}`)
  if (!ok) {
    console.log(lines.join('\n'))
    process.exitCode = 1
  }
}
await rm(work, { recursive: true, force: true })
