/** What a handler returned: JSON where it is JSON. */
export function parsedOrText(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}
