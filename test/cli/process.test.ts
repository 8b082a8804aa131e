import { build } from 'esbuild'
import { spawn, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

let folder: string
let program: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rotator-process-'))
  await build({
    entryPoints: ['lib/cli/main.ts'],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    external: ['proxy-agent'],
    logLevel: 'error',
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
    },
  })
  program = join(folder, 'main.mjs')
}, 60_000)
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** Runs the command line as a process; a stream of `left` has lost its reader before anything is written to it. */
async function runProcess(
  args: readonly string[],
  { left = [], stdout = 'pipe' }: { left?: readonly ('stdout' | 'stderr')[]; stdout?: 'pipe' | number } = {},
): Promise<{ code: number | null; out: string; err: string }> {
  const stdio: StdioOptions = ['ignore', stdout, 'pipe']
  const child = spawn(process.execPath, [program, ...args], { cwd: folder, stdio })
  let out = ''
  let err = ''
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk.toString()))
  for (const name of left) child[name]?.destroy()
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out, err }
}

describe('a reader that leaves early', () => {
  test('of stderr: the work continues, and stdout has its one document', async () => {
    const { code, out } = await runProcess(['status', '--json'], { left: ['stderr'] })
    expect(code).toBe(2)
    expect(JSON.parse(out)).toMatchObject({ ok: false, error: { code: 'config' } })
  })

  test('of stdout: the exit code is that of the work, without a message', async () => {
    expect(await runProcess(['schema'], { left: ['stdout'] })).toEqual({ code: 0, out: '', err: '' })
    const { code, err } = await runProcess(['status', '--json'], { left: ['stdout'] })
    expect(code).toBe(2)
    expect(err).toMatch(
      /^error: the configuration rotation\.yaml cannot be read .*\nnext: live-key-rotator init\n$/,
    )
  })
})

test.skipIf(!existsSync('/dev/full'))('a result that cannot be written is told, and fails', async () => {
  const full = openSync('/dev/full', 'w')
  try {
    const { code, err } = await runProcess(['schema'], { stdout: full })
    expect({ code, err }).toEqual({ code: 1, err: 'error: stdout cannot be written (ENOSPC)\n' })
  } finally {
    closeSync(full)
  }
})

test('the version is that of the package', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  expect(await runProcess(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' })
})
