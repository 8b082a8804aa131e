import { RotatorError } from '../../core/errors.ts'

/** Far above what any document or answer here has. */
const MOST_BYTES = 1_048_576

/**
 * The text of an answer's body.
 *
 * @throws RotatorError `invalidAnswer` when it is longer than any that is expected.
 */
export async function readText(body: AsyncIterable<Uint8Array> | null): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let left = MOST_BYTES
  for await (const part of body ?? []) {
    left -= part.length
    // This ends the loop, which cancels the rest.
    if (left < 0) throw new RotatorError('invalidAnswer', `the answer is longer than ${MOST_BYTES} bytes`)
    text += decoder.decode(part, { stream: true })
  }
  return text + decoder.decode()
}
