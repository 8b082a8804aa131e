import { RotatorError } from '../../core/errors.ts'
import { isSafeForKeys } from '../../core/safe-address.ts'

/** A server in the two parts that the SDKs take. */
export interface Endpoint {
  readonly protocol: 'http' | 'https'
  /** Host, with the port unless it is the default. */
  readonly host: string
}

/**
 * Parses `scheme://host[:port]`. Allows plain http on this machine only: requests carry credentials and keys.
 *
 * @throws RotatorError `config`
 *
 * @example
 * ```ts
 * parseEndpoint('http://127.0.0.1:4710') // { protocol: 'http', host: '127.0.0.1:4710' }
 * ```
 */
export function parseEndpoint(endpoint: string): Endpoint {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null
  if (url === null || url.host === '' || url.origin !== endpoint.toLowerCase().replace(/\/$/, '')) {
    throw new RotatorError(
      'config',
      'an endpoint must be scheme://host or scheme://host:port, and nothing else',
    )
  }
  if (isSafeForKeys(url)) return { protocol: url.protocol === 'http:' ? 'http' : 'https', host: url.host }
  throw new RotatorError(
    'config',
    `the endpoint ${url.origin} must be https; http is allowed for a server on this machine only`,
  )
}
