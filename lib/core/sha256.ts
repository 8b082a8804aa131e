/* eslint-disable @typescript-eslint/no-non-null-assertion -- every index is within its array, and a check would cost the hot path */
import { bytesOf, hexOf, wordsOf } from './hash-words.ts'

const BLOCK_BYTES = 64

/** The first 64 primes; the constants come from their roots. */
const PRIMES: number[] = []
for (let candidate = 2; PRIMES.length < 64; candidate++) {
  if (PRIMES.every((prime) => candidate % prime !== 0)) PRIMES.push(candidate)
}
const fraction = (root: number): number => ((root % 1) * 2 ** 32) | 0
const START = Int32Array.from(PRIMES.slice(0, 8), (prime) => fraction(Math.sqrt(prime)))
const ROUND = Int32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)))

/**
 * SHA-256 (FIPS 180-4), synchronous on every runtime: Web Crypto is asynchronous, and edge runtimes lack `node:crypto`.
 */
function digest(message: Uint8Array): Uint8Array {
  const state = START.slice()
  const blocks = wordsOf(message, false)
  const schedule = new Int32Array(64)
  for (let at = 0; at < blocks.length; at += 16) {
    schedule.set(blocks.subarray(at, at + 16))
    addBlock(state, schedule)
  }
  return bytesOf(state, false)
}

/** The digest as lower-case hex. Strings are encoded as UTF-8. */
export function sha256(message: string | Uint8Array): string {
  return hexOf(digest(toBytes(message)))
}

/** HMAC-SHA256 (RFC 2104) as lower-case hex. */
export function hmacSha256(secret: string, message: string): string {
  const given = toBytes(secret)
  const key = new Uint8Array(BLOCK_BYTES)
  key.set(given.length > BLOCK_BYTES ? digest(given) : given)
  const keyed = (mask: number, bytes: Uint8Array): Uint8Array =>
    Uint8Array.of(...key.map((byte) => byte ^ mask), ...bytes)
  return sha256(keyed(0x5c, digest(keyed(0x36, toBytes(message)))))
}

function addBlock(state: Int32Array, w: Int32Array): void {
  for (let i = 16; i < 64; i++) {
    const early = w[i - 15]!
    const late = w[i - 2]!
    const s0 = turn(early, 7) ^ turn(early, 18) ^ (early >>> 3)
    const s1 = turn(late, 17) ^ turn(late, 19) ^ (late >>> 10)
    w[i] = w[i - 16]! + s0 + w[i - 7]! + s1
  }
  // One by one: taking them apart as a list would take as long as the rounds.
  let a = state[0]!
  let b = state[1]!
  let c = state[2]!
  let d = state[3]!
  let e = state[4]!
  let f = state[5]!
  let g = state[6]!
  let h = state[7]!
  for (let i = 0; i < 64; i++) {
    const s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)
    const first = (h + s1 + (g ^ (e & (f ^ g))) + ROUND[i]! + w[i]!) | 0
    const s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)
    const second = (s0 + ((a & b) ^ (c & (a ^ b)))) | 0
    h = g
    g = f
    f = e
    e = (d + first) | 0
    d = c
    c = b
    b = a
    a = (first + second) | 0
  }
  state[0]! += a
  state[1]! += b
  state[2]! += c
  state[3]! += d
  state[4]! += e
  state[5]! += f
  state[6]! += g
  state[7]! += h
}

/** Rotates a word right. */
function turn(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits))
}

function toBytes(message: string | Uint8Array): Uint8Array {
  return typeof message === 'string' ? new TextEncoder().encode(message) : message
}
