import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { listen } from '../../lib/core/local-server.ts'
import { systemClock } from '../../lib/core/clock.ts'
import { Key } from '../../lib/keyset/key.ts'
import { evidenceOf, httpProbe } from '../../lib/rotation/http-probe.ts'
import { TestClock } from '../support/clock.ts'

const EVIDENCE = {
  'x-live-key-instance': '0123456789ab',
  'x-live-key-lineage': '5b0c2f9e41d7',
  'x-live-key-revision': '7',
}

async function receiver(answer: RequestListener) {
  let connections = 0
  const server = createServer(answer).on('connection', () => connections++)
  await listen(server)
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const close = (): Promise<void> => new Promise((resolve) => void server.close(() => resolve()))
  return { url: `http://127.0.0.1:${port}/live`, connections: () => connections, close }
}

describe('a probe', () => {
  it('reports what an accepting receiver says about itself', async () => {
    const { url } = await receiver((_, response) => response.writeHead(204, EVIDENCE).end())
    const answer = await httpProbe(systemClock)(url, Key.generate())
    expect(answer).toMatchObject({
      accepted: true,
      status: 204,
      evidence: { instance: '0123456789ab', lineage: '5b0c2f9e41d7', revision: 7 },
    })
    expect(Math.abs((answer.answeredAt ?? 0) - Date.now())).toBeLessThan(5_000)
  })

  it('accepts no evidence from a refusal', async () => {
    const { url } = await receiver((_, response) => response.writeHead(401, EVIDENCE).end())
    const answer = await httpProbe(systemClock)(url, Key.generate())
    expect(answer).toMatchObject({ accepted: false, status: 401, detail: 'it answered 401' })
    expect(answer.evidence).toBeUndefined()
  })

  it('uses a new connection each time, so that it can reach every instance', async () => {
    const { url, connections } = await receiver((_, response) => response.writeHead(204).end())
    const probe = httpProbe(systemClock)
    for (let i = 0; i < 4; i++) await probe(url, Key.generate())
    expect(connections()).toBe(4)
  })

  it('has a timestamp in whole seconds', async () => {
    const dates: unknown[] = []
    const { url } = await receiver(({ headers }, response) => {
      dates.push(headers['ali-live-timestamp'])
      response.writeHead(204).end()
    })
    await httpProbe(new TestClock(1_800_000_000_999))(url, Key.generate())
    expect(dates).toEqual(['1800000000'])
  })
})

describe('a probe without an answer', () => {
  const failedWith = async (error: unknown): Promise<unknown> => {
    const fetched = vi.spyOn(globalThis, 'fetch').mockRejectedValue(error)
    onTestFinished(() => {
      fetched.mockRestore()
    })
    return httpProbe(systemClock)('http://user:password@127.0.0.1/live', Key.generate())
  }

  it('says which connection failed', async () => {
    const { url, close } = await receiver(() => undefined)
    await close()
    expect(await httpProbe(systemClock)(url, Key.generate())).toEqual({
      accepted: false,
      detail: 'no connection ECONNREFUSED',
    })
  })

  it('says how long it waited', async () => {
    expect(await failedWith(new DOMException('aborted', 'TimeoutError'))).toEqual({
      accepted: false,
      detail: 'no answer in 5 s',
    })
  })

  it.each([
    ['an error without a cause', new TypeError('http://user:password@127.0.0.1/live')],
    ['a cause without a code', new TypeError('failed', { cause: new Error('user:password') })],
    ['a cause that is no error', new TypeError('failed', { cause: { code: 'user:password' } })],
    ['what is no error', { name: 'TimeoutError', cause: new Error('password') }],
    ['nothing', null],
  ])('says nothing of %s, which may hold the URL', async (_, error) => {
    expect(await failedWith(error)).toEqual({ accepted: false, detail: 'no connection' })
  })
})

describe('evidence', () => {
  const read = (changed: Record<string, string>) => evidenceOf(new Headers({ ...EVIDENCE, ...changed }))

  it.each([
    ['an instance of another form', { 'x-live-key-instance': 'pod-1' }],
    ['two instances in one header', { 'x-live-key-instance': '0123456789ab, 0123456789ac' }],
    ['a lineage that is no word', { 'x-live-key-lineage': 'a b' }],
    ['no lineage', { 'x-live-key-lineage': '' }],
    ['a revision that is no number', { 'x-live-key-revision': '7.5' }],
    ['a revision with a letter', { 'x-live-key-revision': '7a' }],
    ['a revision of 0', { 'x-live-key-revision': '0' }],
    ['a revision beyond all bounds', { 'x-live-key-revision': '123456789' }],
  ])('is not taken from %s', (_, changed) => {
    expect(read(changed)).toBeNull()
  })
})
