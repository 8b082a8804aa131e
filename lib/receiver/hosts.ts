/**
 * The hosts that a callback may be signed with, for the hosts of the callback URLs as they are configured: each as it
 * stands, in lower case, and without its port. The documents do not say whether Live signs the port.
 *
 * @throws TypeError when `host` is not a host name with or without a port.
 */
export function signedHosts(host: string | readonly string[]): readonly string[] {
  const given = typeof host === 'string' ? [host] : host
  if (!Array.isArray(given) || given.length === 0) throw new TypeError('"host" must name at least one host')
  const hosts = given.flatMap((name: unknown) => {
    if (typeof name !== 'string' || !/^(\[[0-9a-f:.]+\]|[^\s/|:@?#[\]]+)(:\d{1,5})?$/i.test(name)) {
      throw new TypeError(
        '"host" must be the host of the callback URL, such as hooks.example.com or hooks.example.com:8443',
      )
    }
    return [name, name.replace(/:\d+$/, '')]
  })
  return [...new Set(hosts.flatMap((name) => [name, name.toLowerCase()]))]
}
