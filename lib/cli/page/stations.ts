import { isoTime } from '../../core/clock.ts'
import type { GroupReport, KeyReport, Phase } from '../../rotation/report/report.ts'
import type { KnownGroup } from '../next/outlook.ts'
import { isOld } from '../../keyset/keyset.ts'

/** One step of the newest key, from staging until the keys before it have retired. */
export interface Station {
  readonly name: 'staged' | 'published' | 'applied' | 'retired'
  readonly progress: 'done' | 'now' | 'next'
  /** When it was reached, or when it is expected; null if unknown. */
  readonly at: string | null
  /** Its count: instances that know the key, domains on it, running streams that hold old keys back. */
  readonly done: number | null
  readonly total: number | null
}

/** The newest key's progress; empty if its staging time is unknown. */
export function stationsOf(group: GroupReport, known: KnownGroup | undefined): readonly Station[] {
  const key = group.keys.find(({ kid }) => kid === group.kid)
  const stagedAt = key?.times?.stagedAt
  if (key === undefined || stagedAt === undefined) return []
  const phase = shownPhase(group)
  return [
    { name: 'staged', progress: 'done', at: stagedAt, done: null, total: null },
    published(group, stagedAt, phase, known),
    applied(group, key, phase),
    retired(group, key, known),
  ]
}

/** A pending key that is on domains is being applied, even if the keyset alone does not show it. */
export function shownPhase({ phase, domains, keys, kid }: GroupReport): Phase {
  const isSetting = phase === 'publishing' && domains.confirmed > 0
  return isSetting && keys.some((key) => key.kid === kid && key.state === 'pending') ? 'applying' : phase
}

function published(
  { receivers = [], waitingUntil }: GroupReport,
  stagedAt: string,
  phase: Phase,
  known: KnownGroup | undefined,
): Station {
  const seen = receivers.reduce((sum, { instances }) => sum + instances.length, 0)
  const expected = receivers.map((receiver) => receiver.expected)
  const isStated = expected.length > 0 && !expected.includes(null)
  const counts = {
    done: receivers.length > 0 ? seen : null,
    total: isStated ? expected.reduce<number>((sum, count) => sum + (count ?? 0), 0) : null,
  }
  if (phase !== 'publishing') return { name: 'published', progress: 'done', at: null, ...counts }
  const latest = known && isoTime(Date.parse(stagedAt) + known.ttlMs + known.propagation.marginMs)
  return { name: 'published', progress: 'now', at: waitingUntil ?? latest ?? null, ...counts }
}

function applied({ domains }: GroupReport, key: KeyReport, phase: Phase): Station {
  const counts = { done: domains.confirmed, total: domains.total }
  const at = key.times?.appliedAt ?? null
  if (key.state === 'current') return { name: 'applied', progress: 'done', at, ...counts }
  return { name: 'applied', progress: phase === 'applying' ? 'now' : 'next', at, ...counts }
}

/** Old keys retire when no domain is on them, the overlap is over, and no running stream can sign with them. */
function retired({ keys }: GroupReport, key: KeyReport, known: KnownGroup | undefined): Station {
  const old = keys.filter(isOld)
  const isApplied = key.state === 'current'
  if (old.length === 0)
    return { name: 'retired', progress: isApplied ? 'done' : 'next', at: null, done: null, total: null }
  const streams = old.map(({ runningStreams }) => runningStreams)
  const cleared = old.map(({ times }) => times?.clearedAt)
  const last = cleared.includes(undefined) ? undefined : cleared.sort().at(-1)
  const expectedAt =
    known === undefined || last === undefined ? null : isoTime(Date.parse(last) + known.overlap.minMs)
  return {
    name: 'retired',
    progress: isApplied ? 'now' : 'next',
    at: expectedAt,
    done: null,
    total: streams.includes(null) ? null : streams.reduce<number>((sum, count) => sum + (count ?? 0), 0),
  }
}
