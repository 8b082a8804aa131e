/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is within its array, and a check would cost the hot path */
import { hexOf, wordsOf } from './hash-words.ts'

const SINES = Int32Array.from({ length: 64 }, (_, index) =>
  Math.floor(2 ** 32 * Math.abs(Math.sin(index + 1))),
)

/**
 * MD5 over whole blocks of 16 little-endian words that are padded already (RFC 1321). Works where there is no module of
 * Node, and on a short text in less time than a call of one takes. No branch and no place in memory depends on the text.
 *
 * @param state - Takes the four words of the digest.
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
  return hexOf(state, true)
}

/** Four steps a turn, so that nothing has to be moved between the four variables. */
function addBlock(state: Int32Array, words: Int32Array, at: number): void {
  let a = state[0]!
  let b = state[1]!
  let c = state[2]!
  let d = state[3]!
  for (let i = 0; i < 16; i += 4) {
    a = (turn(a + (d ^ (b & (c ^ d))) + words[at + i]! + SINES[i]!, 7) + b) | 0
    d = (turn(d + (c ^ (a & (b ^ c))) + words[at + i + 1]! + SINES[i + 1]!, 12) + a) | 0
    c = (turn(c + (b ^ (d & (a ^ b))) + words[at + i + 2]! + SINES[i + 2]!, 17) + d) | 0
    b = (turn(b + (a ^ (c & (d ^ a))) + words[at + i + 3]! + SINES[i + 3]!, 22) + c) | 0
  }
  for (let i = 16; i < 32; i += 4) {
    a = (turn(a + (c ^ (d & (b ^ c))) + words[at + ((5 * i + 1) & 15)]! + SINES[i]!, 5) + b) | 0
    d = (turn(d + (b ^ (c & (a ^ b))) + words[at + ((5 * i + 6) & 15)]! + SINES[i + 1]!, 9) + a) | 0
    c = (turn(c + (a ^ (b & (d ^ a))) + words[at + ((5 * i + 11) & 15)]! + SINES[i + 2]!, 14) + d) | 0
    b = (turn(b + (d ^ (a & (c ^ d))) + words[at + ((5 * i) & 15)]! + SINES[i + 3]!, 20) + c) | 0
  }
  for (let i = 32; i < 48; i += 4) {
    a = (turn(a + (b ^ c ^ d) + words[at + ((3 * i + 5) & 15)]! + SINES[i]!, 4) + b) | 0
    d = (turn(d + (a ^ b ^ c) + words[at + ((3 * i + 8) & 15)]! + SINES[i + 1]!, 11) + a) | 0
    c = (turn(c + (d ^ a ^ b) + words[at + ((3 * i + 11) & 15)]! + SINES[i + 2]!, 16) + d) | 0
    b = (turn(b + (c ^ d ^ a) + words[at + ((3 * i + 14) & 15)]! + SINES[i + 3]!, 23) + c) | 0
  }
  for (let i = 48; i < 64; i += 4) {
    a = (turn(a + (c ^ (b | ~d)) + words[at + ((7 * i) & 15)]! + SINES[i]!, 6) + b) | 0
    d = (turn(d + (b ^ (a | ~c)) + words[at + ((7 * i + 7) & 15)]! + SINES[i + 1]!, 10) + a) | 0
    c = (turn(c + (a ^ (d | ~b)) + words[at + ((7 * i + 14) & 15)]! + SINES[i + 2]!, 15) + d) | 0
    b = (turn(b + (d ^ (c | ~a)) + words[at + ((7 * i + 5) & 15)]! + SINES[i + 3]!, 21) + c) | 0
  }
  state[0]! += a
  state[1]! += b
  state[2]! += c
  state[3]! += d
}

/** A word turned left. */
function turn(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}
