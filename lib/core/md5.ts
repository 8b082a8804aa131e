/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is within its array, and a check would cost the hot path */
import { bytesOf, hexOf, wordsOf } from './hash-words.ts'

const SINES = Int32Array.from({ length: 64 }, (_, index) =>
  Math.floor(2 ** 32 * Math.abs(Math.sin(index + 1))),
)

/** How far the steps of each round turn, four by four. */
const TURNS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21]

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
  return hexOf(bytesOf(state, true))
}

function addBlock(state: Int32Array, words: Int32Array, at: number): void {
  let a = state[0]!
  let b = state[1]!
  let c = state[2]!
  let d = state[3]!
  for (let i = 0; i < 16; i++) {
    const next = (turn(a + (d ^ (b & (c ^ d))) + words[at + i]! + SINES[i]!, TURNS[i & 3]!) + b) | 0
    a = d
    d = c
    c = b
    b = next
  }
  for (let i = 16; i < 32; i++) {
    const next =
      (turn(a + (c ^ (d & (b ^ c))) + words[at + ((5 * i + 1) & 15)]! + SINES[i]!, TURNS[4 | (i & 3)]!) + b) |
      0
    a = d
    d = c
    c = b
    b = next
  }
  for (let i = 32; i < 48; i++) {
    const next =
      (turn(a + (b ^ c ^ d) + words[at + ((3 * i + 5) & 15)]! + SINES[i]!, TURNS[8 | (i & 3)]!) + b) | 0
    a = d
    d = c
    c = b
    b = next
  }
  for (let i = 48; i < 64; i++) {
    const next =
      (turn(a + (c ^ (b | ~d)) + words[at + ((7 * i) & 15)]! + SINES[i]!, TURNS[12 | (i & 3)]!) + b) | 0
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

/** A word turned left. */
function turn(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}
