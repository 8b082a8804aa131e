import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  LOCAL_ACCESS_KEY_ID,
  LOCAL_ACCESS_KEY_SECRET,
  startEmulator,
  type Emulator,
} from '../../lib/emulator/index.ts'
import type { Stream } from '../../lib/emulator/world/stream.ts'
import type { Report } from '../../lib/rotation/report/report.ts'
import { systemClock } from '../../lib/core/clock.ts'

const PROGRAM = join(import.meta.dirname, '../../dist/cli/main.js')
const folder = mkdtempSync(join(tmpdir(), 'rotator-frozen-'))
const STREAMS = 8
/** Longer than a load may be old for a cut, and than any call. */
const FROZEN_MS = 20_000

let cloud: Emulator
let running: ChildProcessWithoutNullStreams | undefined

beforeAll(async () => {
  cloud = await startEmulator({ clock: systemClock, random: Math.random, domains: 2, streams: 0 })
  writeFileSync(
    join(folder, 'rotation.yaml'),
    `
region: cn-shanghai
ttl: 1s
propagation: { margin: 0s }
overlap: { clockSkew: 2s }
throttle: { interrupt: 1 }
groups:
  - name: default
    secret: live/snapshot-callback/default
    domains: [live1.example.com, live2.example.com]
`,
  )
})

afterAll(async () => {
  running?.kill('SIGKILL')
  await cloud.close()
  rmSync(folder, { recursive: true, force: true })
})

function begin(...args: string[]): { child: ChildProcessWithoutNullStreams; report: Promise<Report> } {
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    ALIBABA_CLOUD_ACCESS_KEY_ID: LOCAL_ACCESS_KEY_ID,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: LOCAL_ACCESS_KEY_SECRET,
    ROTATOR_LIVE_ENDPOINT: cloud.url,
    ROTATOR_KMS_ENDPOINT: cloud.url,
  }
  const child = spawn(process.execPath, [PROGRAM, ...args, '--json'], { cwd: folder, env })
  running = child
  let out = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.resume()
  const report = new Promise<Report>((resolve) => {
    child.once('close', () => resolve(JSON.parse(out) as Report))
  })
  return { child, report }
}

test('a process frozen while it cuts streams cuts none that has come back', { tags: 'slow' }, async () => {
  expect(await begin('rotate').report).toMatchObject({ ok: true })
  const { world, calls } = cloud
  const streams = Array.from({ length: STREAMS }, (_, index): Stream => {
    const domain = world.domain(`live${(index % 2) + 1}.example.com`)
    return world.streams.add(domain, 'live', `stream${index}`)
  })
  for (const stream of streams) world.streams.push(stream, world.now())
  const before = new Map(streams.map((stream) => [stream, stream.pushes]))

  const { child, report } = begin('rotate', '--emergency', '--on-running-streams', 'interrupt', '--wait')
  await expect.poll(() => calls.of('ForbidLiveStream').length, { timeout: 60_000 }).toBeGreaterThan(0)
  child.kill('SIGSTOP')
  // What was sent before it stopped arrives.
  await pause(500)
  const back = streams.filter((stream) => stream.push !== null && stream.pushes === before.get(stream))
  expect(back.length).toBeGreaterThan(STREAMS / 2)
  for (const stream of back) world.streams.push(stream, world.now())
  const pushes = back.map((stream) => stream.pushes)
  await pause(FROZEN_MS)
  child.kill('SIGCONT')

  expect((await report).groups).toMatchObject([{ outcome: 'rotated', keys: [{ state: 'current' }] }])
  expect(back.map((stream) => stream.pushes)).toEqual(pushes)
})
