import type { IncomingMessage } from 'node:http'
import type { FastifyRequest } from 'fastify'

/** Fastify's own default. */
const BODY_LIMIT = 1_048_576
const MEDIA_TYPE = /^([^\s/;,]+\/[^\s/;,]+)(\s*;\s*[\w-]+=("[^"\\]*"|[\w.-]+))*$/
const JSON_TYPE = 'application/json'

/** Headers as they were sent, of requests that Fastify is kept from parsing. */
const sent = new WeakMap<FastifyRequest, FastifyRequest['headers']>()

/**
 * A `preParsing` hook: Fastify answers 4xx where no parser knows the type of a body, or its JSON is none. The body of
 * such a request becomes a Buffer here, and Fastify is shown headers of a request without one.
 */
export async function readUnparsable(request: FastifyRequest): Promise<void> {
  const { headers, raw } = request
  const type = headers['content-type']
  if (
    type === undefined &&
    headers['transfer-encoding'] === undefined &&
    !(Number(headers['content-length']) > 0)
  )
    return
  const parser = parserOf(request, type)
  if (parser === 'own' || raw.readableEnded) return
  const body = await whole(raw, bodyLimit(request))
  if (body === null) return
  if (parser === 'json' && isPlainJson(body.toString())) {
    raw.unshift(body)
    return
  }
  request.body = body
  sent.set(request, headers)
  request.headers = {
    ...headers,
    'content-type': undefined,
    'content-length': undefined,
    'transfer-encoding': undefined,
  }
}

/** A `preValidation` hook: from here on the headers are seen as they were sent. */
export async function showHeaders(request: FastifyRequest): Promise<void> {
  const headers = sent.get(request)
  if (headers !== undefined) request.headers = headers
}

/** Fastify before 4.10 does not tell. */
function bodyLimit({ routeOptions }: { readonly routeOptions?: { readonly bodyLimit?: number } }): number {
  return routeOptions?.bodyLimit ?? BODY_LIMIT
}

/** Who parses bodies of this type: Fastify or a parser of its user's, after a look at what they get if it is JSON. */
function parserOf({ server }: FastifyRequest, type: string | undefined): 'json' | 'own' | 'none' {
  const catchAll = server.hasContentTypeParser('')
  if (type === undefined) return catchAll ? 'own' : 'none'
  const name = MEDIA_TYPE.exec(type)?.[1]?.toLowerCase()
  if (name === undefined) return 'none'
  if (!server.hasContentTypeParser(name)) {
    return catchAll || server.hasContentTypeParser(type) ? 'own' : 'none'
  }
  return name === JSON_TYPE ? 'json' : 'own'
}

/** The whole body; null when it is too large, or does not come: then all of it is left to Fastify. */
function whole(raw: IncomingMessage, limit: number): Promise<Buffer | null> {
  return new Promise((resolve) => {
    const announced = Number(raw.headers['content-length'])
    const chunks: Buffer[] = []
    let length = 0
    const settle = (body: Buffer | null): void => {
      raw.off('readable', look).off('end', end).off('error', fail).off('close', fail)
      resolve(body)
    }
    const fail = (): void => settle(null)
    const end = (): void => settle(Buffer.concat(chunks))
    const look = (): void => {
      for (let chunk = raw.read() as Buffer | null; chunk !== null; chunk = raw.read() as Buffer | null) {
        chunks.push(chunk)
        length += chunk.length
      }
      if (length > limit) {
        raw.unshift(Buffer.concat(chunks))
        settle(null)
      } else if (raw.complete || length === announced) end()
    }
    raw.on('readable', look).on('end', end).on('error', fail).on('close', fail)
    if (raw.complete) look()
  })
}

/** Whether Fastify's parser takes it: not where it would set a prototype. */
function isPlainJson(text: string): boolean {
  let plain = true
  const look = (name: string, value: unknown): unknown => {
    if (name === '__proto__' || (name === 'constructor' && typeof value === 'object')) plain = false
    return value
  }
  try {
    JSON.parse(text, /__proto__|constructor|\\u00/.test(text) ? look : undefined)
    return plain
  } catch {
    return false
  }
}
