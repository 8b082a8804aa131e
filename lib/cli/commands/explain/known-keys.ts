import { storedKeysets } from '../../../alibaba/kms/stored-keysets.ts'
import type { GroupConfig, RotationConfig } from '../../../config/types.ts'
import { RotatorError } from '../../../core/errors.ts'
import { isRevoked, type Keyset } from '../../../keyset/keyset.ts'
import type { GroupPorts } from '../../../rotation/ports.ts'
import { groupCredentials } from '../../credentials.ts'
import type { Io } from '../../io.ts'
import type { KnownKey } from './diagnosis.ts'

/** Maximum number of domains to query for a key that no keyset contains. */
const MOST_DOMAINS = 200

/** The keys of a keyset. */
export function keysIn(keyset: Keyset): KnownKey[] {
  return keyset.keys.map(({ kid, key, state }) => ({ kid, key, state }))
}

/** The keys that have left a keyset but are in an older version of its secret. None if that may not be read. */
export async function keysThatLeft(
  keyset: Keyset,
  group: GroupConfig,
  config: RotationConfig,
  io: Io,
): Promise<KnownKey[]> {
  const present = new Set(keyset.keys.map(({ kid }) => kid))
  const left = new Map<string, KnownKey>()
  const stored = await unlessRefused(async () =>
    storedKeysets(group.secret, config.endpoints.kms, await groupCredentials(group, config, io).get()),
  )
  for (const { kid, key } of (stored ?? []).flatMap(({ keys }) => keys)) {
    if (!present.has(kid)) left.set(kid, { kid, key, state: isRevoked(keyset, kid) ? 'revoked' : 'retired' })
  }
  return [...left.values()]
}

/** The keys that domains are set to and no keyset contains. Stops at the first domain that may not be read. */
export async function keysOnDomains(
  keyset: Keyset,
  { domains }: GroupConfig,
  { live }: GroupPorts,
): Promise<KnownKey[]> {
  const known = new Set(keyset.keys.map(({ kid }) => kid))
  const readings = await Promise.all(
    domains.slice(0, MOST_DOMAINS).map((domain) => unlessRefused(() => live.query(domain))),
  )
  return readings.flatMap((reading) => {
    if (reading === null || reading.key === null || known.has(reading.key.kid)) return []
    known.add(reading.key.kid)
    return [{ kid: reading.key.kid, key: reading.key, state: 'unknown' as const, foundOn: reading.domain }]
  })
}

/** The failure of an optional read is no reason to give up. */
async function unlessRefused<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof RotatorError && error.code !== 'deadline') return null
    throw error
  }
}
