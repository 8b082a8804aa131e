import type { IncomingHttpHeaders } from 'node:http'
import { isLoopback } from '../../core/safe-address.ts'

/**
 * Why a request is not answered, whatever its path; null where it is. A web page that is open in a browser must not
 * steer the local cloud, neither by a name of its own that leads here (`Host`) nor across sites (`Origin`,
 * `Sec-Fetch-Site`).
 *
 * @param productHosts - Names of products that an SDK writes into `Host` although it was told another address.
 */
export function refusalOf(headers: IncomingHttpHeaders, productHosts: readonly RegExp[]): string | null {
  const { host = '', origin, 'sec-fetch-site': site } = headers
  if (origin !== undefined || (site !== undefined && site !== 'none')) return 'not for web pages'
  if (isThisMachine(host) || productHosts.some((form) => form.test(host))) return null
  return 'the Host of a request must be this machine: 127.0.0.1 or localhost'
}

/**
 * `localhost` and loopback addresses, with a port or without. There may be a label before them: no page can have such
 * a name, as `localhost` is never looked up, and a name that ends in a number is no name.
 */
function isThisMachine(host: string): boolean {
  const [name = ''] = /^(\[[\da-f:]+\]|[^:[\]@/?#\\\s]+)(?=:\d+$|$)/i.exec(host) ?? []
  const hostname = name.toLowerCase()
  return isLoopback({ hostname }) || /^[a-z\d-]+\.(localhost|127(\.\d{1,3}){3})$/.test(hostname)
}
