import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Report } from '../../lib/rotation/report/report.ts'
import { anyNumber } from '../support/matchers.ts'

const PROGRAM = join(import.meta.dirname, '../../dist/cli/main.js')

let folder: string
let cloud: ChildProcess
let endpoint: string

/** A process of the command line: what it printed and how it ended. */
interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

function start(args: readonly string[], env: Record<string, string> = {}): ChildProcess {
  return spawn(process.execPath, [PROGRAM, ...args], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      ROTATOR_LIVE_ENDPOINT: endpoint,
      ROTATOR_KMS_ENDPOINT: endpoint,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

async function end(child: ChildProcess): Promise<Ended> {
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  await once(child, 'close')
  return { code: child.exitCode, stdout, stderr }
}

const cli = (...args: string[]): Promise<Ended> => end(start(args))

async function report(...args: string[]): Promise<Report['groups'][number] & { code: number | null }> {
  const { code, stdout } = await cli(...args, '--json')
  const [group] = (JSON.parse(stdout) as Report).groups
  if (!group) throw new Error('no group in the report')
  return { ...group, code }
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rotation-'))
  endpoint = ''
  cloud = start(['emulator', '--port', '0', '--domains', '50', '--streams', '100', '--json'])
  const [first] = (await once(cloud.stdout ?? cloud, 'data')) as [Buffer]
  endpoint = /http:\/\/127\.0\.0\.1:\d+/.exec(first.toString())?.[0] ?? ''
  await writeFile(
    join(folder, 'rotation.yaml'),
    [
      'region: cn-shanghai',
      'ttl: 2s',
      'propagation: { margin: 0s }',
      'groups:',
      '  - name: default',
      '    secret: live/snapshot-callback/default',
      '    discover: { suffix: .example.com }',
    ].join('\n'),
  )
})

afterEach(async () => {
  cloud.kill('SIGTERM')
  await once(cloud, 'close')
  await rm(folder, { recursive: true })
})

describe('the command line, with each command in its own process', { tags: 'slow' }, () => {
  it('plans, rotates, is not due again, and shows the state', async () => {
    const plan = await report('plan')
    expect(plan).toMatchObject({ code: 0, outcome: 'planned', plan: { sets: 50, runningStreams: 100 } })
    const rotated = await report('rotate', '--wait')
    expect(rotated).toMatchObject({ code: 0, outcome: 'rotated', throttled: 0, domains: { confirmed: 50 } })
    expect(await report('rotate')).toMatchObject({ code: 0, outcome: 'notDue', kid: rotated.kid })
    const status = await report('status')
    expect(status).toMatchObject({ code: 0, outcome: 'reported', phase: 'draining', kid: rotated.kid })
    expect(status.keys).toHaveLength(2)
  })

  it.each([
    ['while it reads the domains', /reading domains/, false],
    ['in the middle of the domains', /setting domains/, true],
  ])('killed with SIGKILL %s, the next rotate finishes, with the same key', async (_, sign, isStaged) => {
    const victim = start(['rotate', '--wait', '--json'])
    const ended = end(victim)
    await new Promise<void>((resolve) =>
      victim.stderr?.on('data', (chunk: Buffer) => {
        if (sign.test(chunk.toString())) resolve()
      }),
    )
    victim.kill('SIGKILL')
    expect((await ended).code).toBeNull()
    const staged = isStaged ? (await report('status')).kid : null

    const finished = await report('rotate', '--wait')
    expect(finished).toMatchObject({ code: 0, outcome: 'rotated', domains: { confirmed: 50 } })
    if (isStaged) expect(finished).toMatchObject({ kid: staged, domains: { unchanged: anyNumber } })
    if (isStaged) expect(finished.domains.set).toBeLessThan(50)
  })

  it('prints the keyset without its keys, and with them only if asked', async () => {
    await report('rotate', '--wait')
    const masked = await cli('keyset', '--json')
    const revealed = await cli('keyset', '--reveal', '--json')
    const keys = (JSON.parse(revealed.stdout) as { keys: { key: string }[] }).keys.map(({ key }) => key)
    expect(keys).toHaveLength(2)
    for (const key of keys) expect(masked.stdout + masked.stderr).not.toContain(key)
  })

  it("shows nothing of its requests even if DEBUG asks the SDKs' HTTP client for it", async () => {
    const planned = await end(start(['plan', '--json'], { DEBUG: '*' }))
    expect(planned.code).toBe(0)
    expect(planned.stderr).not.toMatch(/httpx|Signature|AccessKeyId/)
  })

  it('ends with 3 if it must wait longer than it may, and with 1 if a domain fails', async () => {
    await writeFile(
      join(folder, 'slow.yaml'),
      'region: cn-shanghai\nttl: 10m\ngroups:\n  - name: default\n    secret: live/slow\n    domains: [live1.example.com, gone.example.com]\n',
    )
    expect(await report('rotate', '--config', 'slow.yaml')).toMatchObject({ code: 3, outcome: 'waiting' })
    const failing = await report('status', '--config', 'slow.yaml')
    expect(failing.domains.failed).toMatchObject([{ domain: 'gone.example.com', code: 'notFound' }])
  })

  it('ends with 2 and a sentence for wrong use and wrong configuration', async () => {
    await writeFile(join(folder, 'wrong.yaml'), 'region: cn-shanghai\nttl: soon\ngroups: []\n')
    const wrong = await cli('rotate', '--config', 'wrong.yaml')
    expect(wrong).toMatchObject({ code: 2, stdout: '' })
    expect(wrong.stderr).toContain('ttl')
    expect(wrong.stderr).not.toMatch(/\n\s+at /)
    expect((await cli('rotate', '--on-running-streams', 'cut')).code).toBe(2)
    expect((await cli('rotate', '--config', 'absent.yaml')).code).toBe(2)
  })
})
