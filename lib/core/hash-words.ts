/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is within its array, and a check would cost the hot path */
const BLOCK_WORDS = 16
const BLOCK_BYTES = 4 * BLOCK_WORDS

/** The padded blocks of a message below 512 MiB for MD5 (little-endian) and SHA-256 (big-endian). */
export function wordsOf(message: Uint8Array, littleEndian: boolean): Int32Array {
  const { length } = message
  // The message is followed by one byte (0x80) and by its length in bits, in eight bytes.
  const words = new Int32Array(BLOCK_WORDS * Math.ceil((length + 9) / BLOCK_BYTES))
  for (let at = 0; at < length; at++) words[at >> 2]! |= message[at]! << shiftOf(at, littleEndian)
  words[length >> 2]! |= 0x80 << shiftOf(length, littleEndian)
  words[words.length - (littleEndian ? 2 : 1)] = length << 3
  return words
}

export function bytesOf(words: Int32Array, littleEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(4 * words.length)
  for (let at = 0; at < bytes.length; at++) bytes[at] = words[at >> 2]! >>> shiftOf(at, littleEndian)
  return bytes
}

/** How far a byte is shifted within its word, in bits. */
function shiftOf(at: number, littleEndian: boolean): number {
  return ((littleEndian ? at : ~at) & 3) << 3
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Bytes as lower-case hex. */
export function hexOf(bytes: Uint8Array): string {
  let hex = ''
  for (const byte of bytes) hex += HEX[byte]!
  return hex
}
