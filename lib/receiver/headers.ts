/** An MD5 as hex. */
const DIGEST_LENGTH = 32
/** Eleven digits of seconds last until the year 5138; thirteen would be milliseconds. */
const TIMESTAMP_LENGTH = 11

/** Stands for a value that no header can have: it is malformed both as a timestamp and as a signature. */
const NO_HEADER = '?'

/**
 * The header as one text. Several are joined with commas, as most servers do; '' if there is none. Accepts any value,
 * because JavaScript callers may pass anything, which must be rejected without throwing.
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
  return /(^|,)\s*1\s*(,|$)/.test(headerText(value))
}

/** The seconds of a timestamp header; NaN unless they are plain digits without a leading zero. */
export function readTimestamp(text: string): number {
  // An empty text and a leading zero sort before '1'.
  if (text.length > TIMESTAMP_LENGTH || text < '1') return NaN
  let seconds = 0
  for (let index = 0; index < text.length; index++) {
    const digit = text.charCodeAt(index) - 0x30
    if (digit < 0 || digit > 9) return NaN
    seconds = seconds * 10 + digit
  }
  return seconds
}

/** What is wrong with an unreadable header. */
export function headerFault<N extends 'Timestamp' | 'Signature'>(
  name: N,
  text: string,
): `${'missing' | 'repeated' | 'malformed'}${N}` {
  if (text === '') return `missing${name}`
  return text.includes(',') ? `repeated${name}` : `malformed${name}`
}

/** The value of a hex digit of any case, by character code; -1 for any other character. */
const DIGITS = Int8Array.from({ length: 128 }, (_, code) =>
  '0123456789abcdef'.indexOf(String.fromCharCode(code).toLowerCase()),
)

/** Reads a digest of 32 hex digits of any case into the four words of MD5. Returns false if it is not one. */
export function readDigest(text: string, words = new Int32Array(4)): boolean {
  if (text.length !== DIGEST_LENGTH) return false
  let digits = 0
  for (let at = 0; at < 4; at++) {
    let word = 0
    for (let index = 0; index < 8; index++) {
      const digit = DIGITS[text.charCodeAt(8 * at + index)] ?? -1
      digits |= digit
      // A word's bytes start with the lowest, a byte's digits with the highest.
      word |= digit << ((index * 4) ^ 4)
    }
    words[at] = word
  }
  return digits >= 0
}
