/** Maximum bytes to read of an answer: even a configured server must not exhaust our memory. */
const LIMIT = 65_536

/**
 * The text of an answer, or its first 64 kB. Closes the connection without reading the rest.
 *
 * @throws What reading throws.
 */
export async function boundedText({ body }: Pick<Response, 'body'>, limit = LIMIT): Promise<string> {
  if (body === null) return ''
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk.subarray(0, limit - bytes), { stream: true })
    bytes += chunk.length
    // Leaving the loop cancels the rest.
    if (bytes >= limit) break
  }
  return text
}
