import { codeArchive } from '../fc/settings-operations.ts'
import type { Emulator } from '../running.ts'
import type { WireAnswer, WireRequest } from '../wire/wire.ts'
import { ENDPOINTS } from './endpoints.ts'

/** Answers a request to `/_emulator/…`; null for any other path. */
export async function control(emulator: Emulator, request: WireRequest): Promise<WireAnswer | null> {
  if (!request.path.startsWith('/_emulator/')) return null
  const code = /^\/_emulator\/code\/([^/]+)$/.exec(request.path)?.[1]
  if (code !== undefined) return codeAnswer(emulator, decodeURIComponent(code))
  const name = `${request.method} ${request.path.replace(/\/$/, '')}`
  const endpoint = Object.hasOwn(ENDPOINTS, name) ? ENDPOINTS[name] : undefined
  if (endpoint === undefined) {
    return reply(404, { error: 'no such endpoint', endpoints: Object.keys(ENDPOINTS) })
  }
  try {
    const result: unknown = await endpoint(emulator, givenBy(request))
    return reply(200, result ?? { ok: true })
  } catch (error) {
    if (error instanceof TypeError) return reply(400, { error: error.message })
    throw error
  }
}

/** The JSON body, or the query without one. A parser's message would quote the body, which may contain keys. */
function givenBy({ body, query }: WireRequest): unknown {
  if (body.length === 0) return Object.fromEntries(query)
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw new TypeError('the body must be a JSON object')
  }
}

/** A function's code, as OSS would serve it. */
function codeAnswer({ functions }: Emulator, name: string): WireAnswer {
  const { function: deployed } = functions.find(null, name, 'LATEST')
  const headers = { 'content-type': 'application/zip' }
  return { status: 200, headers, body: codeArchive(deployed.config) }
}

function reply(status: number, document: unknown): WireAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json;charset=utf-8' },
    body: `${JSON.stringify(document, undefined, 2)}\n`,
  }
}
