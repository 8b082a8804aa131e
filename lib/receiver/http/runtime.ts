/** A variable of the environment; undefined where it is empty, or where the runtime has no environment. */
export function environment(name: string): string | undefined {
  return typeof process === 'undefined' ? undefined : process.env[name] || undefined
}

/** One of the variables about proxies, which many systems write in lower case. */
export function proxyVariable(name: 'HTTPS_PROXY' | 'NO_PROXY'): string | undefined {
  return environment(name) ?? environment(name.toLowerCase())
}
