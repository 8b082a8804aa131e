import type { GroupConfig } from '../../config/types.ts'
import { RotatorError, toRotatorError } from '../../core/errors.ts'
import type { Keyset } from '../../keyset/keyset.ts'
import type { GroupPorts, RotationEnvironment } from '../ports.ts'

/** The domains of a group, after discovery. */
export interface GroupDomains {
  readonly names: readonly string[]
  /** Those that only discovery listed, now or before: any of them may vanish. */
  readonly discovered: ReadonlySet<string>
  /** Those of them that it no longer lists: their failures hold nothing back. */
  readonly unlisted: readonly string[]
  /** false if the discovery list could not be read to the end: then nothing is promoted or retired. */
  readonly complete: boolean
}

export interface ResolvedDomains extends GroupDomains {
  /** Why the list is incomplete. */
  readonly problem?: RotatorError
}

/** The configured domains and those that discovery lists now. */
export async function resolveDomains(
  group: GroupConfig,
  ports: GroupPorts,
  environment: RotationEnvironment,
): Promise<ResolvedDomains> {
  const explicit = new Set(group.domains)
  const none = { names: [...explicit], discovered: new Set<string>(), unlisted: [] }
  if (!group.discover) return { ...none, complete: true }
  try {
    const found = await ports.live.discover(group.discover.suffix, { deadline: environment.deadline })
    const excluded = new Set(group.discover.exclude)
    const discovered = new Set(found.filter((name) => !excluded.has(name) && !explicit.has(name)))
    return { names: [...explicit, ...discovered], discovered, unlisted: [], complete: true }
  } catch (error) {
    return { ...none, complete: false, problem: toRotatorError(error) }
  }
}

/**
 * Checks before any effect. Two groups would take turns setting a domain that is in both, so that is an error for both. A
 * discovery that finds nothing must not pass as proof that no key is in use.
 */
export function checkDomains(
  group: GroupConfig,
  domains: GroupDomains,
  others: ReadonlyMap<string, readonly string[]>,
): void {
  if (domains.names.length === 0 && domains.complete) {
    throw new RotatorError(
      'config',
      `group ${group.name} has no domains: discovery found none that end in ${group.discover?.suffix ?? ''}. ` +
        'Check the suffix, the account and the exclusions',
    )
  }
  const mine = new Set(domains.names)
  for (const [other, theirs] of others) {
    const shared = theirs.filter((name) => mine.has(name))
    if (shared.length === 0) continue
    throw new RotatorError(
      'config',
      `${shared.slice(0, 5).join(', ')}: in group ${group.name} and in group ${other}; ` +
        'a domain belongs to one group. Remove it from one of them, or exclude it from its discovery',
    )
  }
}

/**
 * Adds the domains that discovery found in earlier runs and does not list now. It lists those that are online, and one that
 * is being configured or is stopped for a while comes back with its old key.
 */
export function withRemembered(
  domains: GroupDomains,
  { discover }: GroupConfig,
  keyset: Keyset | null,
  others: ReadonlyMap<string, readonly string[]>,
): GroupDomains {
  if (!discover) return domains
  const known = new Set([...domains.names, ...discover.exclude, ...[...others.values()].flat()])
  const unlisted = (keyset?.discovered ?? []).filter(
    (name) => name.endsWith(discover.suffix) && !known.has(name),
  )
  return {
    ...domains,
    names: [...domains.names, ...unlisted],
    discovered: new Set([...domains.discovered, ...unlisted]),
    unlisted,
  }
}
