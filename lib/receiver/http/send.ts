import { MOST_BYTES, tooLong, type Reply, type Sent } from './message.ts'
import { environment } from './runtime.ts'

/**
 * Sends a request by `fetch`, or through the proxy that the environment names, and reads the answer to its end.
 *
 * @throws RotatorError for an answer that does not end, and what `fetch` throws where there is none.
 */
export async function send(url: URL, request: Sent): Promise<Reply> {
  if ((environment('HTTPS_PROXY') ?? environment('https_proxy')) !== undefined) {
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
  const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = response.body?.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let left = MOST_BYTES
  while (reader !== undefined) {
    const { done, value } = await reader.read()
    if (done) break
    left -= value.length
    if (left < 0) {
      await reader.cancel()
      throw tooLong()
    }
    text += decoder.decode(value, { stream: true })
  }
  return text + decoder.decode()
}

/**
 * Why there was no answer: the code of the network's error, such as `ECONNREFUSED`, or the kind of the error. Its text
 * may hold the request.
 */
export function networkFailure(error: unknown): string {
  let kind = 'unknown'
  for (let at = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth++) {
    if ('code' in at && typeof at.code === 'string' && /^[A-Z][A-Z0-9_]{2,40}$/.test(at.code)) return at.code
    if (depth === 0) kind = at.name
  }
  return kind
}
