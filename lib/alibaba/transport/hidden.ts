import { parsedJson } from '../../core/json.ts'
import { isObject } from '../../core/objects.ts'

/** A shorter text may be part of another one by chance. */
const LEAST_LENGTH = 8

/**
 * The secrets in a value that is sent: the value itself, and every key in it if it is a keyset. A server may quote part
 * of what it received.
 */
export function secretsIn(value: string): string[] {
  const found = new Set([value])
  const look = (node: unknown): void => {
    if (!isObject(node)) return
    for (const [name, inner] of Object.entries(node)) {
      if (name === 'key' && typeof inner === 'string' && inner !== '') found.add(inner)
      else look(inner)
    }
  }
  look(parsedJson(value))
  return [...found]
}

/** Whether `text` quotes one of `hidden`: as it is, or as JSON writes it; a short one only as a whole word. */
export function quotes(text: string, hidden: readonly string[]): boolean {
  return hidden.some((secret) => {
    if (secret === '') return false
    const forms = [secret, JSON.stringify(secret).slice(1, -1)]
    return forms.some((form) => (form.length < LEAST_LENGTH ? hasWord(text, form) : text.includes(form)))
  })
}

/** The same for a code or an id: a short secret counts only if it is all of it. */
export function isOrQuotes(text: string, hidden: readonly string[]): boolean {
  return hidden.some((secret) => text === secret || (secret.length >= LEAST_LENGTH && text.includes(secret)))
}

/** Whether `word` is in the text as a whole word. */
function hasWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const edges = [text.charAt(at - 1) + word.charAt(0), word.slice(-1) + text.charAt(at + word.length)]
    if (!edges.some((edge) => /^[\p{L}\p{N}]{2}$/u.test(edge))) return true
  }
  return false
}
