/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is within its array, and a check would cost the hot path */
import { bytesOf, hexOf, wordsOf } from './hash-words.ts'

const SINES = Int32Array.from({ length: 64 }, (_, index) =>
  Math.floor(2 ** 32 * Math.abs(Math.sin(index + 1))),
)

/** Of each of the four rounds: which word each step takes, and how far the steps turn, four by four. */
const FACTORS = [1, 5, 3, 7]
const OFFSETS = [0, 1, 5, 0]
const TURNS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21]

/**
 * MD5 over padded blocks of 16 little-endian words (RFC 1321). Needs no Node module, and is faster than calling one for a
 * short text. No branch and no memory access depends on the text.
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
  for (let i = 0; i < 64; i++) {
    const round = i >> 4
    const mixed =
      round === 0
        ? d ^ (b & (c ^ d))
        : round === 1
          ? c ^ (d & (b ^ c))
          : round === 2
            ? b ^ c ^ d
            : c ^ (b | ~d)
    const word = words[at + ((FACTORS[round]! * i + OFFSETS[round]!) & 15)]!
    const next = (turn(a + mixed + word + SINES[i]!, TURNS[(round << 2) | (i & 3)]!) + b) | 0
    a = d
    d = c
    c = b
    b = next
  }
  state[0]! += a
  state[1]! += b
  state[2]! += c
  state[3]! += d
}

/** Rotates a word left. */
function turn(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}
