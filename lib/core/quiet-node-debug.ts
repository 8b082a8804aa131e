/** How Node begins what it says of itself: `HTTP 4711: `, `UNDICI 4711: `. */
const DEBUG_LINE = /^[A-Z][A-Z0-9_-]* \d+: /

/**
 * Where the environment says `NODE_DEBUG`, Node prints the requests that it makes: URLs of webhooks and the security
 * token of the credentials. Leaves those lines out of `stderr`; whatever else is written there stays.
 */
export function quietNodeDebug(
  env: Readonly<Record<string, string | undefined>> = process.env,
  stderr: NodeJS.WritableStream = process.stderr,
): void {
  if ((env['NODE_DEBUG'] ?? '') === '') return
  const write = stderr.write.bind(stderr)
  stderr.write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    if (typeof chunk === 'string' && DEBUG_LINE.test(chunk)) return true
    return Reflect.apply(write, stderr, [chunk, ...rest]) !== false
  }
}
