import { writeDuration } from './duration.ts'
import { fieldName, type FieldPath, type Problem } from './problems.ts'
import { accountOfRole } from './role-account.ts'
import type { GroupFile } from './schema.ts'
import type { GroupConfig } from './types.ts'

/** Where a group's domain is listed: a field of the configuration, or a line of its file. */
export interface DomainSource {
  readonly domain: string
  readonly path: FieldPath
  /** `domains.txt:17` for a name of a domainsFile. */
  readonly at?: string
}

export interface GroupWithSources {
  readonly group: GroupConfig
  /** The group as written, without defaults. */
  readonly written: GroupFile
  readonly sources: readonly DomainSource[]
  /** Whether its domainsFile had no problems; otherwise it may list more domains than were read. */
  readonly complete: boolean
}

export interface RuleProblem extends Problem {
  /** Where it is, if in another file. */
  readonly at?: string
}

/** Checks the rules that span several fields or groups. */
export function checkRules(groups: readonly GroupWithSources[]): RuleProblem[] {
  return [
    ...groups.flatMap((group, index) => checkGroup(group, ['groups', index])),
    ...checkShared(groups.map(({ group }) => group)),
    ...checkDomains(groups.flatMap(({ sources }) => sources)),
  ]
}

function checkGroup({ group, written, sources, complete }: GroupWithSources, path: FieldPath): Problem[] {
  const { overlap, propagation, ttlMs, discover, apply } = group
  const problems: Problem[] = []
  const allDomainsKnown = complete && discover === null

  if (sources.length === 0 && allDomainsKnown) {
    problems.push({ path, message: 'needs domains, domainsFile or discover' })
  }
  if (overlap.minMs > overlap.maxMs) {
    const own = written.overlap.min !== undefined || written.overlap.max !== undefined
    problems.push({
      path: [...(own ? path : []), 'overlap', 'max'],
      message: atLeast('overlap.min', overlap.minMs, overlap.maxMs),
    })
  }
  const shortest = ttlMs + propagation.marginMs
  if (shortest > propagation.maxMs) {
    const { margin, max } = written.propagation
    const own = written.ttl !== undefined || margin !== undefined || max !== undefined
    problems.push({
      path: [...(own ? path : []), 'propagation', 'max'],
      message: atLeast('ttl + propagation.margin', shortest, propagation.maxMs),
    })
  }
  problems.push(...instanceProblems(group, written, path))
  const known = new Set(group.domains)
  for (const [index, domain] of apply.tolerate.entries()) {
    if (allDomainsKnown && !known.has(domain)) {
      const message = `must be one of the group's domains, not "${domain}"`
      problems.push({ path: [...path, 'apply', 'tolerate', index], message })
    }
  }
  return problems
}

/** Evidence stands for all receivers of the group: it needs probes, and only one way may shorten the wait. */
function instanceProblems(
  { instances, propagation }: GroupConfig,
  written: GroupFile,
  path: FieldPath,
): Problem[] {
  const own = written.propagation.instances !== undefined
  const at = [...(own ? path : []), 'propagation', 'instances']
  const counted = written.probes.findIndex(
    (probe) => typeof probe !== 'string' && probe.instances !== undefined,
  )
  if (instances === null) {
    if (counted < 0) return []
    const message = 'needs propagation.instances, which states that the probes name every callback URL'
    return [{ path: [...path, 'probes', counted, 'instances'], message }]
  }
  const problems: Problem[] = []
  if (written.probes.length === 0) {
    problems.push({
      path: at,
      message: `needs probes in group ${written.name}: the callback URLs of all its receivers`,
    })
  }
  if (propagation.probesCoverAllInstances) {
    problems.push({
      path: at,
      message: 'cannot be combined with probesCoverAllInstances, as both shorten the same wait: remove one',
    })
  }
  return problems
}

function atLeast(what: string, leastMs: number, ms: number): string {
  return `must be at least ${what} (${writeDuration(leastMs)}), not ${writeDuration(ms)}`
}

function checkShared(groups: readonly GroupConfig[]): Problem[] {
  const problems: Problem[] = []
  const names = new Map<string, number>()
  for (const [index, { name, secret, roleArn }] of groups.entries()) {
    const sameName = names.get(name)
    if (sameName === undefined) names.set(name, index)
    else
      problems.push({
        path: ['groups', index, 'name'],
        message: `"${name}" is also the name of groups[${sameName}]: rename one`,
      })

    const sameSecret = groups
      .slice(0, index)
      .findIndex((other) => other.secret === secret && mayShareAccount(other.roleArn, roleArn))
    if (sameSecret >= 0) {
      problems.push({
        path: ['groups', index, 'secret'],
        message: `"${secret}" is also the secret of groups[${sameSecret}]: give each group its own`,
      })
    }
  }
  return problems
}

/**
 * Secrets of the same name in different accounts are different secrets. The configuration does not say which account a
 * group without a role is in.
 */
function mayShareAccount(one: string | null, other: string | null): boolean {
  return one === null || other === null || accountOfRole(one) === accountOfRole(other)
}

function checkDomains(sources: readonly DomainSource[]): RuleProblem[] {
  const problems: RuleProblem[] = []
  const first = new Map<string, DomainSource>()
  for (const source of sources) {
    const before = first.get(source.domain)
    if (before === undefined) {
      first.set(source.domain, source)
      continue
    }
    const group = before.path[1] === source.path[1] ? '' : `; a domain belongs to one group only`
    problems.push({
      ...source,
      message: `names ${source.domain} a second time, after ${before.at ?? fieldName(before.path)}${group}`,
    })
  }
  return problems
}
