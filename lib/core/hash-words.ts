const BLOCK_BYTES = 64

/** The padded blocks of a message for MD5 (little-endian) and SHA-256 (big-endian). */
export function wordsOf(message: Uint8Array, littleEndian: boolean): Int32Array {
  const blocks = Math.ceil((message.length + 9) / BLOCK_BYTES)
  const padded = new Uint8Array(blocks * BLOCK_BYTES)
  padded.set(message)
  padded[message.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setBigUint64(padded.length - 8, BigInt(message.length) << 3n, littleEndian)
  return Int32Array.from({ length: padded.length / 4 }, (_, index) => view.getInt32(4 * index, littleEndian))
}

export function bytesOf(words: Int32Array, littleEndian: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * words.length))
  words.forEach((word, index) => {
    view.setInt32(4 * index, word, littleEndian)
  })
  return new Uint8Array(view.buffer)
}

/** Bytes as lower-case hex. */
export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
