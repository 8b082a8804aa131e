/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is within its array */
const BLOCK_WORDS = 16
const BLOCK_BYTES = 4 * BLOCK_WORDS

/** The padded blocks of a message below 512 MiB for MD5 (little-endian) and SHA-256 (big-endian). */
export function wordsOf(message: Uint8Array, littleEndian: boolean): Int32Array {
  const { length } = message
  // The message is followed by one byte (0x80) and by its length in bits, in eight bytes.
  const words = new Int32Array(BLOCK_WORDS * Math.ceil((length + 9) / BLOCK_BYTES))
  const put = (byte: number, at: number): void => {
    words[at >> 2]! |= byte << shiftOf(at, littleEndian)
  }
  message.forEach(put)
  put(0x80, length)
  words[words.length - (littleEndian ? 2 : 1)] = length << 3
  return words
}

export function bytesOf(words: Int32Array, littleEndian: boolean): Uint8Array {
  return Uint8Array.from(
    { length: 4 * words.length },
    (_, at) => words[at >> 2]! >>> shiftOf(at, littleEndian),
  )
}

/** How far a byte is shifted within its word, in bits. */
function shiftOf(at: number, littleEndian: boolean): number {
  return ((littleEndian ? at : ~at) & 3) << 3
}

/** Bytes as lower-case hex. */
export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
