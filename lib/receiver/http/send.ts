import { MOST_BYTES, tooLong, type Reply, type Sent } from './message.ts'
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
  return { status: response.status, text: await readText(response) }
}

/**
 * The text of an answer.
 *
 * @throws RotatorError `invalidAnswer` when it is longer than any that is expected.
 */
export async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let left = MOST_BYTES
  const parts: AsyncIterable<Uint8Array> | readonly [] = response.body ?? []
  for await (const part of parts) {
    left -= part.length
    // This ends the loop, which cancels the rest.
    if (left < 0) throw tooLong()
    text += decoder.decode(part, { stream: true })
  }
  return text + decoder.decode()
}
