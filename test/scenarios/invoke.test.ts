import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runCli } from '../../lib/cli/cli.ts'
import { systemClock } from '../../lib/core/clock.ts'
import { startEmulator, type Emulator, type FunctionOptions } from '../../lib/emulator/index.ts'
import type { GroupReport, Report } from '../../lib/rotation/report/report.ts'
import { ioFor, type Outcome } from '../cli/support.ts'
import { ramPolicy } from '../support/ram.ts'

const BUNDLE = join(import.meta.dirname, '../../dist/functions/rotate')
const ROTATION = `
region: cn-shanghai
ttl: 1s
propagation: { margin: 0s }
groups:
  - name: default
    secret: live/snapshot-callback/default
    discover: { suffix: .example.com }
`

let emulator: Emulator
let folder: string
let written: string

beforeEach(async () => {
  written = ''
  emulator = await startEmulator({
    domains: 10,
    streams: 5,
    functionCompute: { pace: { backoffMs: 50, retryMs: 50 }, showsReturnPayload: true },
  })
  folder = await mkdtemp(join(tmpdir(), 'rotation-'))
  await writeFile(join(folder, 'rotation.yaml'), ROTATION)
})
afterEach(async () => {
  await emulator.close()
  await rm(folder, { recursive: true })
})

/** The built bundle, as s.yaml sets it up: one instance, a role, a failure destination. */
function deploy(options: Partial<FunctionOptions> = {}) {
  return emulator.functions.deploy({
    name: 'live-key-rotator',
    codeDir: BUNDLE,
    env: (url) => ({
      ROTATOR_CONFIG: join(folder, 'rotation.yaml'),
      ROTATOR_LIVE_ENDPOINT: url,
      ROTATOR_KMS_ENDPOINT: url,
      // The SDKs' HTTP client would print the headers of its requests.
      DEBUG: '*',
    }),
    timeout: 600,
    memorySize: 256,
    asyncInvokeConfig: {
      maxAsyncRetryAttempts: 2,
      maxAsyncEventAgeInSeconds: 3600,
      destinationConfig: { onFailure: { destination: 'acs:mns:cn-shanghai::/queues/failed/messages' } },
    },
    role: { policies: [ramPolicy('function-role')] },
    onLog: (more) => (written += more),
    ...options,
  })
}

async function invoke(...args: string[]): Promise<Outcome & { readonly group: GroupReport }> {
  const io = ioFor(systemClock)
  const code = await runCli(['invoke', '--json', ...args], {
    io: {
      ...io,
      env: { ROTATOR_CONFIG: join(folder, 'rotation.yaml'), ROTATOR_FC_ENDPOINT: emulator.url },
    },
    version: '1.2.3',
    services: () => Promise.reject(new Error('nothing is called from here')),
  })
  written += `${io.stdout.text}${io.stderr.text}`
  const document = JSON.parse(io.stdout.text) as Partial<Report>
  const [group = {} as GroupReport] = document.groups ?? []
  return { code, out: io.stdout.text, err: io.stderr.text, group }
}

function keysOfDomains(): string[] {
  return [...emulator.world.domains.values()].flatMap(({ auth }) =>
    auth === null ? [] : [auth.key.reveal()],
  )
}

describe.each([
  ['FC 3.0', {}, []],
  ['FC 2.0', { service: 'svc' }, ['--service', 'svc']],
] as const)('the built function on the local cloud, %s', { tags: 'slow' }, (_, options, args) => {
  it('rotates when it is due, cuts off a leaked key, and shows no key to anybody', async () => {
    const deployed = deploy(options)
    const seen = keysOfDomains()
    const first = await invoke(...args)
    expect(first).toMatchObject({ code: 0, group: { outcome: 'rotated', domains: { confirmed: 10 } } })
    seen.push(...keysOfDomains())
    expect(await invoke(...args)).toMatchObject({ code: 0, group: { outcome: 'notDue' } })
    const emergency = await invoke('--emergency', '--reason', 'a test', ...args)
    expect(emergency).toMatchObject({ code: 0, group: { outcome: 'rotated' } })
    expect(emergency.group.kid).not.toBe(first.group.kid)
    expect(emergency.err).toContain('FC Invoke End RequestId: ')
    seen.push(...keysOfDomains())
    expect(new Set(seen).size).toBe(3)
    for (const key of seen) expect(written).not.toContain(key)
    expect(written).not.toMatch(/security-?token/i)
    expect(deployed.instancesStarted).toBe(1)
  })
})

