import { text } from 'node:stream/consumers'
import { describe, expect, it, vi } from 'vitest'
import { createVerifier, staticKeyset } from '../../lib/receiver/index.ts'
import { nodeReceiver } from '../../lib/receiver/node.ts'
import { documentOf, HOST, serve, signed } from './support.ts'

const verify = createVerifier({ keyset: staticKeyset(documentOf([['pending', 'k']])), host: HOST })

describe('nodeReceiver', () => {
  it('answers 500 when user code throws, and hands the error on', async () => {
    const onError = vi.fn()
    const failure = new Error('no room')
    const url = await serve(nodeReceiver(verify, () => Promise.reject(failure), { onError }))
    const seconds = String(Math.floor(Date.now() / 1000))
    const { timestamp, signature } = signed('k', HOST, seconds)
    const headers = { 'ali-live-timestamp': timestamp, 'ali-live-signature': signature }
    const answer = await fetch(url, { method: 'POST', headers, body: '{}' })
    expect([answer.status, await answer.text()]).toEqual([500, ''])
    expect(onError).toHaveBeenCalledExactlyOnceWith(failure)
  })

  it('takes what goes wrong in a source for a failure, not for a forgery', async () => {
    const onError = vi.fn()
    const source = staticKeyset(documentOf([]))
    const failure = new TypeError('a source of the user')
    const broken = createVerifier({
      keyset: { ...source, peek: () => undefined, load: () => Promise.reject(failure) },
      host: HOST,
    })
    const url = await serve(nodeReceiver(broken, () => expect.unreachable(), { onError }))
    const seconds = String(Math.floor(Date.now() / 1000))
    const { timestamp, signature } = signed('k', HOST, seconds)
    const headers = { 'ali-live-timestamp': timestamp, 'ali-live-signature': signature }
    expect((await fetch(url, { method: 'POST', headers })).status).toBe(500)
    expect(onError).toHaveBeenCalledExactlyOnceWith(failure)
  })

  it('leaves the body to user code', async () => {
    const bodies: string[] = []
    const url = await serve(nodeReceiver(verify, async (_, request) => bodies.push(await text(request))))
    const seconds = String(Math.floor(Date.now() / 1000))
    const { timestamp, signature } = signed('k', HOST, seconds)
    const headers = { 'ali-live-timestamp': timestamp, 'ali-live-signature': signature }
    const answer = await fetch(url, { method: 'POST', headers, body: '{"a": 1}' })
    expect(answer.status).toBe(200)
    expect(bodies).toEqual(['{"a": 1}'])
  })
})
