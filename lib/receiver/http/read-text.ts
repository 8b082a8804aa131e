import { RotatorError } from '../../core/errors.ts'

/** Far more than any document or answer here has. */
const MOST_BYTES = 1_048_576

/**
 * The text of an answer's body.
 *
 * @throws RotatorError `invalidAnswer` if it is longer than expected.
 */
export async function readText(body: AsyncIterable<Uint8Array> | null): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let left = MOST_BYTES
  for await (const part of body ?? []) {
    left -= part.length
    // Throwing ends the loop, which cancels the rest.
    if (left < 0) throw new RotatorError('invalidAnswer', `the answer is longer than ${MOST_BYTES} bytes`)
    text += decoder.decode(part, { stream: true })
  }
  return text + decoder.decode()
}
