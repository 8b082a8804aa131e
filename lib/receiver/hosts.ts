import { parseUrl } from '../core/safe-address.ts'

/** An IPv6 address, or labels of at most 63 characters, each followed by a dot or the end; optionally a port. */
const HOST = /^(?:\[[0-9a-f:.]+\]|(?=.{1,259}$)(?:\w(?:[\w-]{0,61}\w)?(?:\.|(?=:|$)))+)(?::[1-9]\d{0,4})?$/i

/** Whether `name` can be the host of a URL, with or without a port, and is written as in the URL. */
export function isHost(name: unknown): name is string {
  if (typeof name !== 'string' || !HOST.test(name)) return false
  // `URL` drops the scheme's default port, but it may well be configured.
  const scheme = name.endsWith(':80') ? 'https' : 'http'
  return parseUrl(`${scheme}://${name}`)?.host === name.toLowerCase()
}

/**
 * The hosts that a callback may be signed with, for the configured hosts of the callback URLs: each as configured, in lower
 * case, and without its port. The documents do not say whether Live signs the port.
 *
 * @throws TypeError if `host` is not a host name with or without a port: no callback could ever be accepted.
 */
export function signedHosts(host: string | readonly string[]): readonly string[] {
  const given = typeof host === 'string' ? [host] : host
  if (!Array.isArray(given) || given.length === 0) throw new TypeError('"host" must name at least one host')
  const hosts = given.flatMap((name: unknown) => {
    if (!isHost(name)) {
      throw new TypeError(
        '"host" must be the host of the callback URL, such as hooks.example.com or hooks.example.com:8443; pass several as a list',
      )
    }
    const bare = name.replace(/:\d+$/, '')
    return [name, bare, name.toLowerCase(), bare.toLowerCase()]
  })
  return [...new Set(hosts)]
}
