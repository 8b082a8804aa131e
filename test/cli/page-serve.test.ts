import { request as httpRequest, type IncomingHttpHeaders, type Server } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { servePage, urlOf } from '../../lib/cli/page/serve.ts'

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

async function served(): Promise<Server> {
  const server = await servePage(0, { document: () => 'the page', main: () => 'what changes' })
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return server
}

function ask(
  server: Server,
  {
    method = 'GET',
    path = '/',
    headers = {},
  }: { method?: string; path?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(new URL(path, urlOf(server)), { method, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (piece: string) => (text += piece))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
    })
    request.on('error', reject).end()
  })
}

test('serves the page and its updates', async () => {
  const server = await served()
  expect(await ask(server)).toMatchObject({ status: 200, text: 'the page' })
  expect(await ask(server, { path: '/main' })).toMatchObject({ status: 200, text: 'what changes' })
  expect(await ask(server, { path: '/../etc/passwd' })).toMatchObject({ status: 404, text: '' })
})

test('listens only on the loopback interface', async () => {
  expect((await served()).address()).toMatchObject({ address: '127.0.0.1' })
})

test('keeps a browser from loading, caching and embedding anything, with every answer', async () => {
  const server = await served()
  for (const path of ['/', '/main', '/none']) {
    const { headers } = await ask(server, { path })
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    })
    const policy = headers['content-security-policy']
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("connect-src 'self'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).toContain("form-action 'none'")
    expect(headers).not.toHaveProperty('access-control-allow-origin')
  }
})

describe('a page of another site is refused', () => {
  test.each([
    'evil.example.com',
    '127.0.0.1.evil.example.com',
    'localhost.evil.example.com:80',
    '10.0.0.1',
    '0.0.0.0',
    'user@127.0.0.1',
    '127.0.0.1:80:80',
  ])('under the name %s', async (host) => {
    const { status, text } = await ask(await served(), { path: '/main', headers: { host } })
    expect(status).toBe(403)
    expect(text).not.toContain('what changes')
  })

  test.each<Record<string, string>>([
    { origin: 'https://evil.example.com' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1:1' },
    { 'sec-fetch-site': 'cross-site' },
  ])('from %j', async (headers) => {
    const { status, text } = await ask(await served(), { path: '/main', headers })
    expect(status).toBe(403)
    expect(text).not.toContain('what changes')
  })
})

test.each(['127.0.0.1', 'localhost', 'localhost:8080', '[::1]:8080'])('%s is this machine', async (host) => {
  expect(await ask(await served(), { headers: { host } })).toMatchObject({ status: 200 })
})

test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('does not answer %s', async (method) => {
  const { status, headers } = await ask(await served(), { method })
  expect(status).toBe(405)
  expect(headers.allow).toBe('GET')
})

test('a port that is taken is an error', async () => {
  const taken = Number(new URL(urlOf(await served())).port)
  const source = { document: () => '', main: () => '' }
  await expect(servePage(taken, source)).rejects.toMatchObject({ code: 'EADDRINUSE' })
})
