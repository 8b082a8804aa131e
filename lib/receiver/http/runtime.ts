/** A variable of the environment; undefined where it is empty, or where the runtime has no environment. */
export function environment(name: string): string | undefined {
  return typeof process === 'undefined' ? undefined : process.env[name] || undefined
}
