/** The prefix of Node's debug lines: `HTTP 4711: `, `UNDICI 4711: `. */
const DEBUG_LINE = /^[A-Z][A-Z0-9_-]* \d+: /

/**
 * With `NODE_DEBUG` set, Node prints its requests, which contain the URLs of webhooks and the security token of the
 * credentials. Drops those lines from `stderr` and keeps everything else.
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
