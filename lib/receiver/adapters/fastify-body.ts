import type { IncomingMessage } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'

type Headers = FastifyRequest['headers']

/** Fastify's own default. */
const BODY_LIMIT = 1_048_576
const JSON_TYPE = 'application/json'
const MEDIA_TYPE = /^([^\s/;,]+\/[^\s/;,]+)(\s*;\s*[\w-]+=("[^"\\]*"|[\w.-]+))*$/
const NO_BODY = { 'content-type': undefined, 'content-length': undefined, 'transfer-encoding': undefined }

/** The headers, as they were sent, of a request whose body was read here. */
const SENT = Symbol('headers as they were sent')

interface ReadRequest extends FastifyRequest {
  [SENT]?: Headers
}

/**
 * A `preParsing` hook: Fastify answers 4xx if no parser knows a body's type, or if its JSON is malformed. So such bodies
 * are read here, and Fastify sees the headers of a request without a body. Valid JSON is parsed; anything else becomes a
 * Buffer. Types for which the instance has another parser are left to that parser.
 */
export function readBody(
  request: ReadRequest,
  _reply: FastifyReply,
  _payload: unknown,
  done: (error?: Error) => void,
): void {
  const { headers, raw } = request
  const kind = kindOf(request, headers)
  const limit = bodyLimit(request)
  if (kind === 'parsers' || raw.readableEnded || Number(headers['content-length']) > limit) {
    done()
    return
  }
  collect(raw, limit, done, (body) => {
    request.body = kind === 'json' ? parsed(body) : body
    request[SENT] = headers
    // Fastify itself merges them over those of the raw request.
    request.headers = headers === raw.headers ? NO_BODY : { ...headers, ...NO_BODY }
    done()
  })
}

/** A `preValidation` hook: from here on the headers appear as they were sent. */
export function showHeaders(request: ReadRequest, _reply: FastifyReply, done: () => void): void {
  const headers = request[SENT]
  // Without them, those of the raw request are visible.
  if (headers !== undefined)
    Reflect.set(request, 'headers', headers === request.raw.headers ? undefined : headers)
  done()
}

/** Fastify before 4.10 does not say. */
interface RoutedRequest extends Pick<FastifyRequest, 'server' | 'url'> {
  readonly routeOptions?: { readonly bodyLimit?: number }
}

/** The limit of each instance's latest route: Fastify 4 recreates `routeOptions`, which takes longer than verifying. */
const limits = new WeakMap<FastifyRequest['server'], { readonly url: string; readonly limit: number }>()

function bodyLimit(request: RoutedRequest): number {
  const { server, url } = request
  const latest = limits.get(server)
  if (latest?.url === url) return latest.limit
  const limit = request.routeOptions?.bodyLimit ?? BODY_LIMIT
  limits.set(server, { url, limit })
  return limit
}

/** Instances with a JSON parser: looking it up for each request takes as long as parsing. */
const parsing = new WeakSet<FastifyRequest['server']>()

function parsesJson(server: FastifyRequest['server']): boolean {
  if (parsing.has(server)) return true
  if (!server.hasContentTypeParser(JSON_TYPE)) return false
  parsing.add(server)
  return true
}

/** How to treat a body: as JSON, as bytes, or as something that the instance's parsers know. */
function kindOf({ server }: FastifyRequest, headers: Headers): 'json' | 'bytes' | 'parsers' {
  const type = headers['content-type']
  if (type === JSON_TYPE && parsesJson(server)) return 'json'
  const catchAll = server.hasContentTypeParser('')
  if (type === undefined) {
    const empty = headers['transfer-encoding'] === undefined && !(Number(headers['content-length']) > 0)
    return empty || catchAll ? 'parsers' : 'bytes'
  }
  const name = MEDIA_TYPE.exec(type)?.[1]?.toLowerCase()
  if (name === undefined) return 'bytes'
  if (server.hasContentTypeParser(name)) return name === JSON_TYPE ? 'json' : 'parsers'
  return catchAll || server.hasContentTypeParser(type) ? 'parsers' : 'bytes'
}

function collect(
  raw: IncomingMessage,
  limit: number,
  failed: (error: Error) => void,
  done: (body: Buffer) => void,
): void {
  const chunks: Buffer[] = []
  let length = 0
  const add = (chunk: Buffer): void => {
    length += chunk.length
    if (length <= limit) chunks.push(chunk)
    else fail(Object.assign(new Error('the body is too large'), { statusCode: 413 }))
  }
  const end = (): void => done(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks))
  const fail = (error: Error): void => {
    raw.off('data', add).off('end', end).off('error', fail)
    failed(error)
  }
  raw.on('data', add).on('end', end).on('error', fail)
}

/** The parsed value; the bytes if it is not JSON, or would set a prototype when it is copied. */
function parsed(body: Buffer): unknown {
  const text = body.toString()
  const odd: string[] = []
  const look = (name: string, value: unknown): unknown => {
    if (name === '__proto__' || (name === 'constructor' && typeof value === 'object')) odd.push(name)
    return value
  }
  try {
    const value: unknown = JSON.parse(text, /__proto__|constructor|\\u00/.test(text) ? look : undefined)
    return odd.length === 0 ? value : body
  } catch {
    return body
  }
}
