const BLOCK_BYTES = 64

/** The padded blocks of a message, as MD5 (little-endian) and SHA-256 (big-endian) take them. */
export function wordsOf(message: Uint8Array, littleEndian: boolean): Int32Array {
  const blocks = Math.ceil((message.length + 9) / BLOCK_BYTES)
  const padded = new Uint8Array(blocks * BLOCK_BYTES)
  padded.set(message)
  padded[message.length] = 0x80
  const view = new DataView(padded.buffer)
  const end = padded.length - 8
  const low = (message.length << 3) >>> 0
  const high = Math.floor(message.length / 2 ** 29)
  view.setUint32(littleEndian ? end : end + 4, low, littleEndian)
  view.setUint32(littleEndian ? end + 4 : end, high, littleEndian)
  return Int32Array.from({ length: padded.length / 4 }, (_, index) => view.getInt32(4 * index, littleEndian))
}

export function bytesOf(words: Int32Array, littleEndian: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * words.length))
  words.forEach((word, index) => {
    view.setInt32(4 * index, word, littleEndian)
  })
  return new Uint8Array(view.buffer)
}

export function hexOf(words: Int32Array, littleEndian: boolean): string {
  return Array.from(bytesOf(words, littleEndian), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
