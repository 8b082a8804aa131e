/** What an answer is read up to, in bytes: servers that are configured are not therefore to be trusted with our memory. */
const LIMIT = 65_536

/**
 * The text of an answer, or its first 64 kB. The rest is not read: the connection is broken off.
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
    // Leaving the loop cancels what is left.
    if (bytes >= limit) break
  }
  return text
}
