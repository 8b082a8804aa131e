import { fieldsOf } from '../../core/objects.ts'
import { isOrQuotes, quotes } from './hidden.ts'

/** The facts in a failed call's error, from any generation of the SDKs. Contains nothing of the request. */
export interface VendorError {
  /** The server's code, e.g. `Forbidden.ResourceNotFound`; undefined if no answer could be read. */
  readonly code: string | undefined
  readonly status: number | undefined
  /** The server's own words, if they can be shown. */
  readonly message: string | undefined
  readonly requestId: string | undefined
  readonly retryAfterMs: number | undefined
  /** The RAM action that the server found missing. */
  readonly missingAction: string | undefined
  /** How the call failed without an answer: an errno such as `ECONNRESET`, or the class of the error. */
  readonly failure: string
}

/** E.g. `ECONNRESET`, `CERT_HAS_EXPIRED`, `HPE_INVALID_CONSTANT`. */
export const NODE_CODE = /^[A-Z][A-Z0-9_]*$/

/** A UUID, or `1-65dd9ece-123e1745-e6b2fe71423f` as Function Compute 3.0 has it. */
const REQUEST_ID =
  /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|1-[0-9a-f]{8}(-[0-9a-f]{8}-[0-9a-f]{12}|-[0-9a-f]{24}))$/i

const LONGEST_MESSAGE = 200

/**
 * Reads the facts out of an error of `@alicloud/openapi-core` (2024), of the rpc-client under `@alicloud/kms20160120`
 * 1.x (2020), of `@alicloud/pop-core` (2017), or of Node's network. The error itself must go no further: its message
 * and fields hold the request, in pop-core even the URL with all parameters.
 *
 * @param hidden - Secret values that the call carried; text that contains one of them is dropped.
 */
export function readVendorError(error: unknown, hidden: readonly string[]): VendorError {
  const fields = record(error)
  const body = record(fields['data'])
  const code = text(body['Code']) ?? text(body['code']) ?? answeredCode(fields)
  const requestId = text(body['RequestId']) ?? text(body['requestId']) ?? text(fields['requestId'])
  const message = text(body['Message']) ?? text(body['message'])
  const detail = record(fields['accessDeniedDetail'] ?? body['AccessDeniedDetail'])
  return {
    code: shown(code, /^[A-Za-z]{1,48}([._-][A-Za-z]{1,48}){0,5}$/, hidden),
    status:
      number(fields['statusCode']) ?? number(body['HttpStatus']) ?? statusInMessage(text(fields['message'])),
    message: message === undefined ? undefined : cleanMessage(message, hidden),
    requestId: shown(requestId, REQUEST_ID, hidden),
    retryAfterMs: number(fields['retryAfter']),
    missingAction: shown(text(detail['AuthAction']), /^[a-z][a-z-]*:[A-Za-z]+$/, hidden),
    failure: shown(text(fields['code']) ?? text(fields['name']), /^[A-Za-z_0-9]{1,64}$/, hidden) ?? 'unknown',
  }
}

/** Errors of Node's network have a code too, all in capitals; the server's are in camel case. */
function answeredCode(fields: Readonly<Record<string, unknown>>): string | undefined {
  const code = text(fields['code'])
  if (code === undefined || code === 'undefined' || NODE_CODE.test(code)) return undefined
  // The 2020 generation adds `Error` to every code.
  return code.replace(/Error$/, '')
}

/** `code: 404, Resource not found …`: where the 2020 generation keeps the status. */
function statusInMessage(message: string | undefined): number | undefined {
  const status = message?.match(/(?:^|: )code: ([1-5]\d\d),/)?.[1]
  return status === undefined ? undefined : Number(status)
}

/**
 * The server's words without anything that may be a secret. Drops a message that quotes the request, as that of
 * SignatureDoesNotMatch does.
 */
function cleanMessage(message: string, hidden: readonly string[]): string | undefined {
  if (/:\/\/|[=&%]|string to sign/i.test(message) || quotes(message, hidden)) return undefined
  const cleaned = message
    .replace(/[^\s"',;:.]{12,}/g, (word) =>
      looksLikeKey(word) || hidden.some((secret) => secret.includes(word)) ? '…' : word,
    )
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
  return cleaned === '' ? undefined : cleaned.slice(0, LONGEST_MESSAGE)
}

function looksLikeKey(word: string): boolean {
  return word.length >= 48 || (/\d/.test(word) && /[A-Za-z]/.test(word))
}

function shown(value: string | undefined, form: RegExp, hidden: readonly string[]): string | undefined {
  return value !== undefined && form.test(value) && !isOrQuotes(value, hidden) ? value : undefined
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  const fields = fieldsOf(value)
  // An error's name and message are not among its entries.
  return value instanceof Error ? { ...fields, name: value.name, message: value.message } : fields
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}
