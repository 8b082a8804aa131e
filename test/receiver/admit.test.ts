import { once } from 'node:events'
import { connect, createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { nodeReceiver } from '../../lib/receiver/adapters/node.ts'
import { admit, createVerifier, staticKeyset, type RequestHeaders } from '../../lib/receiver/index.ts'
import { callbackHeaders } from '../../lib/receiver/testing.ts'
import { documentOf, HOST, kid } from './support.ts'

const keyset = staticKeyset(
  documentOf([
    ['current', 'c'],
    ['compromised', 'l'],
  ]),
)
const verify = createVerifier({ keyset, host: HOST })
const genuine = () => callbackHeaders({ host: HOST, key: 'c' })
const upper = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]))

describe('admit', () => {
  it.each<[string, () => RequestHeaders]>([
    ["Node's headers", genuine],
    ['a Headers', () => new Headers(genuine())],
    ['names in capitals', () => upper(genuine())],
    [
      'headers of other names beside them',
      () => ({ ...upper(genuine()), timestamp: '1', signature: 'sig1=:x:', now: 'x' }),
    ],
    ['a header that is called get', () => ({ ...genuine(), get: 'x' })],
  ])('accepts %s', async (_, headers) => {
    expect(await admit(verify, headers())).toMatchObject({
      kind: 'callback',
      verification: { verdict: 'accepted', kid: kid('c'), timestamp: genuine()['ali-live-timestamp'] },
    })
  })

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'ali-live-timestamp'],
    ['no headers', {}],
    ['a timestamp twice, in two cases', { ...genuine(), ...upper(genuine()) }],
  ])('refuses %s', async (_, headers) => {
    expect(await admit(verify, headers as RequestHeaders)).toEqual({
      kind: 'answer',
      status: 401,
      headers: {},
    })
  })

  it('passes on quarantined callbacks only if told to', async () => {
    const headers = callbackHeaders({ host: HOST, key: 'l' })
    expect(await admit(verify, headers)).toMatchObject({ kind: 'answer', status: 401 })
    expect(await admit(verify, headers, { quarantined: 'pass' })).toMatchObject({
      kind: 'callback',
      verification: { verdict: 'quarantined' },
    })
  })

  it('hands the request to the hooks', async () => {
    const onVerified = vi.fn()
    const watched = createVerifier({ keyset, host: HOST, onVerified })
    const request = { id: 'r1' }
    await admit(watched, genuine(), {}, request)
    expect(onVerified.mock.calls).toMatchObject([[{ kid: kid('c') }, { probe: false, request }]])
  })
})

describe('nodeReceiver on HTTP/2', () => {
  it('answers probes and forged callbacks, and passes genuine ones on', async () => {
    const seen: string[] = []
    const server = createServer(
      nodeReceiver(verify, (callback, _, response) => {
        seen.push(callback.kid)
        response.end('mine')
      }),
    ).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    onTestFinished(() => {
      client.close()
      server.close()
    })
    const post = async (headers: Record<string, string>) => {
      const stream = client.request({ ':method': 'POST', ':path': '/', ...headers }).end('{}')
      const [answer] = (await once(stream, 'response')) as [Record<string, unknown>]
      stream.resume()
      return answer
    }
    expect(await post(genuine())).toMatchObject({ ':status': 200 })
    expect(await post(callbackHeaders({ host: HOST, key: 'forged' }))).toMatchObject({ ':status': 401 })
    const probe = await post(callbackHeaders({ host: HOST, key: 'c', probe: true }))
    expect(probe).toMatchObject({ ':status': 204, 'x-live-key-instance': keyset.instance })
    expect(seen).toEqual([kid('c')])
  })
})
