import { parsedJson } from '../../core/json.ts'
import { isObject } from '../../core/objects.ts'

/**
 * The fields of an HTTP trigger's event (Function Compute 3.0) that are used here. Source: the documentation's "Use an HTTP
 * trigger to invoke a function".
 */
export interface FcHttpEvent {
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly isBase64Encoded?: boolean
  readonly rawPath?: string
  readonly queryParameters?: Readonly<Record<string, string>>
}

export interface FcHttpResponse {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly isBase64Encoded: boolean
  readonly body: string
}

/** The event of an invocation; null if it does not come from an HTTP trigger. */
export function readFcEvent(event: Uint8Array | string): FcHttpEvent | null {
  const parsed = parsedJson(typeof event === 'string' ? event : Buffer.from(event).toString('utf8'))
  return isHttpEvent(parsed) ? parsed : null
}

function isHttpEvent(value: unknown): value is FcHttpEvent {
  return isObject(value) && 'headers' in value && isObject(value.headers)
}

/** The raw body of an event. */
export function fcBody(event: FcHttpEvent): Buffer {
  return Buffer.from(event.body ?? '', event.isBase64Encoded === true ? 'base64' : 'utf8')
}

/** A header of an event. Names come in any case. */
export function fcHeader(event: FcHttpEvent, name: string): string | undefined {
  return Object.entries(event.headers).find(([given]) => given.toLowerCase() === name)?.[1]
}

/** An answer without a body. Function Compute always gets the whole object. */
export function fcAnswer(statusCode: number, headers: Readonly<Record<string, string>> = {}): FcHttpResponse {
  return { statusCode, headers, isBase64Encoded: false, body: '' }
}
