import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { performance } from 'node:perf_hooks'
import { pathToFileURL } from 'node:url'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startEmulator } from '../lib/emulator/index.ts'
import { CREDENTIALS, groupOn } from './on-emulator.ts'
import { count, type Part, type Row, type Scope } from './part.ts'
import { startSender, type Sent } from './sender-process.ts'

const SECONDS = 60
const GENUINE = 2_000
const FORGED = 10_000
const INSTANCES = 2
/** When KMS is down, in seconds. */
const DOWN = { from: 20, until: 35 }
/** One read per half `ttl`, and more after a failure. */
const MOST_READS_A_SECOND = 1.5
const HOST = '127.0.0.1'

export const receivers: Part = {
  name: 'receivers',
  title: 'Receivers under load',
  alone: true,
  about:
    `Two instances of a receiver run as processes with the built library for ${SECONDS} seconds: they get genuine ` +
    "callbacks of all domains and an attacker's forged ones, five times as many, while keys rotate again and again " +
    `and KMS breaks every connection from second ${DOWN.from} to ${DOWN.until}. Streams sign with the keys of all ` +
    'rotations so far, on 128 connections with one request at a time; each forged callback has its own signature, on ' +
    '16 connections with up to 64 requests at a time. Two senders, cloud, rotator and receivers share two cores: ' +
    'where they do not reach the intended rates, the rows show the rates that they did reach. Latency counts from ' +
    'when a callback was due. (`--load-divisor` divides the rates.)',
  run: (scope) => load(scope.slice ? { ...scope, loadDivisor: 20 } : scope),
}

async function load({ loadDivisor, slice }: Scope): Promise<Row[]> {
  const { seconds, down } = slice
    ? { seconds: 12, down: { from: 2, until: 4 } }
    : { seconds: SECONDS, down: DOWN }
  const emulator = await startEmulator({ domains: 10, streams: 0, sendCallbacks: false })
  const { secret, rotate } = groupOn(emulator, { ttlMs: 2_000, marginMs: 500 })
  await rotate()
  const instances = await Promise.all(
    Array.from({ length: INSTANCES }, () => startReceiver(emulator.url, secret)),
  )
  const keyOf = (domain: string): string => emulator.world.domain(domain).auth?.key.reveal() ?? ''
  const common = { host: HOST, ports: instances.map(({ port }) => port), seconds }
  const genuine = startSender({
    ...common,
    perSecond: GENUINE / loadDivisor,
    connections: 64,
    depth: 1,
    keys: [keyOf('live1.example.com')],
  })
  const forged = startSender({
    ...common,
    perSecond: FORGED / loadDivisor,
    connections: 8,
    depth: 64,
    keys: [],
  })
  // Running streams sign with earlier keys, and streams that are pushed now with the newest.
  emulator.on('after', ({ action, target }) => {
    if (action === 'SetSnapshotCallbackAuth' && target !== null) genuine.addKey(keyOf(target))
  })

  let rotations = 0
  const ended = performance.now() + seconds * 1_000
  // The last rotation begins early enough to end under callbacks; the outage may have failed all earlier ones.
  const lastBegins = ended - (slice ? 6_000 : 10_000)
  const rotating = (async () => {
    while (performance.now() < (rotations === 0 ? ended : lastBegins)) {
      const report = await rotate().catch(() => null)
      if (report?.ok === true) rotations++
    }
  })()
  const breaking = (async () => {
    await sleep(down.from * 1_000)
    emulator.faults.add({ kind: 'drop', action: 'GetSecretValue', times: 'always' })
    await sleep((down.until - down.from) * 1_000)
    emulator.faults.clear()
  })()
  const [good, bad] = await Promise.all([genuine.sent, forged.sent, breaking, rotating])
  const used = await Promise.all(instances.map(({ child }) => usedBy(child)))
  for (const { child } of instances) child.kill()
  await emulator.close()

  const rate = ({ sent }: Sent, of: number): string =>
    `${count(Math.round(sent / seconds))} a second of ${count(of / loadDivisor)} intended`
  const refused = good.sent - (good.verdicts['accepted'] ?? 0)
  const passed = bad.sent - (bad.verdicts['rejected'] ?? 0)
  const each = (what: (one: Used) => string): string => used.map(what).join(' and ')
  return [
    {
      what: `${count(good.sent)} genuine callbacks (${rate(good, GENUINE)}) through ${rotations} rotations and an outage of KMS`,
      measured: `${refused} refused${refused > 0 ? `: ${JSON.stringify(good.verdicts)}, at second ${good.refusedAt.map((at) => at.toFixed(1)).join(', ')}` : ''}`,
      demanded: '0, and at least one rotation',
      holds: refused === 0 && good.sent > 0 && rotations > 0,
    },
    {
      what: `${count(bad.sent)} forged ones (${rate(bad, FORGED)})`,
      measured: `${passed} not rejected${passed > 0 ? `: ${JSON.stringify(bad.verdicts)}` : ''}`,
      demanded: '0',
      holds: passed === 0 && bad.sent > 0,
    },
    {
      what: 'latency of a genuine callback',
      measured: `median ${good.medianMs.toFixed(1)} ms, p99.9 ${good.p999Ms.toFixed(0)} ms`,
      demanded: 'p99.9 below 5 s, after which Live gives up',
      holds: good.p999Ms < 5_000,
    },
    {
      what: 'reads of KMS by each instance, with a ttl of 2 s and a cooldown of 10 s for unknown signatures',
      measured: each(({ reads, seconds: life }) => `${count(reads)} in ${life.toFixed(0)} s`),
      demanded: `at most ${MOST_READS_A_SECOND} a second, whatever is sent`,
      holds: used.every(({ reads, seconds: life }) => reads > 0 && reads <= MOST_READS_A_SECOND * life),
    },
    {
      what: 'memory and processor time of each instance',
      measured: each(({ mb, processorSeconds }) => `${mb.toFixed(0)} MB, ${processorSeconds.toFixed(0)} s`),
      demanded: 'memory at most 256 MB',
      holds: used.every(({ mb }) => mb <= 256),
    },
  ]
}

