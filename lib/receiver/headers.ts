import type { RejectReason } from './verification.ts'

/** How many hex digits an MD5 has. */
const SIGNATURE_LENGTH = 32
/** Eleven digits of seconds last until the year 5138; thirteen would be milliseconds. */
const TIMESTAMP_LENGTH = 11

/** What stands for a value that no header can have: it is malformed as a timestamp and as a signature. */
const NO_HEADER = '?'

/**
 * The header's one text. Several become one with commas in it, as most servers join them; '' when there is none. Takes
 * any value: JavaScript hands over whatever it was given, and that must be rejected, never thrown at.
 */
export function headerText(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return String(value)
  if (value === undefined || value === null) return ''
  if (!Array.isArray(value)) return NO_HEADER
  return value.map((item) => (typeof item === 'string' ? item : NO_HEADER)).join(',')
}

/** The seconds of a timestamp header; NaN when they are not plain digits without a leading zero. */
export function readTimestamp(text: string): number {
  if (text.length > TIMESTAMP_LENGTH || text === '' || text.startsWith('0')) return NaN
  let seconds = 0
  for (let index = 0; index < text.length; index++) {
    const digit = text.charCodeAt(index) - 0x30
    if (digit < 0 || digit > 9) return NaN
    seconds = seconds * 10 + digit
  }
  return seconds
}

/** What is wrong with a timestamp header that cannot be read. */
export function timestampFault(text: string): RejectReason {
  if (text === '') return 'missingTimestamp'
  return text.includes(',') ? 'repeatedTimestamp' : 'malformedTimestamp'
}

/** What is wrong with a signature header, or null. */
export function signatureFault(text: string): RejectReason | null {
  if (/^[0-9a-f]{32}$/i.test(text)) return null
  if (text === '') return 'missingSignature'
  return text.includes(',') ? 'repeatedSignature' : 'malformedSignature'
}

/** The value of a hex digit by its character code. */
const HEX = new Int8Array(128).fill(-1)
for (let value = 0; value < 16; value++) {
  const digit = value.toString(16)
  HEX[digit.charCodeAt(0)] = value
  HEX[digit.toUpperCase().charCodeAt(0)] = value
}

/**
 * Whether `given`, hex of any case, is the `digest`, its bytes as Latin-1 text. What is no hex digit makes it differ.
 * Takes the same time wherever they differ: no branch, and no place in memory, depends on the digest.
 */
export function sameDigest(digest: string, given: string): boolean {
  let difference = given.length ^ SIGNATURE_LENGTH
  for (let index = 0; index < SIGNATURE_LENGTH / 2; index++) {
    const high = HEX[given.charCodeAt(2 * index)] ?? -1
    const low = HEX[given.charCodeAt(2 * index + 1)] ?? -1
    difference |= digest.charCodeAt(index) ^ ((high << 4) | low)
  }
  return difference === 0
}
