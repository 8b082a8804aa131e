import { md5 } from '../core/md5.ts'

/** The request headers of a signed callback, in lower case (Live's usage notes for callback authentication). */
export const TIMESTAMP_HEADER = 'ali-live-timestamp'
export const SIGNATURE_HEADER = 'ali-live-signature'
/** Set to `1` on a probe: a request without a callback that asks a receiver whether it accepts a key. */
export const PROBE_HEADER = 'x-live-key-probe'

/** Response headers for an accepted probe: which instance answered, and with which keyset. */
export const INSTANCE_HEADER = 'x-live-key-instance'
export const LINEAGE_HEADER = 'x-live-key-lineage'
export const REVISION_HEADER = 'x-live-key-revision'

/**
 * The signature of a snapshot callback: lower-case hex MD5 of `host|timestamp|key`. It covers neither the body nor the
 * path. Source: Live's usage notes for callback authentication.
 *
 * @param host - The host of the configured callback URL.
 * @param timestamp - Unix time in seconds, exactly as in the header.
 * @param key - The key in clear.
 *
 * @example
 * ```ts
 * signCallback('learn.aliyundoc.com', '1519375990', 'yourkey') // '9e226fc2c250be266e3657e156f68c12'
 * ```
 */
export function signCallback(host: string, timestamp: string, key: string): string {
  return md5(`${host}|${timestamp}|${key}`)
}
