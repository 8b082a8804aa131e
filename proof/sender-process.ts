import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { randomBytes } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { SIGNATURE_HEADER, signCallback, TIMESTAMP_HEADER } from '../lib/keyset/signature.ts'
import { Connection, type Answer } from './connection.ts'

export interface SendOptions {
  readonly host: string
  /** The instances; each gets an equal share. */
  readonly ports: readonly number[]
  readonly perSecond: number
  readonly seconds: number
  /** Connections to each instance, and how many requests may be under way on each. */
  readonly connections: number
  readonly depth: number
  /** The initial keys to sign with; none for an attacker, who makes up every signature. */
  readonly keys: readonly string[]
}

export interface Sent {
  readonly sent: number
  readonly verdicts: Readonly<Record<string, number>>
  /** When the first few genuine callbacks that were not accepted were answered, in seconds from the start. */
  readonly refusedAt: readonly number[]
  readonly medianMs: number
  readonly p999Ms: number
  readonly processorSeconds: number
}

type Order = { readonly start: SendOptions } | { readonly key: string }

export interface SenderProcess {
  /** From now on streams sign with this key too. */
  readonly addKey: (key: string) => void
  readonly sent: Promise<Sent>
}

/** Sends callbacks from its own process, so that it does not share a thread with what it measures. */
export function startSender(options: SendOptions): SenderProcess {
  const child = spawn(process.execPath, [process.argv[1] ?? '', '--sender'], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const order = (one: Order): unknown => child.connected && child.send(one)
  order({ start: options })
  return {
    addKey: (key) => void order({ key }),
    sent: Promise.race([
      once(child, 'message').then(([sent]) => sent as Sent),
      once(child, 'close').then(() => Promise.reject(new Error('the sender ended'))),
    ]),
  }
}

/** The sender inside that process. */
export async function serveAsSender(): Promise<void> {
  let sender: Sender | undefined
  const sent = await new Promise<Sent>((done, failed) => {
    process.on('message', (order: Order) => {
      if ('key' in order) sender?.keys.push(order.key)
      else {
        sender = new Sender(order.start)
        sender.run().then(done, failed)
      }
    })
  })
  await new Promise((told) => process.send?.(sent, told))
  process.disconnect()
}

const BODY = JSON.stringify({
  domain: 'push1.example.com',
  app: 'live',
  stream: 'stream1',
  event: 'snapshot',
})
const PAUSE_MS = 2
const SHOWN = 10

/** Sends at an even rate whether or not answers come; a callback without a free connection waits, and that time counts. */
class Sender {
  readonly keys: string[]
  readonly #options: SendOptions
  readonly #free: Connection[] = []
  readonly #waiting: number[] = []
  readonly #times: number[] = []
  readonly #verdicts: Record<string, number> = {}
  readonly #refusedAt: number[] = []
  #started = 0
  #signed = new Map<string, string>()
  #second = ''

  constructor(options: SendOptions) {
    this.#options = options
    this.keys = [...options.keys]
  }

  get #isAttacker(): boolean {
    return this.#options.keys.length === 0
  }

  async run(): Promise<Sent> {
    const { host, ports, connections, depth, perSecond, seconds } = this.#options
    const all = Array.from({ length: connections }, () =>
      ports.map((port) => new Connection(host, port, depth)),
    ).flat()
    this.#free.push(...all)
    const started = performance.now()
    this.#started = started
    let due = 0
    for (let elapsed = 0; elapsed < seconds * 1_000; elapsed = performance.now() - started) {
      for (; due < (elapsed / 1_000) * perSecond; due++)
        this.#waiting.push(started + (due / perSecond) * 1_000)
      // An attacker who cannot keep up drops callbacks that are a second late; genuine ones are never dropped.
      if (this.#isAttacker) this.#waiting.splice(0, this.#waiting.length - perSecond)
      this.#send()
      await sleep(PAUSE_MS)
    }
    if (this.#isAttacker) this.#waiting.length = 0
    while (this.#waiting.length > 0 || all.some(({ underWay }) => underWay > 0)) {
      this.#send()
      await sleep(PAUSE_MS)
    }
    for (const connection of all) connection.close()
    const { user, system } = process.cpuUsage()
    return {
      sent: this.#times.length,
      verdicts: this.#verdicts,
      refusedAt: this.#refusedAt,
      medianMs: percentile(this.#times, 0.5),
      p999Ms: percentile(this.#times, 0.999),
      processorSeconds: (user + system) / 1e6,
    }
  }

  #send(): void {
    let taken = 0
    while (taken < this.#waiting.length) {
      const connection = this.#free.shift()
      if (connection === undefined) break
      const batch = this.#waiting.slice(taken, taken + connection.room)
      taken += batch.length
      const requests = batch.map(() => this.#request()).join('')
      connection.send(requests, batch, (answer, since) => {
        // It was full until now.
        if (connection.room === 1) this.#free.push(connection)
        this.#note(answer, since)
        if (this.#waiting.length > 0) this.#send()
      })
      if (connection.room > 0) this.#free.push(connection)
    }
    this.#waiting.splice(0, taken)
  }

  #note(answer: Answer, since: number): void {
    const now = performance.now()
    this.#times.push(now - since)
    this.#verdicts[answer] = (this.#verdicts[answer] ?? 0) + 1
    const isRefused = answer !== 'accepted' && !this.#isAttacker
    if (isRefused && this.#refusedAt.length < SHOWN) this.#refusedAt.push((now - this.#started) / 1_000)
  }

  #request(): string {
    const second = String(Math.floor(Date.now() / 1_000))
    if (second !== this.#second) {
      this.#second = second
      this.#signed = new Map()
    }
    const key = this.keys[Math.floor(Math.random() * this.keys.length)]
    if (key === undefined) return requestOf(this.#options.host, second, randomBytes(16).toString('hex'))
    const known = this.#signed.get(key)
    if (known !== undefined) return known
    const made = requestOf(this.#options.host, second, signCallback(this.#options.host, second, key))
    this.#signed.set(key, made)
    return made
  }
}

function requestOf(host: string, timestamp: string, signature: string): string {
  return (
    `POST /live/snapshot HTTP/1.1\r\nhost: ${host}\r\n${TIMESTAMP_HEADER}: ${timestamp}\r\n${SIGNATURE_HEADER}: ${signature}\r\n` +
    `content-type: application/json\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`
  )
}

function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Infinity
}
