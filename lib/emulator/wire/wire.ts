import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

export type Pairs = readonly (readonly [name: string, value: string])[]

/** An incoming request, decoded as far as signature checks need it. Never print it: it may contain keys. */
export interface WireRequest {
  readonly method: string
  /** Still percent-encoded, without the query. */
  readonly path: string
  readonly query: Pairs
  /** The fields of an urlencoded body; empty for any other kind of body. */
  readonly form: Pairs
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export interface WireAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Buffer
}

/** Reads all of `incoming`. Rejects if the connection breaks before that. */
export async function readRequest(incoming: IncomingMessage): Promise<WireRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk as Uint8Array))
  const body = Buffer.concat(chunks)
  const [path = '/', query = ''] = splitOnce(incoming.url ?? '/', '?')
  const isForm = header(incoming.headers, 'content-type').startsWith('application/x-www-form-urlencoded')
  return {
    method: incoming.method ?? 'GET',
    path,
    query: pairsOf(query),
    form: isForm ? pairsOf(body.toString('utf8')) : [],
    headers: incoming.headers,
    body,
  }
}

/** One header as text: empty if missing, joined if repeated. */
export function header(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name]
  return Array.isArray(value) ? value.join(',') : (value ?? '')
}

/**
 * Percent-encodes as Alibaba's signatures do (RFC 3986). Clients may leave `*` and `'()` unencoded, so a verifier
 * decodes and encodes again.
 */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** `a=1&b=2`, sorted by name and strictly encoded. */
export function canonicalQuery(pairs: Pairs): string {
  return pairs
    .toSorted(([a], [b]) => Number(a > b) - Number(a < b))
    .map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`)
    .join('&')
}

function pairsOf(text: string): Pairs {
  return [...new URLSearchParams(text)]
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)]
}
