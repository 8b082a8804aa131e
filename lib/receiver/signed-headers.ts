import { PROBE_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER } from '../keyset/signature.ts'
import { isMarked } from './headers.ts'
import type { HeaderValue, RequestHeaders, SignedHeaders } from './verification.ts'

/** The two headers, and whether the mark of a probe stands beside them. */
export interface FoundHeaders extends Partial<SignedHeaders> {
  readonly probe?: boolean
}

const NONE: FoundHeaders = {}

/** Finds the headers in whatever `verify` was given: by name, or among all headers of a request. */
export function findHeaders(given: SignedHeaders | RequestHeaders | null | undefined): FoundHeaders {
  if (typeof given !== 'object' || given === null) return NONE
  if (isSigned(given)) return given
  const header = hasGet(given)
    ? (name: string): HeaderValue => given.get(name)
    : (name: string): HeaderValue => valueOf(given, name)
  return {
    timestamp: header(TIMESTAMP_HEADER),
    signature: header(SIGNATURE_HEADER),
    probe: isMarked(header(PROBE_HEADER)),
  }
}

/** A request may have headers of these names, too. */
function isSigned(given: SignedHeaders | RequestHeaders): given is SignedHeaders {
  return ('timestamp' in given || 'signature' in given) && !(TIMESTAMP_HEADER in given)
}

function hasGet(given: object): given is { get(name: string): string | null | undefined } {
  return 'get' in given && typeof given.get === 'function'
}

/** The value under a name in any case; a list when it stands there more than once. */
function valueOf(headers: Readonly<Record<string, HeaderValue>>, name: string): HeaderValue {
  const names = Object.keys(headers).filter(
    (given) => given.length === name.length && given.toLowerCase() === name,
  )
  const [only = name] = names
  if (names.length < 2) return headers[only]
  return names.flatMap((given) => headers[given] ?? [])
}

/** What the caller may have meant, where there is no timestamp in what he gave; undefined where it was just not sent. */
export function hintFor(given: unknown): string | undefined {
  const expected = 'pass the headers of the request, or { timestamp, signature }'
  if (typeof given !== 'object' || given === null) {
    return `verify() was given ${given === null ? 'null' : typeof given}: ${expected}`
  }
  if (Array.isArray(given)) return `verify() was given a list: ${expected}`
  if ('then' in given) return 'verify() was given a promise: await the headers first'
  if ('headers' in given) return 'verify() was given a request: pass request.headers'
  const alike = Object.keys(given).find((name) => /^[\w.-]{1,40}$/.test(name) && isAlike(name))
  return alike === undefined
    ? undefined
    : `the timestamp stands under "${alike}": pass { timestamp, signature }, or headers under their own names`
}

/** E.g. `HTTP_ALI_LIVE_TIMESTAMP` of CGI, or `aliLiveTimestamp`. */
function isAlike(name: string): boolean {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z]/g, '')
    .endsWith('alilivetimestamp')
}
