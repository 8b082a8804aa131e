import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { closeServer, listen } from '../../lib/core/local-server.ts'

export interface SeenRequest {
  readonly action: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly query: URLSearchParams
  readonly form: URLSearchParams
  /** A number for each connection. */
  readonly connection: number
}

export interface StubAnswer {
  readonly status?: number
  readonly headers?: Record<string, string>
  /** An object is sent as JSON. */
  readonly body?: unknown
}

export interface StubServer {
  readonly url: string
  readonly seen: SeenRequest[]
  close(): Promise<void>
}

/** A server on this machine that answers what the test says; `'hang'` keeps the request waiting. */
export async function startStub(
  answer: (request: SeenRequest) => StubAnswer | 'hang' | Promise<StubAnswer>,
): Promise<StubServer> {
  const seen: SeenRequest[] = []
  let connections = 0
  const numbers = new WeakMap<object, number>()
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const url = request.url ?? '/'
    const query = new URL(url, 'http://stub').searchParams
    const form = new URLSearchParams(body)
    const header = request.headers['x-acs-action']
    const action = query.get('Action') ?? form.get('Action') ?? (typeof header === 'string' ? header : '')
    const connection = numbers.get(request.socket) ?? 0
    const one = { action, url, headers: request.headers, query, form, connection }
    seen.push(one)
    const given = await answer(one)
    if (given === 'hang') return
    const {
      status = 200,
      headers = { 'content-type': 'application/json;charset=utf-8' },
      body: content,
    } = given
    response
      .writeHead(status, headers)
      .end(typeof content === 'string' ? content : JSON.stringify(content ?? {}))
  }
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy())
  })
  server.on('connection', (socket) => numbers.set(socket, ++connections))
  const port = await listen(server)
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    close: () => closeServer(server),
  }
}
