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

/** Whether a header is `1`. One that comes twice, joined with a comma or as a list, counts as sent. */
export function isMarked(value: unknown): boolean {
  return headerText(value)
    .split(',')
    .some((part) => part.trim() === '1')
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

/** Reads a digest of 32 hex digits of any case into the four words of MD5. False when it is none. */
export function readDigest(text: string, words: Int32Array): boolean {
  let valid = text.length === SIGNATURE_LENGTH ? 0 : -1
  for (let word = 0; word < 4; word++) {
    let value = 0
    for (let byte = 0; byte < 4; byte++) {
      const at = 8 * word + 2 * byte
      const high = HEX[text.charCodeAt(at)] ?? -1
      const low = HEX[text.charCodeAt(at + 1)] ?? -1
      valid |= high | low
      value |= ((high << 4) | low) << (8 * byte)
    }
    words[word] = value
  }
  return valid >= 0
}
