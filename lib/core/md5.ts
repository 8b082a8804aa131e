/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is within its array, and a check would cost the hot path */
import { bytesOf, hexOf, wordsOf } from './hash-words.ts'

const SINES = Int32Array.from({ length: 64 }, (_, index) =>
  Math.floor(2 ** 32 * Math.abs(Math.sin(index + 1))),
)

/**
 * MD5 over padded blocks of 16 little-endian words (RFC 1321). Runs on every runtime, and for short texts it is faster than
 * `node:crypto`, its one-shot `hash` included. No branch and no memory access depends on the text.
 *
 * @param state - Receives the four words of the digest.
 */
export function md5Blocks(blocks: Int32Array, state: Int32Array): void {
  state[0] = 0x67452301
  state[1] = 0xefcdab89
  state[2] = 0x98badcfe
  state[3] = 0x10325476
  for (let at = 0; at < blocks.length; at += 16) addBlock(state, blocks, at)
}

/** The digest of a text, as lower-case hex. */
export function md5(text: string): string {
  const state = new Int32Array(4)
  md5Blocks(wordsOf(new TextEncoder().encode(text), true), state)
  return hexOf(bytesOf(state, true))
}

function addBlock(state: Int32Array, words: Int32Array, at: number): void {
  let a = state[0]!
  let b = state[1]!
  let c = state[2]!
  let d = state[3]!
  // Four steps in a row, each with its own variable: rotating the variables would take twice as long.
  for (let i = 0; i < 16; i += 4) {
    a = step(a, d ^ (b & (c ^ d)), words[at + i]!, SINES[i]!, 7, b)
    d = step(d, c ^ (a & (b ^ c)), words[at + i + 1]!, SINES[i + 1]!, 12, a)
    c = step(c, b ^ (d & (a ^ b)), words[at + i + 2]!, SINES[i + 2]!, 17, d)
    b = step(b, a ^ (c & (d ^ a)), words[at + i + 3]!, SINES[i + 3]!, 22, c)
  }
  for (let i = 16; i < 32; i += 4) {
    a = step(a, c ^ (d & (b ^ c)), words[at + ((5 * i + 1) & 15)]!, SINES[i]!, 5, b)
    d = step(d, b ^ (c & (a ^ b)), words[at + ((5 * i + 6) & 15)]!, SINES[i + 1]!, 9, a)
    c = step(c, a ^ (b & (d ^ a)), words[at + ((5 * i + 11) & 15)]!, SINES[i + 2]!, 14, d)
    b = step(b, d ^ (a & (c ^ d)), words[at + ((5 * i) & 15)]!, SINES[i + 3]!, 20, c)
  }
  for (let i = 32; i < 48; i += 4) {
    a = step(a, b ^ c ^ d, words[at + ((3 * i + 5) & 15)]!, SINES[i]!, 4, b)
    d = step(d, a ^ b ^ c, words[at + ((3 * i + 8) & 15)]!, SINES[i + 1]!, 11, a)
    c = step(c, d ^ a ^ b, words[at + ((3 * i + 11) & 15)]!, SINES[i + 2]!, 16, d)
    b = step(b, c ^ d ^ a, words[at + ((3 * i + 14) & 15)]!, SINES[i + 3]!, 23, c)
  }
  for (let i = 48; i < 64; i += 4) {
    a = step(a, c ^ (b | ~d), words[at + ((7 * i) & 15)]!, SINES[i]!, 6, b)
    d = step(d, b ^ (a | ~c), words[at + ((7 * i + 7) & 15)]!, SINES[i + 1]!, 10, a)
    c = step(c, a ^ (d | ~b), words[at + ((7 * i + 14) & 15)]!, SINES[i + 2]!, 15, d)
    b = step(b, d ^ (c | ~a), words[at + ((7 * i + 21) & 15)]!, SINES[i + 3]!, 21, c)
  }
  state[0]! += a
  state[1]! += b
  state[2]! += c
  state[3]! += d
}

/** One of the 64 steps: adds the inputs to `own`, rotates the sum left, and adds `next`, the next word of the state. */
function step(own: number, mixed: number, word: number, sine: number, bits: number, next: number): number {
  const sum = (own + mixed + word + sine) | 0
  return (((sum << bits) | (sum >>> (32 - bits))) + next) | 0
}
