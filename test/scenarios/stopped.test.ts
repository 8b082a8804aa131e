import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { Report } from '../../lib/rotation/report/report.ts'

const PROGRAM = join(import.meta.dirname, '../../dist/cli/main.js')
const folder = mkdtempSync(join(tmpdir(), 'rotator-stopped-'))
const running = new Set<ChildProcessWithoutNullStreams>()

/** A process of the command line, and what it has printed so far. */
class Command {
  out = ''
  err = ''
  readonly child: ChildProcessWithoutNullStreams
  readonly ended: Promise<number | string>

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const inherited = { PATH: process.env['PATH'] ?? '', HOME: folder }
    this.child = spawn(process.execPath, [PROGRAM, ...args], { cwd: folder, env: { ...inherited, ...env } })
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
}

async function untilPrinted(read: () => string, text: RegExp): Promise<void> {
  await vi.waitFor(() => expect(read()).toMatch(text), { timeout: 30_000 })
}

let cloud: Command
let env: Record<string, string>

beforeAll(async () => {
  writeFileSync(
    join(folder, 'rotation.yaml'),
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
  cloud = new Command(['emulator', '--port', '0', '--domains', '60', '--streams', '0', '--json'])
  await untilPrinted(() => cloud.out, /\}\n$/)
  const { url } = JSON.parse(cloud.out) as { url: string }
  env = { ROTATOR_LIVE_ENDPOINT: url, ROTATOR_KMS_ENDPOINT: url }
})

afterAll(() => {
  for (const child of running) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

test('Ctrl-C ends a rotation at once, as waiting; the next has the same key', { tags: 'slow' }, async () => {
  const stopped = new Command(['rotate', '--json'], env)
  await untilPrinted(() => stopped.err, /setting domains/)
  stopped.child.kill('SIGINT')
  expect(await stopped.ended).toBe(3)
  expect(stopped.err).toContain('the next run continues from there')
  const [first] = (JSON.parse(stopped.out) as Report).groups
  expect(first).toMatchObject({ outcome: 'waiting', phase: 'applying' })
  expect(first?.domains.set).toBeGreaterThan(0)
  expect(first?.domains.set).toBeLessThan(60)

  const finished = new Command(['rotate', '--json'], env)
  expect(await finished.ended).toBe(0)
  const [second] = (JSON.parse(finished.out) as Report).groups
  expect(second).toMatchObject({ outcome: 'rotated', kid: first?.kid, domains: { confirmed: 60 } })
  // A set that was sent when Ctrl-C came was waited for, so none is set a second time.
  expect((first?.domains.set ?? 0) + (second?.domains.set ?? 0)).toBe(60)
})

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('a second %s quits at once, with %i', { tags: 'slow' }, async (signal, code) => {
  const faults = `${env['ROTATOR_KMS_ENDPOINT'] ?? ''}/_emulator/faults`
  // A save that was sent is waited for, and the answer to this one takes a while.
  const body = JSON.stringify({ kind: 'latency', action: 'PutSecretValue', ms: 8_000 })
  await fetch(faults, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  const stopped = new Command(['rotate', '--force'], env)
  await expect.poll(async () => (await fetch(faults)).json(), { timeout: 10_000 }).toEqual({ waiting: [] })
  stopped.child.kill(signal)
  await untilPrinted(() => stopped.err, /stopping/)
  stopped.child.kill(signal)
  expect(await stopped.ended).toBe(code)
})

test('Ctrl-C ends the local cloud silently', async () => {
  const other = new Command(['emulator', '--port', '0', '--domains', '1'])
  await untilPrinted(() => other.out, /Ctrl-C stops it/)
  other.child.kill('SIGINT')
  expect(await other.ended).toBe(0)
  expect(other.err).toBe('')
})

test('Ctrl-C ends the demo', { tags: 'slow' }, async () => {
  const demo = new Command(['demo', '--json'])
  await untilPrinted(() => demo.err, /3\. /)
  demo.child.kill('SIGINT')
  expect(await demo.ended).toBe(3)
  expect(JSON.parse(demo.out)).toMatchObject({ ok: false, error: { code: 'deadline' } })
})

test('a reader that leaves early is not an error', async () => {
  const schema = new Command(['schema'])
  schema.child.stdout.destroy()
  expect(await schema.ended).toBe(0)
  expect(schema.err).toBe('')
})

test('the bundled demo keeps what it promises', { tags: 'slow' }, async () => {
  const demo = new Command(['demo', '--domains', '6', '--emergency', '--json'])
  expect(await demo.ended).toBe(0)
  expect(JSON.parse(demo.out)).toMatchObject({
    domains: 6,
    rotated: 6,
    throttled: 0,
    callbacks: { rejected: 0 },
    forged: { accepted: 0 },
    report: { ok: true, groups: [{ outcome: 'rotated' }] },
  })
})
