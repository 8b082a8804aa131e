import type { HeaderValue, RejectReason } from './verification.ts'

/** How many hex digits an MD5 has. */
export const SIGNATURE_LENGTH = 32

/** The header's one text. Several become one with commas in it, as most servers join them; '' when there is none. */
export function headerText(value: HeaderValue | number): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return String(value)
  return value?.join(',') ?? ''
}

/** What is wrong with a timestamp header, or null. */
export function timestampFault(text: string): RejectReason | null {
  // Eleven digits of seconds last until the year 5138; thirteen would be milliseconds.
  if (/^[1-9]\d{0,10}$/.test(text)) return null
  if (text === '') return 'missingTimestamp'
  return text.includes(',') ? 'repeatedTimestamp' : 'malformedTimestamp'
}

/** Writes the signature's digits in lower case into `digits`; says what is wrong with it, or null. */
export function readSignature(text: string, digits: Uint8Array): RejectReason | null {
  if (text.length === SIGNATURE_LENGTH) {
    let index = 0
    for (; index < SIGNATURE_LENGTH; index++) {
      const code = text.charCodeAt(index)
      const lower = code | 0x20
      if (!((code >= 0x30 && code <= 0x39) || (lower >= 0x61 && lower <= 0x66))) break
      digits[index] = lower
    }
    if (index === SIGNATURE_LENGTH) return null
  }
  if (text === '') return 'missingSignature'
  return text.includes(',') ? 'repeatedSignature' : 'malformedSignature'
}
