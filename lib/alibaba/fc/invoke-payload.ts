/** A handler's return value: parsed if it is JSON, else the text. */
export function parsedOrText(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}
