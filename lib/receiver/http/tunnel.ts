import type * as Http from 'node:http'
import type * as Https from 'node:https'
import type * as Net from 'node:net'
import type * as Tls from 'node:tls'
import { unavailable } from '../../core/errors.ts'
import { MOST_BYTES, tooLong, type Reply, type Sent } from './message.ts'
import { proxyFor } from './proxy.ts'
import { loadModule } from './node.ts'

/**
 * Sends a request through a tunnel that the proxy opens (CONNECT), which sees neither it nor the answer. Node only. Null
 * where there is no proxy for the address.
 */
export async function sendThrough(url: URL, request: Sent): Promise<Reply | null> {
  const proxy = proxyFor(url)
  if (proxy === null) return null
  const http = (await loadModule('node:http')) as typeof Http
  const https = (await loadModule('node:https')) as typeof Https
  const tls = (await loadModule('node:tls')) as typeof Tls
  const connector = proxy.protocol === 'https:' ? https : http
  const socket = await openTunnel(connector, proxy, url, request.signal)
  return new Promise((resolve, reject) => {
    const call = https.request(url, {
      method: request.method,
      headers: { ...request.headers, 'content-length': new TextEncoder().encode(request.body).length },
      signal: request.signal,
      agent: false,
      createConnection: () => tls.connect({ socket, servername: url.hostname }),
    })
    call.on('error', reject)
    call.on('response', (answer) => {
      answer.setEncoding('utf8')
      let text = ''
      answer.on('data', (part: string) => {
        text += part
        if (text.length > MOST_BYTES) call.destroy(tooLong())
      })
      answer.on('error', reject)
      answer.on('end', () => {
        socket.destroy()
        resolve({ status: answer.statusCode ?? 0, text })
      })
    })
    call.end(request.body)
  })
}

function openTunnel(
  connector: typeof Http | typeof Https,
  proxy: URL,
  url: URL,
  signal: AbortSignal,
): Promise<Net.Socket> {
  const target = `${url.hostname}:${url.port || '443'}`
  return new Promise((resolve, reject) => {
    const call = connector.request({
      host: proxy.hostname.replace(/^\[|\]$/g, ''),
      port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80),
      method: 'CONNECT',
      path: target,
      headers: { host: target, ...authorization(proxy) },
      signal,
      agent: false,
    })
    call.on('error', reject)
    call.on('connect', (answer, socket) => {
      if (answer.statusCode === 200) {
        resolve(socket)
        return
      }
      socket.destroy()
      const why = `the proxy of HTTPS_PROXY opens no way to ${target}: status ${answer.statusCode ?? 0}`
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
