import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Report } from '../../lib/rotation/report.ts'

/** The command line as it is installed: bundled, and each command a process of its own. */
const home = mkdtempSync(join(tmpdir(), 'rotator-process-'))
const main = join(home, 'dist/cli/main.js')
const running = new Set<ChildProcessWithoutNullStreams>()

beforeAll(async () => {
  await build({
    entryPoints: ['lib/cli/main.ts'],
    outdir: join(home, 'dist/cli'),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'error',
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
    },
  })
  copyFileSync('package.json', join(home, 'package.json'))
}, 60_000)

afterAll(() => {
  for (const child of running) child.kill('SIGKILL')
  rmSync(home, { recursive: true, force: true })
})

class Command {
  out = ''
  err = ''
  readonly child: ChildProcessWithoutNullStreams
  readonly ended: Promise<number | string>

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const inherited = { PATH: process.env['PATH'] ?? '', HOME: home }
    this.child = spawn(process.execPath, [main, ...args], { cwd: home, env: { ...inherited, ...env } })
    running.add(this.child)
    this.child.stdout.on('data', (chunk: Buffer) => (this.out += chunk.toString()))
    this.child.stderr.on('data', (chunk: Buffer) => (this.err += chunk.toString()))
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code, signal) => {
        running.delete(this.child)
        resolve(code ?? signal ?? 'unknown')
      })
    })
  }

  json(): unknown {
    return JSON.parse(this.out)
  }

  report(): Report {
    return this.json() as Report
  }
}

async function ended(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Command> {
  const command = new Command(args, env)
  await command.ended
  return command
}

test('help, schema and wrong use', async () => {
  const [help, schema, wrong, none] = await Promise.all([
    ended(['--help']),
    ended(['schema', '--json']),
    ended(['rotate', '--nope', '--json']),
    ended(['status', '--json']),
  ])
  expect([await help.ended, help.err]).toEqual([0, ''])
  expect(schema.json()).toMatchObject({ title: 'rotation.yaml of live-key-rotator' })
  expect(await wrong.ended).toBe(2)
  expect(wrong.json()).toMatchObject({ ok: false, error: { code: 'usage' } })
  expect(await none.ended).toBe(2)
  expect(none.json()).toMatchObject({ ok: false, error: { code: 'config' } })
  expect(none.err).not.toContain('    at ')
})

describe.concurrent('each command a process of its own', () => {
  let cloud: Command
  let env: Record<string, string>

  beforeAll(async () => {
    writeFileSync(
      join(home, 'rotation.yaml'),
      `
region: cn-shanghai
ttl: 1s
propagation: { margin: 0s }
groups:
  - name: default
    secret: live/snapshot-callback/default
    discover: { suffix: .example.com }
`,
    )
    cloud = new Command(['emulator', '--port', '0', '--domains', '50', '--streams', '100', '--json'])
    await vi.waitFor(() => expect(cloud.out).toMatch(/\}\n$/), { timeout: 20_000 })
    const { url } = cloud.json() as { url: string }
    // No credentials: those of the local cloud are taken.
    env = { ROTATOR_LIVE_ENDPOINT: url, ROTATOR_KMS_ENDPOINT: url }
  }, 30_000)

  afterAll(async () => {
    cloud.child.kill('SIGINT')
    expect(await cloud.ended).toBe(0)
  })

  test('a rotation that is stopped, then killed, is finished by the next run with the same key', async () => {
    const plan = await ended(['plan', '--json'], env)
    expect(plan.report().groups[0]).toMatchObject({ outcome: 'planned', plan: { sets: 50 } })

    const stopped = new Command(['rotate', '--json'], env)
    await expect.poll(() => stopped.err, { timeout: 20_000 }).toContain('setting domains')
    stopped.child.kill('SIGINT')
    expect(await stopped.ended).toBe(3)
    const [first] = stopped.report().groups
    expect(first).toMatchObject({ outcome: 'waiting', phase: 'applying' })
    expect(first?.domains.set).toBeGreaterThan(0)
    expect(first?.domains.set).toBeLessThan(50)

    const killed = new Command(['rotate', '--json'], env)
    await expect.poll(() => killed.err, { timeout: 20_000 }).toContain('read 50 domains')
    killed.child.kill('SIGKILL')
    expect(await killed.ended).toBe('SIGKILL')

    const finished = await ended(['rotate', '--json'], env)
    expect(finished.err).toContain('using the credentials of the local cloud')
    expect(finished.report().groups[0]).toMatchObject({ outcome: 'rotated', kid: first?.kid })

    const again = await ended(['rotate'], env)
    expect(await again.ended).toBe(0)
    expect(again.out).toContain('default: notDue')

    const status = await ended(['status', '--json'], env)
    expect(status.report().groups[0]?.keys[0]).toMatchObject({ state: 'current', domains: 50 })

    const keyset = await ended(['keyset'], env)
    expect(keyset.out).toContain(`"key": "[key ${(first?.kid ?? '').slice(0, 4)}…]"`)
  }, 60_000)

  test('the demo keeps what it promises', async () => {
    const demo = await ended(['demo', '--domains', '6', '--emergency', '--json'])
    expect(await demo.ended).toBe(0)
    expect(demo.json()).toMatchObject({
      domains: 6,
      rotated: 6,
      throttled: 0,
      callbacks: { rejected: 0 },
      forged: { accepted: 0 },
      report: {
        ok: true,
        groups: [{ outcome: 'rotated', cutOff: { receiversMs: expect.any(Number) as number } }],
      },
    })
  }, 90_000)
})
