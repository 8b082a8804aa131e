// Runs the receiver's tests on every runtime that npm brings: one bundle, the same for all. A runtime that cannot be had
// here is left out, and said to be.
//
//   node scripts/test-runtimes.mjs [runtime…]      e.g. node@24 bun
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'

/** The command of each runtime; the package is called like the runtime. */
const RUNTIMES = new Map([
  // The oldest that is supported: it has no one-shot hash yet.
  ['node@20.11', ['node']],
  ['node@20', ['node']],
  ['node@22', ['node']],
  ['node@24', ['node']],
  ['bun', ['bun']],
  ['deno', ['deno', 'run', '--allow-all', '--quiet']],
])

const TESTS = [
  'adapters',
  'admit',
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
  // Nest looks for them, and does without.
  external: ['class-*', '@nestjs/websockets/*', '@nestjs/microservices', '@nestjs/microservices/*'],
  alias: { vitest: './scripts/runtimes/vitest-shim.ts' },
  banner: {
    js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
  },
  logLevel: 'error',
})

const wanted = process.argv.slice(2)
for (const name of wanted.length > 0 ? wanted : RUNTIMES.keys()) {
  const [command = 'node', ...flags] = RUNTIMES.get(name) ?? []
  const version = await execute(name, command, '--version')
  if (!version.ok) {
    console.log(`left out: ${name} is not to be had here`)
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
