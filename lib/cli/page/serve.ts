import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { listen } from '../../core/local-server.ts'

const HEADERS = {
  'cache-control': 'no-store',
  'content-type': 'text/html; charset=utf-8',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}

export interface PageSource {
  /** The whole page. */
  readonly document: () => string
  /** Its changing part. */
  readonly main: () => string
}

/**
 * Serves a read-only page on the loopback interface. Refuses requests under any other host name or from another site's
 * page, which could lead a browser here.
 *
 * @param port - 0 for any that is free.
 * @throws Error of node:http if the port is not available.
 */
export async function servePage(port: number, source: PageSource): Promise<Server> {
  const server = createServer((request, response) => answer(request, response, source))
  await listen(server, port)
  return server
}

function answer(request: IncomingMessage, response: ServerResponse, source: PageSource): void {
  const { method = '', url = '', headers } = request
  if (
    !isLoopback(headers.host) ||
    headers.origin !== undefined ||
    headers['sec-fetch-site'] === 'cross-site'
  ) {
    response.writeHead(403, HEADERS).end('Only for a browser on this machine, at its loopback address.')
  } else if (method !== 'GET') {
    response.writeHead(405, { ...HEADERS, allow: 'GET' }).end()
  } else if (url === '/') {
    response.writeHead(200, HEADERS).end(source.document())
  } else if (url === '/main') {
    response.writeHead(200, HEADERS).end(source.main())
  } else {
    response.writeHead(404, HEADERS).end()
  }
}

function isLoopback(host = ''): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host)
}

/** Where a page is served. */
export function urlOf(server: Server): string {
  const address = server.address()
  return typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}/` : ''
}
