import type { GroupConfig } from '../../config/types.ts'
import { RotatorError, toRotatorError } from '../../core/errors.ts'
import type { Keyset } from '../../keyset/keyset.ts'
import type { GroupPorts, RotationEnvironment } from '../ports.ts'

/** The domains of a group, after discovery. */
export interface GroupDomains {
  readonly names: readonly string[]
  /** Those that only the discovery named, now or before: one of them may vanish without harm. */
  readonly discovered: ReadonlySet<string>
  /** Those of them that it named before and does not any more: what fails with them holds nothing back. */
  readonly unlisted: readonly string[]
  /** false when the discovery list could not be read to its end: nothing is promoted or retired then. */
  readonly complete: boolean
}

export interface ResolvedDomains extends GroupDomains {
  /** Why the list is not complete. */
  readonly problem?: RotatorError
}

/** The domains that the configuration names, and those that discovery lists now. */
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
 * Before any effect: a domain in two groups would be set by both in turn, which is an error for both; and a discovery that
 * finds nothing at all must not be taken for the proof that no key is in use any more.
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
        'a domain belongs to one group. Take it out of one, or exclude it from its discovery',
    )
  }
}

/**
 * With the domains that discovery has found in runs before and does not list now: the list holds those that are online,
 * and one that is being configured, or stopped for a while, comes back with the key that it had.
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
