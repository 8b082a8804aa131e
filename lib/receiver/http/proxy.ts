import { RotatorError } from '../../core/errors.ts'
import { parseUrl } from '../../core/safe-address.ts'
import { isNode } from './node.ts'
import { proxyVariable } from './runtime.ts'

/**
 * The proxy of `HTTPS_PROXY` for an address, unless `NO_PROXY` exempts it; null for none. Bun and Deno heed the two
 * themselves. Plain http stays on this machine, or goes to the metadata service of the instance.
 *
 * @throws RotatorError `config` when `HTTPS_PROXY` is no address; it is not repeated, for it may hold a password.
 */
export function proxyFor(url: URL): URL | null {
  if (url.protocol !== 'https:' || !isNode()) return null
  const given = proxyVariable('HTTPS_PROXY')
  if (given === undefined || isExempt(url, proxyVariable('NO_PROXY') ?? '')) return null
  const proxy = parseUrl(given.includes('://') ? given : `http://${given}`)
  if (proxy === null || !/^https?:$/.test(proxy.protocol)) {
    throw new RotatorError('config', 'HTTPS_PROXY must be an address such as http://proxy.example.com:3128')
  }
  return proxy
}

/** Entries are hosts, which stand for what is below them too, with or without a port; `*` is everything. */
function isExempt({ hostname, port }: URL, list: string): boolean {
  return list.split(/[\s,]+/).some((entry) => {
    const [, host = '', onlyPort] = /^(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? []
    if (host === '') return false
    if (onlyPort !== undefined && onlyPort !== (port || '443')) return false
    const name = host.replace(/^\*?\.?/, '')
    return host === '*' || hostname === name || hostname.endsWith(`.${name}`)
  })
}
