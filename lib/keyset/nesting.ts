/** The document is itself the first level. What is nested deeper would overflow the stack of whoever writes it again. */
export const DEEPEST = 16

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPENING = new Set([0x5b, 0x7b])
const CLOSING = new Set([0x5d, 0x7d])

/** Whether a JSON text is nested deeper than {@link DEEPEST}: in one pass, before anybody parses it. */
export function isTextTooDeep(text: string): boolean {
  let depth = 0
  let quoted = false
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (quoted) {
      if (code === BACKSLASH) index++
      else if (code === QUOTE) quoted = false
    } else if (code === QUOTE) quoted = true
    else if (OPENING.has(code)) {
      if (++depth > DEEPEST) return true
    } else if (CLOSING.has(code)) depth--
  }
  return false
}

/** The same for a value that is parsed already. */
export function isTooDeep(value: unknown, levelsLeft = DEEPEST): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levelsLeft === 0 || Object.values(value).some((inner) => isTooDeep(inner, levelsLeft - 1))
}
