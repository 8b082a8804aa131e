import { RotatorError, unavailable, type ErrorCode } from '../core/errors.ts'
import { isSafeForKeys } from '../core/safe-address.ts'
import { readTrust } from '../keyset/document.ts'
import { readCacheOptions, type CacheOptions } from './cache-options.ts'
import { readText } from './http/read-text.ts'
import { keysetCache } from './keyset-cache.ts'
import type { KeysetSource } from './keyset-source.ts'

const CODES: Readonly<Record<number, ErrorCode>> = { 401: 'badCredentials', 403: 'denied', 404: 'notFound' }

export interface HttpKeysetOptions extends CacheOptions {
  /** Sent with every read, e.g. an `authorization` header; a function is called for each read. */
  readonly headers?:
    | Readonly<Record<string, string>>
    | (() => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>)
}

/**
 * A keyset that your own HTTP server provides as JSON, for receivers without access to KMS. For when it reads, see
 * {@link cachedKeyset}. The document holds the keys in clear, so the URL must be `https:`, or on this machine.
 *
 * @throws TypeError for any other URL, and for one with credentials in it: they belong in `headers`.
 *
 * @example
 * ```ts
 * const keyset = httpKeyset('https://keys.internal.example.com/live', { headers: { authorization } })
 * ```
 */
export function httpKeyset(address: string | URL, options: HttpKeysetOptions = {}): KeysetSource {
  const settings = readCacheOptions('httpKeyset', options, ['headers'])
  const url = new URL(address)
  if (!isSafeForKeys(url)) throw new TypeError('the URL of a keyset must be https:, or on this machine')
  if (url.username !== '' || url.password !== '') {
    throw new TypeError('the URL of a keyset must not contain credentials: pass them as "headers"')
  }
  const what = `the keyset at ${url.origin}${url.pathname}`

  const read = async (signal: AbortSignal): Promise<string> => {
    const headers = typeof options.headers === 'function' ? await options.headers() : options.headers
    const accept = { accept: 'application/json', ...headers }
    let answer: Response
    try {
      // A redirect could lead the headers, and the trust, elsewhere. Not every runtime supports `error`.
      answer = await fetch(url, { headers: accept, redirect: 'manual', signal })
    } catch (error) {
      const { networkFailure } = await import('./http/failure.ts')
      // Not as the cause: some runtimes write the whole URL into it, and headers that they refuse.
      throw unavailable(`${what} could not be read: no answer (${networkFailure(error)})`)
    }
    if (answer.ok) return readText(answer.body)
    await answer.body?.cancel()
    const code = CODES[answer.status] ?? 'unavailable'
    throw new RotatorError(code, `${what} could not be read: status ${answer.status}`, {
      retryable: code === 'unavailable',
    })
  }
  return keysetCache(async (signal) => readTrust(await read(signal)), settings)
}
