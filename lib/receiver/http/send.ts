import type { Reply, Sent } from './message.ts'
import { readText } from './read-text.ts'
import { proxyVariable } from './runtime.ts'

/**
 * Sends a request with `fetch`, or through the proxy that the environment names, and reads the whole answer.
 *
 * @throws RotatorError for an endless answer; what `fetch` throws if there is none.
 */
export async function send(url: URL, request: Sent): Promise<Reply> {
  if (proxyVariable('HTTPS_PROXY') !== undefined) {
    const { sendThrough } = await import('./tunnel.ts')
    const reply = await sendThrough(url, request)
    if (reply !== null) return reply
  }
  // A redirect could lead credentials, and the trust, elsewhere. Treated as an unexpected answer, because not every runtime
  // supports `error`.
  const response = await fetch(url, { ...request, redirect: 'manual' })
  return { status: response.status, text: await readText(response.body) }
}
