import { RotatorError } from '../../core/errors.ts'
import { parseUrl } from '../../core/safe-address.ts'
import { isNode } from './node.ts'
import { proxyVariable } from './runtime.ts'

/**
 * The proxy in `HTTPS_PROXY` for a URL, unless `NO_PROXY` exempts it; null for none. Bun and Deno handle both variables
 * themselves. Plain http stays on this machine, or goes to the instance's metadata service.
 *
 * @throws RotatorError `config` if `HTTPS_PROXY` is not a URL; the message does not repeat it, as it may hold a password.
 */
export function proxyFor(url: URL): URL | null {
  if (url.protocol !== 'https:' || !isNode()) return null
  const given = proxyVariable('HTTPS_PROXY')
  if (given === undefined || isExempt(url, proxyVariable('NO_PROXY') ?? '')) return null
  const proxy = parseUrl(given.includes('://') ? given : `http://${given}`)
  if (proxy === null || !/^https?:$/.test(proxy.protocol)) {
    throw new RotatorError('config', 'HTTPS_PROXY must be a URL such as http://proxy.example.com:3128')
  }
  return proxy
}

/** Entries are hosts, with or without a port, and include their subdomains; `*` is everything. */
function isExempt({ hostname, port }: URL, list: string): boolean {
  return list.split(/[\s,]+/).some((entry) => {
    const [, host = '', onlyPort] = /^(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? []
    if (host === '') return false
    if (onlyPort !== undefined && onlyPort !== (port || '443')) return false
    const name = host.replace(/^\*?\.?/, '')
    return host === '*' || hostname === name || hostname.endsWith(`.${name}`)
  })
}
