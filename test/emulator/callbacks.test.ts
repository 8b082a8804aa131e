import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { startEmulator, type Emulator } from '../../lib/emulator/emulator.ts'
import type { EmulatorOptions } from '../../lib/emulator/options.ts'
import { Key } from '../../lib/keyset/key.ts'
import { signCallback } from '../../lib/keyset/signature.ts'
import { TestClock } from '../support/clock.ts'
import { seeded } from '../support/seeded.ts'

interface Received {
  readonly at: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

let emulator: Emulator
let server: Server
let clock: TestClock
/** Requests that the receiver leaves unanswered. */
let hanging = 0
const received: Received[] = []

afterEach(async () => {
  await emulator.close()
  server.closeAllConnections()
  server.close()
  received.length = 0
  hanging = 0
})

async function start(
  answer: (response: ServerResponse, request: Received) => void,
  options: EmulatorOptions = {},
): Promise<string> {
  clock = new TestClock()
  server = createServer((incoming, outgoing) => {
    let body = ''
    incoming.on('data', (chunk: Buffer) => (body += chunk.toString()))
    incoming.on('end', () => {
      const request = { at: clock.now(), headers: incoming.headers, body }
      received.push(request)
      answer(outgoing, request)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/live/snapshot`
  emulator = await startEmulator({
    clock,
    random: seeded(1),
    callbackUrl: url,
    sendCallbacks: false,
    streams: 1,
    ...options,
  })
  clock.hold(() => emulator.held + hanging)
  return url
}

function answerWith(status: number): (response: ServerResponse) => void {
  return (response) => response.writeHead(status).end()
}

function hang(response: ServerResponse): void {
  hanging++
  response.once('close', () => hanging--)
}

/** Whether this host, or one with a port, and a key of the domain make the signature. */
function signedBy(host: string, key: Key | undefined): (request: Received) => boolean {
  return ({ headers }) =>
    headers['ali-live-signature'] ===
    signCallback(host, String(headers['ali-live-timestamp']), key?.reveal() ?? 'none')
}

function keyOfDomain(): Key | undefined {
  return emulator.world.domain('live1.example.com').auth?.key
}

describe('a callback', () => {
  it('is a POST with JSON, signed for the host of its URL at the time of the world', async () => {
    await start(answerWith(200))
    const counts = await clock.run(emulator.callbacks.round())
    expect(received).toHaveLength(1)
    const [callback] = received
    expect(callback?.headers).toMatchObject({
      'content-type': 'application/json',
      'ali-live-timestamp': String(Math.floor(clock.now() / 1_000)),
      'ali-live-signature': expect.stringMatching(/^[0-9a-f]{32}$/) as unknown,
    })
    expect(JSON.parse(callback?.body ?? '')).toMatchObject({ app: 'live', stream: 'stream1' })
    expect(received.every(signedBy('127.0.0.1', keyOfDomain()))).toBe(true)
    expect(counts).toMatchObject({ sent: 1, attempts: 1, accepted: 1, byStatus: { 200: 1 } })
    expect(counts.byKid[keyOfDomain()?.kid ?? '']).toMatchObject({ accepted: 1 })
  })

  it('is signed with the port and in upper case under those assumptions', async () => {
    const url = await start(answerWith(200), { assumptions: { signsPort: true, signatureCase: 'upper' } })
    await clock.run(emulator.callbacks.round())
    const signature = String(received[0]?.headers['ali-live-signature'])
    expect(signature).toMatch(/^[0-9A-F]{32}$/)
    const timestamp = String(received[0]?.headers['ali-live-timestamp'])
    expect(signature.toLowerCase()).toBe(
      signCallback(new URL(url).host, timestamp, keyOfDomain()?.reveal() ?? ''),
    )
  })

  it.each(['off', 'unset'] as const)('is not signed while authentication is %s', async (auth) => {
    await start(answerWith(200), { auth })
    expect((await clock.run(emulator.callbacks.round())).byKid).toHaveProperty('unsigned')
    expect(received[0]?.headers).not.toHaveProperty('ali-live-signature')
  })

  it('is signed with the key of its push after the domain has got another one', async () => {
    await start(answerWith(200), { streams: 2 })
    const old = keyOfDomain()
    const fresh = Key.generate()
    emulator.world.setKey('live1.example.com', fresh.reveal())
    const [first, second] = [...emulator.world.streams.all()]
    if (first === undefined || second === undefined) throw new Error('no streams')
    emulator.world.streams.push(second, clock.now())
    await clock.run(emulator.callbacks.round())
    expect(received.filter(signedBy('127.0.0.1', old))).toHaveLength(1)
    expect(received.filter(signedBy('127.0.0.1', fresh))).toHaveLength(1)
  })

  it('is sent again five times, a second apart, if it times out after five seconds', async () => {
    await start(hang)
    const began = clock.now()
    const counts = await clock.run(emulator.callbacks.round())
    expect(received.map(({ at }) => at - began)).toEqual([0, 6_000, 12_000, 18_000, 24_000, 30_000])
    expect(received.every(signedBy('127.0.0.1', keyOfDomain()))).toBe(true)
    expect(new Set(received.map(({ headers }) => headers['ali-live-timestamp'])).size).toBe(6)
    expect(counts).toMatchObject({ sent: 1, attempts: 6, lost: 1, byStatus: { timeout: 1 } })
  })

  it('keeps its first timestamp under that assumption, and ends with the first answer', async () => {
    await start(
      (response) => {
        if (received.length < 3) hang(response)
        else response.writeHead(200).end()
      },
      { assumptions: { retryTimestamp: 'original' } },
    )
    const counts = await clock.run(emulator.callbacks.round())
    expect(new Set(received.map(({ headers }) => headers['ali-live-timestamp'])).size).toBe(1)
    expect(counts).toMatchObject({ sent: 1, attempts: 3, accepted: 1 })
  })

  it.each([
    [false, 1],
    [true, 6],
  ])('is sent again after a refusal: %s', async (retriesRefusedCallbacks, attempts) => {
    await start(answerWith(401), { assumptions: { retriesRefusedCallbacks } })
    const counts = await clock.run(emulator.callbacks.round())
    expect(counts).toMatchObject({ sent: 1, attempts, rejected: 1, accepted: 0, byStatus: { 401: 1 } })
  })

  it('counts as quarantined if the receiver says so, and as lost if nobody listens', async () => {
    await start((response) => response.writeHead(200, { 'x-live-key-verdict': 'quarantined' }).end())
    expect(await clock.run(emulator.callbacks.round())).toMatchObject({
      sent: 1,
      quarantined: 1,
      accepted: 0,
    })
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    expect(await clock.run(emulator.callbacks.round())).toMatchObject({
      sent: 1,
      lost: 1,
      byStatus: { error: 1 },
    })
    expect(emulator.callbacks.genuine.counts).toMatchObject({ sent: 2, quarantined: 1, lost: 1 })
  })

  it('is counted separately if it is forged', async () => {
    const url = await start((response, request) => {
      response.writeHead(signedBy('127.0.0.1', keyOfDomain())(request) ? 200 : 401).end()
    })
    const leaked = keyOfDomain() ?? Key.generate()
    expect(await clock.run(emulator.callbacks.forge(url, leaked, 2))).toMatchObject({ sent: 2, accepted: 2 })
    expect(await clock.run(emulator.callbacks.forge(url, Key.generate(), 3))).toMatchObject({
      sent: 3,
      rejected: 3,
    })
    expect(emulator.callbacks.forged.counts).toMatchObject({ sent: 5, accepted: 2, rejected: 3 })
    expect(emulator.callbacks.genuine.counts.sent).toBe(0)
  })
})

describe('the interval of callbacks', () => {
  it('brings one for every running stream, pushed before or after a switch', async () => {
    await start(answerWith(200), { streams: 5, callbackIntervalMs: 1_000, sendCallbacks: true })
    await clock.run(clock.sleep(10_000))
    expect(emulator.callbacks.genuine.counts).toMatchObject({ sent: 50, accepted: 50 })
    const [stream] = [...emulator.world.streams.all()]
    if (stream === undefined) throw new Error('no stream')
    emulator.world.streams.stop(stream)
    await clock.run(clock.sleep(10_000))
    expect(emulator.callbacks.genuine.counts.sent).toBe(90)
    emulator.world.streams.push(stream, clock.now())
    await clock.run(clock.sleep(10_000))
    expect(emulator.callbacks.genuine.counts.sent).toBe(140)
    emulator.callbacks.stop()
    await clock.run(clock.sleep(10_000))
    expect(emulator.callbacks.genuine.counts.sent).toBe(140)
    emulator.callbacks.start()
    await clock.run(clock.sleep(500))
    emulator.callbacks.stop()
    emulator.callbacks.start()
    emulator.callbacks.genuine.reset()
    await clock.run(clock.sleep(10_000))
    expect(emulator.callbacks.genuine.counts.sent).toBe(50)
  })

  it('continues with streams that end and are pushed again', async () => {
    await start(answerWith(200), {
      streams: 4,
      streamLength: { min: 3_000, max: 6_000 },
      streamPause: { min: 1_000, max: 2_000 },
      callbackIntervalMs: 500,
      sendCallbacks: true,
    })
    await clock.run(clock.sleep(60_000))
    const { sent, accepted } = emulator.callbacks.genuine.counts
    expect(sent).toBe(accepted)
    // Between all the time and what the pauses leave of it.
    expect(sent).toBeGreaterThan(240)
    expect(sent).toBeLessThan(480)
    expect([...emulator.world.streams.all()].every(({ pushes }) => pushes > 5)).toBe(true)
  })

  it('sends nothing before it has a URL', async () => {
    await start(answerWith(200))
    await emulator.close()
    emulator = await startEmulator({ clock, random: seeded(1), streams: 3, callbackIntervalMs: 1_000 })
    emulator.callbacks.start()
    await clock.run(clock.sleep(3_000))
    expect(emulator.callbacks.genuine.counts.sent).toBe(0)
    emulator.world.routeCallbacks(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    await clock.run(clock.sleep(3_000))
    expect(emulator.callbacks.genuine.counts).toMatchObject({ sent: 9, accepted: 9 })
  })
})
