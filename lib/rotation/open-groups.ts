import type { GroupConfig } from '../config/types.ts'
import type { Clock } from '../core/clock.ts'
import { RotatorError } from '../core/errors.ts'
import type { GroupPorts, RotationEnvironment } from './ports.ts'
import { resolveDomains, type ResolvedDomains } from './state/group-domains.ts'

/** How long a group waits for the domains of the other groups in an emergency. */
const EMERGENCY_PATIENCE_MS = 5_000

/** A group and its ports. Its domains are requested at once, and awaited only where they are needed. */
export interface OpenGroup {
  readonly group: GroupConfig
  readonly ports: Promise<GroupPorts>
  readonly domains: Promise<ResolvedDomains>
}

/** Opens the ports of a group and requests its domains. */
export function openGroup(group: GroupConfig, environment: RotationEnvironment): OpenGroup {
  const ports = environment.open(group)
  const domains = ports.then((open) => resolveDomains(group, open, environment))
  // A failure surfaces where the domains are awaited; for a group that does not run it is ignored.
  domains.catch(() => undefined)
  return { group, ports, domains }
}

/**
 * Rejects a kid that no group knows: it is a typo, and the intended emergency would not happen. Stops waiting for groups
 * as soon as every kid is found.
 *
 * @throws RotatorError `usage`. If a group cannot be read, nothing: the emergency of the others goes ahead.
 */
export async function checkLeaked(leaked: readonly string[], groups: readonly OpenGroup[]): Promise<void> {
  const missing = new Set(leaked)
  const known: string[] = []
  const reads = groups.map(async ({ ports }) => {
    const { keyset } = await (await ports).keysets.load()
    for (const { kid } of [...(keyset?.keys ?? []), ...(keyset?.revoked ?? [])]) {
      known.push(kid)
      missing.delete(kid)
    }
  })
  await settledUnless(() => missing.size === 0, reads)
  if (missing.size === 0) return
  for (const read of await Promise.allSettled(reads)) {
    if (read.status === 'fulfilled') continue
    if (read.reason instanceof RotatorError) return
    throw read.reason
  }
  throw new RotatorError(
    'usage',
    `there is no key ${[...missing].join(', ')}, so it cannot have leaked; the keys are ${known.join(', ') || 'none'}. ` +
      'Leave "leaked" out to distrust every key',
  )
}

/** Waits until all have settled, or until one has succeeded after which `isDone`. */
async function settledUnless(isDone: () => boolean, reads: readonly Promise<void>[]): Promise<void> {
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (isDone()) resolve()
    }
    for (const read of reads) void read.then(look, () => undefined)
    void Promise.allSettled(reads).then(() => resolve())
  })
}

/**
 * The domains of every other group that could be read, by group name.
 *
 * @param clock - Of an emergency, which does not wait long for any of them; null for any other run.
 */
export async function domainsOfOthers(
  group: GroupConfig,
  all: readonly OpenGroup[],
  clock: Clock | null,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const done = clock && new AbortController()
  const patience = clock?.sleep(EMERGENCY_PATIENCE_MS, done?.signal).catch(() => undefined)
  const found = all
    .filter((other) => other.group !== group)
    .map(async ({ group: { name }, domains }): Promise<[string, readonly string[]][]> => {
      const known = domains.then(({ names }) => names).catch(() => undefined)
      const names = await (patience ? Promise.race([known, patience]) : known)
      return names ? [[name, names]] : []
    })
  try {
    return new Map((await Promise.all(found)).flat())
  } finally {
    done?.abort()
  }
}

/** The kids that other groups trust. A group that cannot be read trusts none. */
export async function trustedByOthers(
  group: GroupConfig,
  all: readonly OpenGroup[],
): Promise<ReadonlySet<string>> {
  const others = all.filter((other) => other.group !== group)
  const loads = await Promise.allSettled(
    others.map(async ({ ports }) => (await (await ports).keysets.load()).keyset?.keys ?? []),
  )
  const keys = loads.flatMap((load) => (load.status === 'fulfilled' ? load.value : []))
  return new Set(keys.filter(({ state }) => state !== 'compromised').map(({ kid }) => kid))
}
