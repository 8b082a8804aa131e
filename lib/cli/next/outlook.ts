import type { GroupConfig } from '../../config/types.ts'
import { isoTime } from '../../core/clock.ts'
import type { GroupReport } from '../../rotation/report/report.ts'

/** What a report's text needs from the local configuration of a group. */
export type KnownGroup = Pick<
  GroupConfig,
  'name' | 'rotation' | 'probes' | 'apply' | 'ttlMs' | 'propagation' | 'overlap'
>

/**
 * When a group's current key is old enough to rotate; null if its age or the limit is unknown.
 *
 * @param now - When the report was made.
 */
export function dueAtOf(report: GroupReport, now: string, groups: readonly KnownGroup[]): string | null {
  const age = report.keys.find(({ state }) => state === 'current')?.age ?? null
  const minAgeMs = knownGroup(report, groups)?.rotation.minAgeMs
  if (age === null || minAgeMs === undefined) return null
  return isoTime(Date.parse(now) + minAgeMs - age * 1_000)
}

/** The domains that would hold a rotation back because they cannot be read. */
export function holdingBack(report: GroupReport, groups: readonly KnownGroup[]): string[] {
  const tolerated = knownGroup(report, groups)?.apply.tolerate ?? []
  return report.domains.failed.map(({ domain }) => domain).filter((domain) => !tolerated.includes(domain))
}

export function hasProbes(report: GroupReport, groups: readonly KnownGroup[]): boolean {
  return (knownGroup(report, groups)?.probes.length ?? 0) > 0
}

/** What the local configuration says of a report's group. */
export function knownGroup({ group }: GroupReport, groups: readonly KnownGroup[]): KnownGroup | undefined {
  return groups.find(({ name }) => name === group)
}
