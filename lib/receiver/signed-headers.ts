import { PROBE_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER } from '../keyset/signature.ts'
import { isObject } from '../core/objects.ts'
import { isMarked } from './headers.ts'
import type { HeaderValue, RequestHeaders, SignedHeaders } from './verification.ts'

/** The two headers, and whether the request is marked as a probe. */
export interface FoundHeaders extends Partial<SignedHeaders> {
  readonly probe?: boolean
}

const NONE: FoundHeaders = {}

/** Finds the headers in whatever `verify` got: by name, or among all headers of a request. */
export function findHeaders(given: SignedHeaders | RequestHeaders | null | undefined): FoundHeaders {
  return isObject(given) && isSigned(given) ? given : requestHeaders(given)
}

/** A request may also have headers with these names. */
function isSigned(given: SignedHeaders | RequestHeaders): given is SignedHeaders {
  if (!('timestamp' in given || 'signature' in given)) return false
  for (const name in given) {
    if (name.length === TIMESTAMP_HEADER.length && name.toLowerCase() === TIMESTAMP_HEADER) return false
  }
  return true
}

/** The headers among those of a request, by their names in any case. One that appears twice is a list. */
export function requestHeaders(headers: RequestHeaders | null | undefined): FoundHeaders {
  if (!isObject(headers)) return NONE
  if (hasGet(headers)) {
    return {
      timestamp: headers.get(TIMESTAMP_HEADER),
      signature: headers.get(SIGNATURE_HEADER),
      probe: isMarked(headers.get(PROBE_HEADER)),
    }
  }
  let timestamp: HeaderValue
  let signature: HeaderValue
  let probe: HeaderValue
  for (const name in headers) {
    if (name.length !== SIGNATURE_HEADER.length && name.length !== PROBE_HEADER.length) continue
    const lower = name.toLowerCase()
    if (lower === TIMESTAMP_HEADER) timestamp = both(timestamp, headers[name])
    else if (lower === SIGNATURE_HEADER) signature = both(signature, headers[name])
    else if (lower === PROBE_HEADER) probe = both(probe, headers[name])
  }
  return { timestamp, signature, probe: probe !== undefined && isMarked(probe) }
}

function hasGet(given: object): given is { get(name: string): string | null | undefined } {
  return 'get' in given && typeof given.get === 'function'
}

function both(one: HeaderValue, other: HeaderValue): HeaderValue {
  return one === undefined || one === null ? other : [one, other ?? []].flat()
}

/** E.g. `HTTP_ALI_LIVE_TIMESTAMP` of CGI, or `aliLiveTimestamp`. */
const ALIKE = /^[\w.-]{0,20}ali[_.-]?live[_.-]?timestamp$/i

/** What the caller may have meant if there is no timestamp in the argument; undefined if it was just not sent. */
export function hintFor(given: unknown): string | undefined {
  const was = 'verify() was given '
  if (!isObject(given) || Array.isArray(given)) {
    const kind = Array.isArray(given) ? 'a list' : typeof given
    const what = given === null ? 'null' : kind
    return `${was + what}: pass the headers of the request, or { timestamp, signature }`
  }
  if ('then' in given) return `${was}a promise: await the headers first`
  if ('headers' in given) return `${was}a request: pass request.headers`
  const alike = Object.keys(given).find((name) => ALIKE.test(name))
  return (
    alike &&
    `the timestamp is under "${alike}": pass { timestamp, signature }, or headers under their own names`
  )
}
