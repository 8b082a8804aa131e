import { fieldsOf } from './objects.ts'

/** The value of a JSON text; undefined for any other text, without the parser's error, which quotes it. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The fields of a JSON object; none for any other text. */
export function jsonFields(text: string): Readonly<Record<string, unknown>> {
  return fieldsOf(parsedJson(text))
}
