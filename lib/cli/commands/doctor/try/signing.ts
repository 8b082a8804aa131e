import type { Key } from '../../../../keyset/key.ts'
import { signCallback } from '../../../../keyset/signature.ts'
import type { Received } from './listener.ts'

/** How a callback was signed. */
export interface Signing {
  readonly key: Key
  /** Whether the port is part of the signed host. */
  readonly withPort: boolean
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' }

/** The key and the spelling of the host that make a signature valid; null for none. */
export function signingOf(
  { timestamp, signature }: Received,
  { hostname, port, protocol }: URL,
  keys: readonly Key[],
): Signing | null {
  const spellings = [
    { host: hostname, withPort: false },
    { host: `${hostname}:${port || DEFAULT_PORTS[protocol]}`, withPort: true },
  ]
  const given = signature.toLowerCase()
  for (const key of keys) {
    for (const { host, withPort } of spellings) {
      if (signCallback(host, timestamp, key.reveal()) === given) return { key, withPort }
    }
  }
  return null
}
