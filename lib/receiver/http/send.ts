import type { Reply, Sent } from './message.ts'
import { readText } from './read-text.ts'
import { proxyVariable } from './runtime.ts'

/**
 * Sends a request by `fetch`, or through the proxy that the environment names, and reads the answer to its end.
 *
 * @throws RotatorError for an answer that does not end, and what `fetch` throws where there is none.
 */
export async function send(url: URL, request: Sent): Promise<Reply> {
  if (proxyVariable('HTTPS_PROXY') !== undefined) {
    const { sendThrough } = await import('./tunnel.ts')
    const reply = await sendThrough(url, request)
    if (reply !== null) return reply
  }
  // A redirect could lead credentials, and the trust, elsewhere. It is an answer like another, and none that is expected:
  // not every runtime knows `error`.
  const response = await fetch(url, { ...request, redirect: 'manual' })
  return { status: response.status, text: await readText(response.body) }
}
