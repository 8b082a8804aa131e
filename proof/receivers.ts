import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request as send } from 'node:http'
import { performance } from 'node:perf_hooks'
import { pathToFileURL } from 'node:url'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startEmulator } from '../lib/emulator/index.ts'
import { callbackHeaders, generateKey } from '../lib/receiver/testing.ts'
import { CREDENTIALS, groupOn } from './on-emulator.ts'
import { count, type Part, type Row, type Scope } from './part.ts'

const SECONDS = 60
const GENUINE = 2_000
const FORGED = 10_000
const INSTANCES = 2
/** KMS is down from then to then. */
const DOWN = { from: 20, until: 35 }
const HOST = '127.0.0.1'

export const receivers: Part = {
  name: 'receivers',
  title: 'Receivers under load',
  alone: true,
  about:
    `Two instances of a receiver, as processes with the built library, for ${SECONDS} seconds: genuine callbacks of all domains ` +
    'beside an attacker who sends five times as many forged ones, while keys rotate again and again, and KMS ' +
    `breaks every connection from second ${DOWN.from} to ${DOWN.until}. Senders, cloud and receivers share two cores, so the rates are those of ` +
    'the whole load (2,000 and 10,000 a second) divided by a factor: `--load-divisor`. Latency is from sending to the answer.',
  run: async (scope) => (scope.slice ? [] : load(scope)),
}

async function load({ loadDivisor }: Scope): Promise<Row[]> {
  const emulator = await startEmulator({ domains: 10, streams: 0, sendCallbacks: false })
  const { secret, rotate } = groupOn(emulator, { ttlMs: 2_000, marginMs: 500 })
  await rotate()
  emulator.calls.clear()
  const instances = await Promise.all(
    Array.from({ length: INSTANCES }, () => startReceiver(emulator.url, secret)),
  )
  const readsBefore = emulator.calls.of('GetSecretValue').length
  const forgedKey = generateKey()
  const domains = [...emulator.world.domains.values()]
  const genuine = new Sender(
    instances,
    () => domains[Math.floor(Math.random() * domains.length)]?.auth?.key.reveal() ?? '',
  )
  const forged = new Sender(instances, () => forgedKey)

  let rotations = 0
  const ended = performance.now() + SECONDS * 1_000
  const rotating = (async () => {
    while (performance.now() < ended - 10_000)
      if (
        await rotate().then(
          ({ ok }) => ok,
          () => false,
        )
      )
        rotations++
  })()
  const breaking = (async () => {
    await sleep(DOWN.from * 1_000)
    emulator.faults.add({ kind: 'drop', action: 'GetSecretValue', times: 'always' })
    await sleep((DOWN.until - DOWN.from) * 1_000)
    emulator.faults.clear()
  })()
  await Promise.all([
    genuine.send(GENUINE / loadDivisor, ended),
    forged.send(FORGED / loadDivisor, ended),
    breaking,
    rotating,
  ])
  const memory = await Promise.all(instances.map(({ child }) => memoryOf(child)))
  const reads = emulator.calls.of('GetSecretValue').length - readsBefore
  for (const { child } of instances) child.kill()
  await emulator.close()

  const sent = genuine.times.length
  const rate = (sender: Sender): string => count(Math.round(sender.times.length / SECONDS))
  const refused = sent - (genuine.verdicts.get('accepted') ?? 0)
  const passed = forged.times.length - (forged.verdicts.get('rejected') ?? 0)
  const p999 = genuine.percentile(0.999)
  return [
    {
      what: `${count(sent)} genuine callbacks (${rate(genuine)} a second) through ${rotations} rotations and an outage of KMS`,
      measured: `${refused} refused`,
      demanded: '0, and at least one rotation',
      holds: refused === 0 && sent > 0 && rotations > 0,
    },
    {
      what: `${count(forged.times.length)} forged ones (${rate(forged)} a second)`,
      measured: `${passed} not rejected`,
      demanded: '0',
      holds: passed === 0,
    },
    {
      what: 'latency of a genuine callback',
      measured: `median ${genuine.percentile(0.5).toFixed(1)} ms, p99.9 ${p999.toFixed(0)} ms`,
      demanded: 'p99.9 below 5 s, after which Live gives up',
      holds: p999 < 5_000,
    },
    {
      what: 'reads of KMS (the runs of the rotator among them), and memory of each instance',
      measured: `${reads} reads, ${memory.map((mb) => `${mb.toFixed(0)} MB`).join(' and ')}`,
      demanded: 'memory at most 256 MB',
      holds: memory.every((mb) => mb <= 256),
    },
  ]
}

interface Instance {
  readonly child: ChildProcess
  readonly port: number
}

async function startReceiver(endpoint: string, secret: string): Promise<Instance> {
  const library = (name: string): string =>
    JSON.stringify(pathToFileURL(resolve(`dist/esm/receiver/${name}.js`)))
  const script = `
    import { createServer } from 'node:http'
    import { readFileSync } from 'node:fs'
    import { createVerifier, kmsKeyset } from ${library('index')}
    import { nodeReceiver } from ${library('adapters/node')}
    const keyset = kmsKeyset(${JSON.stringify({ secret, region: 'cn-shanghai', endpoint, credentials: CREDENTIALS })})
    await keyset.load()
    const verify = createVerifier({ keyset, host: '${HOST}' })
    const server = createServer(nodeReceiver(verify, ({ verdict }, incoming, response) => {
      incoming.resume()
      response.writeHead(200, { 'x-verdict': verdict }).end()
    }))
    server.listen(0, '${HOST}', () => process.send(server.address().port))
    process.on('message', () => process.send(Number(/VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024))`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const [port] = (await once(child, 'message')) as [number]
  return { child, port }
}

async function memoryOf(child: ChildProcess): Promise<number> {
  child.send('memory')
  const [mb] = (await once(child, 'message')) as [number]
  return mb
}

/** Sends callbacks at an even rate, whether or not they are answered, and notes what became of them. */
class Sender {
  readonly verdicts = new Map<string, number>()
  readonly times: number[] = []
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 })
  readonly #instances: readonly Instance[]
  readonly #key: () => string

  constructor(instances: readonly Instance[], key: () => string) {
    this.#instances = instances
    this.#key = key
  }

  async send(perSecond: number, until: number): Promise<void> {
    const started = performance.now()
    const open: Promise<void>[] = []
    for (let sent = 0; performance.now() < until;) {
      const due = ((performance.now() - started) / 1_000) * perSecond
      for (; sent < due; sent++) open.push(this.#one(sent))
      await sleep(5)
    }
    await Promise.all(open)
    this.#agent.destroy()
  }

  percentile(share: number): number {
    const sorted = this.times.toSorted((a, b) => a - b)
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Infinity
  }

  #one(index: number): Promise<void> {
    const { port } = this.#instances[index % this.#instances.length] ?? { port: 0 }
    const from = performance.now()
    return new Promise((done) => {
      const end = (verdict: string): void => {
        this.times.push(performance.now() - from)
        this.verdicts.set(verdict, (this.verdicts.get(verdict) ?? 0) + 1)
        done()
      }
      const headers = callbackHeaders({ host: HOST, key: this.#key() })
      send(
        { host: HOST, port, method: 'POST', path: '/live/snapshot', headers, agent: this.#agent },
        (answer) => {
          answer.resume()
          const refusal = answer.statusCode === 401 ? 'rejected' : `status ${answer.statusCode}`
          answer.once('end', () => end(String(answer.headers['x-verdict'] ?? refusal)))
        },
      )
        .once('error', () => end('error'))
        .end('{}')
    })
  }
}
