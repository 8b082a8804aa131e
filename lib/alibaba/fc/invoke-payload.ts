import { parsedJson } from '../../core/json.ts'

/** A handler's return value: parsed if it is JSON, else the text. */
export function parsedOrText(body: string): unknown {
  const value = parsedJson(body)
  return value === undefined ? body : value
}