interface Instance {
  readonly child: ChildProcess
  readonly port: number
}

/** What an instance has used so far. */
interface Used {
  readonly mb: number
  readonly reads: number
  /** How long it has run. */
  readonly seconds: number
  readonly processorSeconds: number
}

async function startReceiver(endpoint: string, secret: string): Promise<Instance> {
  const library = (name: string): string =>
    JSON.stringify(pathToFileURL(resolve(`dist/esm/receiver/${name}.js`)))
  const script = `
    import { createServer } from 'node:http'
    import { readFileSync } from 'node:fs'
    import { createVerifier, kmsKeyset } from ${library('index')}
    import { nodeReceiver } from ${library('adapters/node')}
    let reads = 0
    const { fetch } = globalThis
    globalThis.fetch = (...args) => {
      reads++
      return fetch(...args)
    }
    const keyset = kmsKeyset(${JSON.stringify({ secret, region: 'cn-shanghai', endpoint, credentials: CREDENTIALS })})
    await keyset.load()
    const verify = createVerifier({ keyset, host: '${HOST}' })
    const server = createServer(nodeReceiver(verify, ({ verdict }, incoming, response) => {
      incoming.resume()
      response.writeHead(200, { 'x-verdict': verdict }).end()
    }))
    server.listen(0, '${HOST}', () => process.send(server.address().port))
    process.on('message', () => {
      const mb = Number(/VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024
      const { user, system } = process.cpuUsage()
      process.send({ mb, reads, seconds: process.uptime(), processorSeconds: (user + system) / 1e6 })
    })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const [port] = (await once(child, 'message')) as [number]
  return { child, port }
}

async function usedBy(child: ChildProcess): Promise<Used> {
  child.send('used')
  const [used] = (await once(child, 'message')) as [Used]
  return used
}
