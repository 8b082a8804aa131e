import { createServer, type RequestListener } from 'node:http'
import { onTestFinished } from 'vitest'
import { closeServer, listen } from '../../lib/core/local-server.ts'
import { Key } from '../../lib/keyset/key.ts'
import type { KeyState } from '../../lib/keyset/keyset.ts'
import { signCallback } from '../../lib/keyset/signature.ts'

export const HOST = 'hooks.example.com'
/** The time that the tests' clock begins at. */
export const NOW = Date.UTC(2026, 10, 24, 8)
export const SECONDS = String(NOW / 1000)

export type KeySpec = readonly [state: KeyState, key: string]

/** A keyset document as it stands in the secret, parsed. */
export function documentOf(
  keys: readonly KeySpec[],
  { revision = 1, lineage = 'aaaaaaaaaaaa', ttl = 60_000 } = {},
): Record<string, unknown> {
  const at = '2026-11-24T07:00:00.000Z'
  return {
    format: 'live-keyset/1',
    lineage,
    group: 'default',
    revision,
    ttl,
    updatedAt: at,
    keys: keys.map(([state, key]) => ({
      kid: Key.of(key).kid,
      key,
      state,
      createdAt: at,
      stagedAt: at,
      ...(state !== 'pending' && { appliedAt: at }),
      ...(state === 'compromised' && { compromisedAt: at, onRunningStreams: 'quarantine' }),
    })),
    revoked: [],
  }
}

export function signed(
  key: string,
  host = HOST,
  timestamp = SECONDS,
): { timestamp: string; signature: string } {
  return { timestamp, signature: signCallback(host, timestamp, key) }
}

export function kid(key: string): string {
  return Key.of(key).kid
}

/** Serves on a free port of this machine until the test has ended. */
export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  onTestFinished(async () => {
    await closeServer(server)
  })
  return `http://127.0.0.1:${await listen(server)}`
}
