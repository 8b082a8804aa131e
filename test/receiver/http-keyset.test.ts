import { describe, expect, it } from 'vitest'
import { createVerifier, httpKeyset } from '../../lib/receiver/index.ts'
import { documentOf, HOST, serve, signed } from './support.ts'

const KEY = 'currentcurrentcurrentcurrentcurr'
const text = JSON.stringify(documentOf([['current', KEY]]))

async function keysAt(status: number, body: string, headers: Record<string, string> = {}) {
  const asked: (string | undefined)[] = []
  const url = await serve((request, response) => {
    asked.push(request.headers.authorization)
    response.writeHead(status, headers).end(body)
  })
  return { url: `${url}/keys?token=hidden`, asked }
}

describe('httpKeyset', () => {
  it('reads the document, with headers that are requested each time', async () => {
    const { url, asked } = await keysAt(200, text)
    let count = 0
    const keyset = httpKeyset(url, { headers: () => ({ authorization: `Bearer ${++count}` }) })
    const verify = createVerifier({ keyset, host: HOST })
    const seconds = String(Math.floor(Date.now() / 1000))
    expect((await verify(signed(KEY, HOST, seconds))).verdict).toBe('accepted')
    await keyset.reload()
    keyset.close()
    expect(asked).toEqual(['Bearer 1', 'Bearer 2'])
  })

  it('sends the given headers', async () => {
    const { url, asked } = await keysAt(200, text)
    const keyset = httpKeyset(new URL(url), { headers: { authorization: 'Basic x' } })
    await keyset.reload()
    keyset.close()
    expect(asked).toEqual(['Basic x'])
  })

  it.each([
    [401, 'badCredentials', false],
    [403, 'denied', false],
    [404, 'notFound', false],
    [500, 'unavailable', true],
    [204, 'keyset', false],
  ])('explains what %i means', async (status, code, retryable) => {
    const { url } = await keysAt(status, '')
    const keyset = httpKeyset(url)
    const error: unknown = await keyset.reload().catch((thrown: unknown) => thrown)
    keyset.close()
    expect(error).toMatchObject({ code, retryable })
    expect(String(error)).not.toContain('hidden')
  })

  it('follows no redirect, and distinguishes an outage from an answer', async () => {
    const { url } = await keysAt(302, '', { location: 'http://127.0.0.1:1/' })
    for (const address of [url, 'http://127.0.0.1:1/?token=hidden']) {
      const keyset = httpKeyset(address)
      const error: unknown = await keyset.reload().catch((thrown: unknown) => thrown)
      keyset.close()
      expect(error).toMatchObject({ code: 'unavailable', retryable: true })
      expect(String(error)).not.toContain('hidden')
    }
  })

  it('gives up on a server that hangs', async () => {
    const url = await serve(() => undefined)
    const keyset = httpKeyset(url, { timeout: 1_000 })
    await expect(keyset.reload()).rejects.toMatchObject({ code: 'timeout' })
    keyset.close()
  })

  it.each(['http://keys.example.com/', 'ftp://127.0.0.1/', 'file:///keys.json', 'nowhere'])(
    'reads keys only over https: or from this machine: %s',
    (address) => {
      expect(() => httpKeyset(address)).toThrow(TypeError)
    },
  )

  it.each(['https://user:hidden@keys.example.com/', 'https://hidden@keys.example.com/'])(
    'refuses credentials in the URL: %s',
    (address) => {
      expect(() => httpKeyset(address)).toThrow(
        expect.objectContaining({
          name: 'TypeError',
          message: expect.not.stringContaining('hidden') as string,
        }),
      )
    },
  )

  it.each(['https://keys.example.com/', 'http://localhost:1/', 'http://[::1]:1/'])(
    'accepts %s',
    (address) => {
      expect(() => httpKeyset(address)).not.toThrow()
    },
  )
})
