import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { proxyFor } from '../../lib/receiver/http/proxy.ts'
import { send } from '../../lib/receiver/http/send.ts'

beforeEach(() => {
  for (const name of ['HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy']) vi.stubEnv(name, undefined)
})
afterEach(() => {
  vi.unstubAllEnvs()
})

describe('the proxy of the environment', () => {
  const KMS = new URL('https://kms.cn-shanghai.aliyuncs.com')

  it.each([
    ['http://proxy.example.com:3128', 'http://proxy.example.com:3128/'],
    ['https://proxy.example.com', 'https://proxy.example.com/'],
    ['proxy.example.com:3128', 'http://proxy.example.com:3128/'],
    ['http://user:p%40ss@10.0.0.1:8080/', 'http://user:p%40ss@10.0.0.1:8080/'],
  ])('%s', (given, proxy) => {
    vi.stubEnv('HTTPS_PROXY', given)
    expect(proxyFor(KMS)?.href).toBe(proxy)
    vi.stubEnv('HTTPS_PROXY', undefined)
    expect(proxyFor(KMS)).toBeNull()
    vi.stubEnv('https_proxy', given)
    expect(proxyFor(KMS)?.href).toBe(proxy)
  })

  it('is only for https: plain http stays on this machine', () => {
    vi.stubEnv('HTTPS_PROXY', 'http://proxy.example.com:3128')
    expect(proxyFor(new URL('http://127.0.0.1:8080'))).toBeNull()
    expect(proxyFor(new URL('http://100.100.100.200/latest'))).toBeNull()
  })

  it.each([
    ['*', true],
    ['aliyuncs.com', true],
    ['.aliyuncs.com', true],
    ['*.aliyuncs.com', true],
    ['kms.cn-shanghai.aliyuncs.com', true],
    ['KMS.cn-shanghai.aliyuncs.com:443', true],
    ['localhost, 127.0.0.1,.aliyuncs.com', true],
    ['localhost aliyuncs.com', true],
    ['kms.cn-shanghai.aliyuncs.com:8443', false],
    ['yuncs.com', false],
    ['cn-beijing.aliyuncs.com', false],
    ['', false],
    [',', false],
    [':443', false],
  ])('NO_PROXY=%s', (list, exempt) => {
    vi.stubEnv('HTTPS_PROXY', 'http://proxy.example.com:3128')
    vi.stubEnv('NO_PROXY', list)
    expect(proxyFor(KMS) === null).toBe(exempt)
  })

  it.each(['://secret', 'socks5://user:secret@proxy:1080', 'http://'])(
    'is refused without being repeated: %s',
    (given) => {
      vi.stubEnv('HTTPS_PROXY', given)
      expect(() => proxyFor(KMS)).toThrow(/^HTTPS_PROXY must be a URL/)
    },
  )
})

/** A certificate for this machine, valid for a day; null where there is no openssl. */
function certificate(): { key: string; cert: string } | null {
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  try {
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-days',
        '1',
        ...subject,
        '-keyout',
        key,
        '-out',
        cert,
      ],
      { stdio: 'ignore' },
    )
  } catch {
    return null
  }
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
}

describe.skipIf(certificate() === null)('a request through the proxy', () => {
  const open: { close(): void; closeAllConnections(): void }[] = []
  afterAll(() => {
    for (const server of open) {
      server.close()
      server.closeAllConnections()
    }
  })
  async function listen(server: Server): Promise<number> {
    open.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return (server.address() as AddressInfo).port
  }

  async function setUp(status = 200) {
    const tunnels: (string | undefined)[][] = []
    const server = createTlsServer(certificate() ?? {}, (request, response) => {
      let body = ''
      request.on('data', (part: Buffer) => (body += part.toString()))
      request.on('end', () => {
        response
          .writeHead(201)
          .end(`${request.method ?? ''} ${String(request.headers['x-mark'])} ${body} – ü`)
      })
    })
    const target = await listen(server)
    const proxy = createServer((_, response) => response.writeHead(500).end())
    proxy.on('connect', (request, socket) => {
      tunnels.push([request.url, request.headers['proxy-authorization']])
      if (status !== 200) {
        socket.end(`HTTP/1.1 ${status} No\r\n\r\n`)
        return
      }
      const upstream = connect(target, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        upstream.pipe(socket).pipe(upstream)
      })
      upstream.on('error', () => socket.destroy())
      socket.on('error', () => upstream.destroy())
    })
    const port = await listen(proxy)
    vi.stubEnv('HTTPS_PROXY', `http://user:p%40ss@127.0.0.1:${port}`)
    return { url: new URL(`https://localhost:${target}/`), target, tunnels }
  }
  const request = () => ({
    method: 'POST' as const,
    headers: { 'x-mark': 'marked' },
    body: 'Ünd',
    signal: AbortSignal.timeout(5_000),
  })

  it('goes through a tunnel, with the proxy’s own credentials', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    const { url, target, tunnels } = await setUp()
    expect(await send(url, request())).toEqual({ status: 201, text: 'POST marked Ünd – ü' })
    const basic = `Basic ${Buffer.from('user:p@ss').toString('base64')}`
    expect(tunnels).toEqual([[`localhost:${target}`, basic]])
  })

  it('checks the certificate of the server behind it', async () => {
    const { url } = await setUp()
    await expect(send(url, request())).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
  })

  it("expects a TLS proxy's own certificate, not that of the server behind it", async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    const asked: unknown[] = []
    const proxy = createTlsServer(certificate() ?? {})
    proxy.on('connect', (_, socket) => {
      asked.push('servername' in socket && socket.servername)
      socket.end('HTTP/1.1 502 No\r\n\r\n')
    })
    const port = await listen(proxy)
    for (const host of ['localhost', '127.0.0.1']) {
      vi.stubEnv('HTTPS_PROXY', `https://${host}:${port}`)
      await expect(send(new URL('https://kms.example.com/'), request())).rejects.toThrow(/status 502$/)
    }
    expect(asked).toEqual(['localhost', false])
  })

  it('says if the proxy refused', async () => {
    const { url, target } = await setUp(407)
    await expect(send(url, request())).rejects.toMatchObject({
      code: 'unavailable',
      retryable: true,
      message: `the proxy in HTTPS_PROXY opened no tunnel to localhost:${target}: status 407`,
    })
  })
})
