import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { checkedLast, NotSent } from '../../lib/alibaba/transport/last-check.ts'
import { Key } from '../../lib/keyset/key.ts'
import type { Fence, Pass } from '../../lib/rotation/ports.ts'
import { failureOf, GROUP, startCloud, type Cloud } from './cloud.ts'

const closing: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** Answers in their order, the last one again and again; counts how often it was asked. */
function answers(...all: readonly [boolean, ...boolean[]]): Pass & { readonly asked: () => number } {
  let asked = 0
  const pass = (): boolean => all[Math.min(asked++, all.length - 1)] === true
  return Object.assign(pass, { asked: () => asked })
}

function certificate(): { key: Buffer; cert: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), 'last-check-'))
  closing.push(() => rmSync(folder, { recursive: true }))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const options = [
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    key,
    '-out',
    cert,
    '-subj',
    '/CN=localhost',
  ]
  execFileSync('openssl', ['req', ...options], { stdio: 'ignore' })
  return { key: readFileSync(key), cert: readFileSync(cert) }
}

interface Server {
  readonly got: () => number
  readonly send: () => Promise<unknown>
}

async function serving(protocol: 'http' | 'https'): Promise<Server> {
  let got = 0
  const answer: http.RequestListener = (_, response) => {
    got++
    response.end()
  }
  const isPlain = protocol === 'http'
  const server = isPlain ? http.createServer(answer) : https.createServer(certificate(), answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const agent = isPlain ? new http.Agent({ keepAlive: true }) : new https.Agent({ keepAlive: true })
  closing.push(() => {
    agent.destroy()
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const url = `${protocol}://127.0.0.1:${port}/`
  const send = async (): Promise<void> => {
    const module = isPlain ? http : https
    const request = module.request(url, { method: 'POST', agent, rejectUnauthorized: false })
    request.end('a key')
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    await once(response.resume(), 'end')
    // It is back in the agent's pool in the next turn.
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { got: () => got, send }
}

describe.each(['http', 'https'] as const)('over %s, a request', (protocol) => {
  it('is not written to a connection that opened too late', async () => {
    const { got, send } = await serving(protocol)
    const pass = answers(true, false)
    await expect(checkedLast(pass, 'SetIt', send)).rejects.toThrow(NotSent)
    expect([pass.asked(), got()]).toEqual([2, 0])
    await checkedLast(answers(true), 'SetIt', send)
    expect(got()).toBe(1)
  })

  it('is checked once if a connection is already open', async () => {
    const { got, send } = await serving(protocol)
    await send()
    const pass = answers(true, false)
    await checkedLast(pass, 'SetIt', send)
    expect([pass.asked(), got()]).toEqual([1, 2])
    await expect(checkedLast(answers(false), 'SetIt', send)).rejects.toThrow(NotSent)
    expect(got()).toBe(2)
  })
})

it('an error of the call itself is unchanged', async () => {
  const broken = new Error('broken')
  const call = checkedLast(
    () => true,
    'SetIt',
    () => Promise.reject(broken),
  )
  await expect(call).rejects.toBe(broken)
})

describe('a call of Live', () => {
  let cloud: Cloud
  let asked = 0

  /** The fence's answers: what each says before the call, and what it says once the connection is open. */
  function fenceOf(...passes: Pass[]): Fence {
    asked = 0
    return () => Promise.resolve(passes[Math.min(asked++, passes.length - 1)] ?? (() => false))
  }

  async function open(): Promise<Awaited<ReturnType<Cloud['alibaba']['open']>>> {
    cloud = await startCloud({ domains: 1, streams: 1 })
    closing.push(() => cloud.emulator.close())
    return cloud.alibaba.open(GROUP)
  }

  it('that was not sent asks its fence again and happens once', async () => {
    const { live } = await open()
    const sets: string[] = []
    cloud.emulator.on('before', ({ action }) => void sets.push(action))
    const fence = fenceOf(answers(false), answers(true, false), answers(true))
    await cloud.clock.run(live.set('live1.example.com', Key.generate(), { fence }))
    expect([asked, sets]).toEqual([3, ['SetSnapshotCallbackAuth']])
    // Nothing was sent, so nothing could still land: no wait for that.
    expect(cloud.clock.tick()).toBeLessThan(1_000 + 5_000)
  })

  it('that cuts a stream is sent again only if it was not sent', async () => {
    const { live } = await open()
    const [stream] = await cloud.clock.run(live.streams('live1.example.com'))
    if (!stream) throw new Error('no stream runs')
    const fence = fenceOf(answers(false), answers(true))
    await cloud.clock.run(live.interrupt(stream, { fence }))
    expect(asked).toBe(2)
  })

  it('gives up if it is delayed again and again', async () => {
    const { live, usage } = await open()
    const fence = fenceOf(answers(false))
    const setting = live.set('live1.example.com', Key.generate(), { fence })
    expect(await cloud.clock.run(failureOf(setting))).toMatchObject({
      code: 'unavailable',
      message: 'SetSnapshotCallbackAuth was not sent: this process was held up after it had read the keyset',
    })
    expect(asked).toBeGreaterThan(2)
    expect(usage().throttled).toBe(0)
  })
})
