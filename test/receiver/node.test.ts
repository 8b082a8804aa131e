import { text } from 'node:stream/consumers'
import { describe, expect, it, vi } from 'vitest'
import { createVerifier, staticKeyset } from '../../lib/receiver/index.ts'
import { nodeReceiver } from '../../lib/receiver/adapters/node.ts'
import { documentOf, HOST, serve, signed } from './support.ts'

const verify = createVerifier({ keyset: staticKeyset(documentOf([['pending', 'k']])), host: HOST })

describe('nodeReceiver', () => {
  it('answers 500 if user code throws, and passes the error on', async () => {
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

  it('cuts the connection if user code throws after the head was sent', async () => {
    const url = await serve(
      nodeReceiver(
        verify,
        (_, _request, response) => {
          response.writeHead(200).write('half')
          throw new Error('no room')
        },
        { onError: () => undefined },
      ),
    )
    const { timestamp, signature } = signed('k', HOST, String(Math.floor(Date.now() / 1000)))
    const headers = { 'ali-live-timestamp': timestamp, 'ali-live-signature': signature }
    await expect(fetch(url, { method: 'POST', headers }).then((answer) => answer.text())).rejects.toThrow()
  }, 2_000)

  it('sends a complete answer even if user code throws after it', async () => {
    const url = await serve(
      nodeReceiver(
        verify,
        (_, _request, response) => {
          response.end('whole'.repeat(100_000))
          throw new Error('no room')
        },
        { onError: () => undefined },
      ),
    )
    const { timestamp, signature } = signed('k', HOST, String(Math.floor(Date.now() / 1000)))
    const headers = { 'ali-live-timestamp': timestamp, 'ali-live-signature': signature }
    const answer = await fetch(url, { method: 'POST', headers })
    expect(await answer.text()).toHaveLength(500_000)
  })

  it.each([
    [
      'throws',
      (): never => {
        throw new Error('no log')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no log'))],
  ])('survives an onError that %s', async (_, onError) => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const url = await serve(nodeReceiver(verify, () => Promise.reject(new Error('no room')), { onError }))
    const { timestamp, signature } = signed('k', HOST, String(Math.floor(Date.now() / 1000)))
    const headers = { 'ali-live-timestamp': timestamp, 'ali-live-signature': signature }
    expect((await fetch(url, { method: 'POST', headers })).status).toBe(500)
    expect(warned).toHaveBeenCalledOnce()
  })

  it('treats an error in a source as a failure, not as a forgery', async () => {
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

  it('refuses an onError that is not a function', () => {
    const options = { onError: 'log' }
    expect(() => nodeReceiver(verify, () => undefined, options as never)).toThrow(
      '"onError" must be a function',
    )
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