it('names the domain that fails, and exits 1', async () => {
  deploy()
  emulator.world.domain('live3.example.com').callbackUrls.clear()
  const { code, group } = await invoke()
  expect(code).toBe(1)
  expect(group.outcome).toBe('incomplete')
  expect(group.domains.failed.map(({ domain }) => domain)).toEqual(['live3.example.com'])
})

it('never runs twice at once: a second call is refused, a queued one waits', async () => {
  const deployed = deploy()
  const entered = new Promise<void>((resolve) => {
    const off = emulator.on('before', ({ action }) => {
      if (action !== 'QuerySnapshotCallbackAuth') return
      off()
      resolve()
    })
  })
  const first = invoke()
  await entered
  const refused = await invoke()
  expect(refused).toMatchObject({
    code: 1,
    err: expect.stringContaining('another run is under way') as unknown,
  })
  const queued = await invoke('--async', '--follow')
  expect((await first).group.outcome).toBe('rotated')
  expect(queued).toMatchObject({ code: 0, group: { outcome: 'notDue' } })
  expect(deployed.instancesStarted).toBe(1)
  expect(emulator.calls.counts['SetSnapshotCallbackAuth']).toBe(10)
})

it('retries a failed queued run as the same rotation, and notifies the failure destination', async () => {
  deploy()
  emulator.world.domain('live3.example.com').callbackUrls.clear()
  const { code, group } = await invoke('--async', '--follow')
  expect(code).toBe(1)
  expect(group.outcome).toBe('incomplete')
  const [delivery] = emulator.functions.deliveries
  expect(delivery?.message).toMatchObject({
    requestContext: { approximateInvokeCount: 3 },
    responsePayload: expect.stringContaining('live3.example.com') as unknown,
  })
  // One key for all three runs: a run that comes again goes on with what is pending.
  expect(new Set(keysOfDomains()).size).toBe(2)
  for (const key of keysOfDomains()) expect(JSON.stringify(delivery)).not.toContain(key)
})

it('is stopped by its timeout, and the next run finishes it', { tags: 'slow' }, async () => {
  deploy({ timeout: 1 })
  emulator.latencyMs = 400
  const cut = await invoke()
  expect(cut.code).not.toBe(0)
  emulator.latencyMs = 0
  deploy()
  expect(await invoke()).toMatchObject({ code: 0, group: { outcome: 'rotated' } })
  expect(new Set(keysOfDomains()).size).toBe(1)
})

it("names the permission that the function's role lacks", async () => {
  deploy({
    role: { policies: [{ Version: '1', Statement: [{ Effect: 'Allow', Action: 'kms:*', Resource: '*' }] }] },
  })
  const { code, out } = await invoke()
  expect(code).toBe(1)
  expect(out).toContain('live:')
})

it('runs on the local cloud of the command line, as processes', { tags: 'slow' }, async () => {
  const program = join(import.meta.dirname, '../../dist/cli/main.js')
  const start = (args: readonly string[], env: NodeJS.ProcessEnv) =>
    spawn(process.execPath, [program, ...args, '--json'], {
      env: { PATH: process.env['PATH'], ROTATOR_CONFIG: join(folder, 'rotation.yaml'), ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  const cloud = start(['emulator', '--port', '0', '--domains', '3', '--function', BUNDLE], {})
  try {
    let ready = ''
    for await (const chunk of cloud.stdout) if ((ready += String(chunk)).endsWith('}\n')) break
    const { env } = JSON.parse(ready) as { env: Record<string, string> }
    const invocation = start(['invoke', '--emergency'], env)
    const [report] = await Promise.all([text(invocation.stdout), once(invocation, 'close')])
    expect(invocation.exitCode).toBe(0)
    expect(JSON.parse(report)).toMatchObject({ groups: [{ outcome: 'rotated', domains: { confirmed: 3 } }] })
  } finally {
    cloud.kill('SIGKILL')
  }
})
