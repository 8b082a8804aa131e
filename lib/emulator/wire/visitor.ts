import type { IncomingHttpHeaders } from 'node:http'
import { isLoopback } from '../../core/safe-address.ts'

/**
 * Why a request is refused, whatever its path; null if it is not. A web page in a browser must not control the
 * emulator, neither through its own host name that resolves here (`Host`) nor across sites (`Origin`,
 * `Sec-Fetch-Site`).
 *
 * @param productHosts - Products' names that an SDK sends as `Host` whatever the endpoint.
 */
export function refusalOf(headers: IncomingHttpHeaders, productHosts: readonly RegExp[]): string | null {
  const { host = '', origin, 'sec-fetch-site': site } = headers
  if (origin !== undefined || (site !== undefined && site !== 'none')) return 'not for web pages'
  if (isThisMachine(host) || productHosts.some((form) => form.test(host))) return null
  return 'the Host of a request must be this machine: 127.0.0.1 or localhost'
}

/**
 * `localhost` and loopback addresses, with a port or without. A label may precede them: no page can have such a name,
 * as `localhost` is never looked up, and no name ends in a number.
 */
function isThisMachine(host: string): boolean {
  const [name = ''] = /^(\[[\da-f:]+\]|[^:[\]@/?#\\\s]+)(?=:\d+$|$)/i.exec(host) ?? []
  const hostname = name.toLowerCase()
  return isLoopback({ hostname }) || /^[a-z\d-]+\.(localhost|127(\.\d{1,3}){3})$/.test(hostname)
}
