import type * as Http from 'node:http'
import type * as Https from 'node:https'
import type * as Net from 'node:net'
import type * as Tls from 'node:tls'
import { unavailable } from '../../core/errors.ts'
import type { Reply, Sent } from './message.ts'
import { proxyFor } from './proxy.ts'
import { loadModule } from './node.ts'
import { readText } from './read-text.ts'

/**
 * Sends a request through a tunnel that the proxy opens (CONNECT); the proxy sees neither the request nor the answer. Node
 * only. Null if there is no proxy for the URL.
 */
export async function sendThrough(url: URL, request: Sent): Promise<Reply | null> {
  const proxy = proxyFor(url)
  if (proxy === null) return null
  const http = (await loadModule('node:http')) as typeof Http
  const https = (await loadModule('node:https')) as typeof Https
  const tls = (await loadModule('node:tls')) as typeof Tls
  const connector = proxy.protocol === 'https:' ? https : http
  const socket = await openTunnel(connector, proxy, url, request.signal)
  try {
    const answer = await new Promise<Http.IncomingMessage>((resolve, reject) => {
      const call = https.request(url, {
        method: request.method,
        headers: request.headers,
        signal: request.signal,
        agent: false,
        createConnection: () => tls.connect({ socket, servername: url.hostname }),
      })
      call.on('error', reject)
      call.on('response', resolve)
      call.end(request.body)
    })
    return { status: answer.statusCode ?? 0, text: await readText(answer) }
  } finally {
    socket.destroy()
  }
}

function openTunnel(
  connector: typeof Http | typeof Https,
  proxy: URL,
  url: URL,
  signal: AbortSignal,
): Promise<Net.Socket> {
  const target = `${url.hostname}:${url.port || '443'}`
  return new Promise((resolve, reject) => {
    const call = connector.request(proxy, {
      // The URL's credentials belong in another header than the one that Node would use.
      auth: null,
      method: 'CONNECT',
      path: target,
      headers: { host: target, ...authorization(proxy) },
      signal,
      agent: false,
      // Node would expect the certificate of the target, which `host` names. An IP address is not a name to ask for.
      servername: /^\[|^[\d.]+$/.test(proxy.hostname) ? '' : proxy.hostname,
    })
    call.on('error', reject)
    call.on('connect', (answer, socket) => {
      if (answer.statusCode === 200) {
        resolve(socket)
        return
      }
      socket.destroy()
      const why = `the proxy in HTTPS_PROXY opened no tunnel to ${target}: status ${answer.statusCode ?? 0}`
      reject(unavailable(why))
    })
    call.end()
  })
}

function authorization({ username, password }: URL): Record<string, string> {
  if (username === '') return {}
  const pair = new TextEncoder().encode(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)
  return { 'proxy-authorization': `Basic ${btoa(String.fromCharCode(...pair))}` }
}
