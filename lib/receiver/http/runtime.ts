/** An environment variable; undefined if it is empty, or if the runtime has no environment. */
export function environment(name: string): string | undefined {
  return typeof process === 'undefined' ? undefined : process.env[name] || undefined
}

/** One of the proxy variables, which many systems write in lower case. */
export function proxyVariable(name: 'HTTPS_PROXY' | 'NO_PROXY'): string | undefined {
  return environment(name) ?? environment(name.toLowerCase())
}
