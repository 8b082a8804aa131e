import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '../../lib/core/clock.ts'
import { Key } from '../../lib/keyset/key.ts'
import { evidenceOf, httpProbe } from '../../lib/rotation/http-probe.ts'

const EVIDENCE = {
  'x-live-key-instance': '0123456789ab',
  'x-live-key-lineage': '5b0c2f9e41d7',
  'x-live-key-revision': '7',
}

async function receiver(answer: RequestListener) {
  let connections = 0
  const server = createServer(answer).on('connection', () => connections++)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/live`, connections: () => connections }
}

describe('a probe', () => {
  it('tells what an accepting receiver says of itself', async () => {
    const { url } = await receiver((_, response) => response.writeHead(204, EVIDENCE).end())
    const answer = await httpProbe(systemClock)(url, Key.generate())
    expect(answer).toMatchObject({
      accepted: true,
      status: 204,
      evidence: { instance: '0123456789ab', lineage: '5b0c2f9e41d7', revision: 7 },
    })
    expect(Math.abs((answer.answeredAt ?? 0) - Date.now())).toBeLessThan(5_000)
  })

  it('takes no evidence from a refusal', async () => {
    const { url } = await receiver((_, response) => response.writeHead(401, EVIDENCE).end())
    const answer = await httpProbe(systemClock)(url, Key.generate())
    expect(answer).toMatchObject({ accepted: false, status: 401, detail: 'it answered 401' })
    expect(answer.evidence).toBeUndefined()
  })

  it('comes over a new connection each time, so that it can reach every instance', async () => {
    const { url, connections } = await receiver((_, response) => response.writeHead(204).end())
    const probe = httpProbe(systemClock)
    for (let i = 0; i < 4; i++) await probe(url, Key.generate())
    expect(connections()).toBe(4)
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
    ['a revision of 0', { 'x-live-key-revision': '0' }],
    ['a revision beyond all bounds', { 'x-live-key-revision': '123456789' }],
  ])('is not taken from %s', (_, changed) => {
    expect(read(changed)).toBeNull()
  })
})
