import type { WireAnswer } from '../wire/wire.ts'

export function json(status: number, document: unknown, requestId: string): WireAnswer {
  const headers = { 'content-type': 'application/json', 'x-fc-request-id': requestId }
  return { status, headers, body: JSON.stringify(document) }
}
