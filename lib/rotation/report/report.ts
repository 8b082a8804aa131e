import type { ConfigDigest } from '../../config/digest.ts'
import type { Action } from '../../config/types.ts'
import type { KeyState, OnRunningStreams } from '../../keyset/keyset.ts'
import type { Cause, FailedDomain, Obstacle, Warning } from './findings.ts'
import type { Notice } from './notices.ts'
import type { AffectedStreams, PlanTask } from './plan-tasks.ts'

export const OUTCOMES = [
  'rotated',
  'reconciled',
  'waiting',
  'notDue',
  'planned',
  'incomplete',
  'failed',
  'reported',
] as const
export type Outcome = (typeof OUTCOMES)[number]

/** Whether a group succeeded, or continues in the next run. */
export function isOk({ outcome }: { readonly outcome: Outcome }): boolean {
  return outcome !== 'failed' && outcome !== 'incomplete'
}

/**
 * What a run did: `staged` a key, `resumed` what another run began, `repaired` domains that were on the wrong key, or
 * `nothing` of these.
 */
export type Did = 'staged' | 'resumed' | 'repaired' | 'nothing'

export const PHASES = ['idle', 'publishing', 'applying', 'draining'] as const
/**
 * The group's state, derived from its keyset: `publishing` (a pending key that receivers may not all know yet),
 * `applying` (a pending key that domains are being set to), `draining` (old keys that running streams may still sign
 * with), `idle`.
 */
export type Phase = (typeof PHASES)[number]

export interface KeyReport {
  readonly kid: string
  readonly state: KeyState
  /** Only for a compromised key: what happens to the streams that still sign with it. */
  readonly onRunningStreams?: OnRunningStreams
  /** Compromised because something other than the rotator set it: found, not trusted. */
  readonly found?: true
  /** When it reached each state, as far as it has; ISO times. */
  readonly times?: {
    readonly createdAt?: string
    readonly stagedAt?: string
    readonly appliedAt?: string
    /** When the last domain had left it. */
    readonly clearedAt?: string
    readonly compromisedAt?: string
  }
  /** Seconds since `appliedAt`, or since the key was created if it was never applied; null if unknown. */
  readonly age: number | null
  /** Only for a compromised key: when the last receiver that respects the ttl stops trusting it. */
  readonly untrustedFrom?: string
  /** Running streams that can sign with it; null if the streams were not, or could not be, listed. */
  readonly runningStreams: number | null
  /** The first few domains of those streams, and when the oldest push began. */
  readonly streamDomains?: readonly string[]
  readonly oldestStreamSince?: string
  /** Domains that are set to it. */
  readonly domains: number | null
}

/** What a rotation would do; reads only. */
export interface Plan {
  /** What a run would do first, e.g. `stage a new key` or `finish the pending key`. */
  readonly steps: readonly string[]
  /** The same as data, for texts in another language; versions before had none. */
  readonly tasks?: readonly PlanTask[]
  /** Domains that would be set. */
  readonly sets: number
  readonly calls: Readonly<Record<string, number>>
  /** Seconds until receivers know the key, and then from the first set to the last confirmation. */
  readonly publishSeconds: number
  readonly applySeconds: number
  /** Earliest time at which the replaced key could leave the keyset. */
  readonly earliestRetirement: string | null
  /** How many running streams on which domains would keep signing with a replaced key. */
  readonly runningStreams: number | null
  readonly streamDomains: readonly { readonly domain: string; readonly streams: number }[]
  /** Emergency only: what each choice for running streams would do. */
  readonly onRunningStreams?: Readonly<Record<OnRunningStreams, string>>
  /** Emergency only: what those choices are about, as data. */
  readonly affected?: AffectedStreams
}

/** What probes have shown about the receiver behind one URL. */
export interface ReceiverReport {
  readonly url: string
  /** Its latest answer to a probe signed with the key that it should know. */
  readonly accepted: boolean
  /** Its instances, in the order they were first seen with their revision. */
  readonly instances: readonly {
    readonly id: string
    readonly lineage: string
    readonly revision: number
    readonly seenAt: string
  }[]
  /** Instances that accepted a leaked key after it was cut off; empty if they gave no id. */
  readonly trusting?: readonly string[]
  /** Maximum number of instances (`propagation.instances`); null if not stated. */
  readonly expected: number | null
  /** The oldest revision that an instance uses; null if none gave evidence. */
  readonly revision: number | null
}

/** What happened to one group. Never holds a key. */
export interface GroupReport {
  readonly group: string
  readonly outcome: Outcome
  readonly did: Did
  readonly phase: Phase
  readonly revision: number | null
  /** Only if there is no revision: the group has no keyset yet, or this run could not read it. */
  readonly keyset?: 'absent' | 'unread'
  readonly kid: string | null
  readonly waitingUntil: string | null
  readonly domains: {
    readonly total: number
    readonly set: number
    readonly unchanged: number
    readonly confirmed: number
    readonly failed: readonly FailedDomain[]
  }
  readonly keys: readonly KeyReport[]
  readonly calls: Readonly<Record<string, number>>
  readonly throttled: number
  readonly warnings: readonly string[]
  /** The warnings as data, in the same order, if any: for texts in another language. */
  readonly findings?: readonly Warning[]
  /** Why the outcome is `failed` or `incomplete`; `finding` is the same as data if it is `incomplete`. */
  readonly error?: { readonly code: string; readonly message: string; readonly finding?: Obstacle }
  /** Milliseconds from the first set to the last confirmation, if domains were set. */
  readonly applyMs?: number
  /**
   * Only in the report of the run that cut off leaked keys, in milliseconds from its start: when that was saved, when the
   * last receiver stops trusting them, and when the last domain was confirmed on the fresh key.
   */
  readonly cutOff?: {
    readonly savedMs: number
    readonly receiversMs: number
    /** When the first instance, and all, had shown that they no longer trust them; null if unknown. */
    readonly firstInstanceMs: number | null
    readonly allInstancesMs: number | null
    readonly domainsMs: number | null
    readonly interrupted: number
  }
  /** What probes have shown about each receiver, if this run probed any. */
  readonly receivers?: readonly ReceiverReport[]
  readonly plan?: Plan
  /** Number of keyset revisions that this run saved, if any. */
  readonly saved?: number
  /** What needs a person's attention, if anything. */
  readonly causes?: readonly Cause[]
  /** What people were already told about this group, if anything. */
  readonly notices?: readonly Notice[]
}

/** The result of every action. */
export interface Report {
  readonly version: 1
  readonly ok: boolean
  readonly action: Action
  readonly startedAt: string
  readonly finishedAt: string
  readonly groups: readonly GroupReport[]
  /** Digests of the parts of the configuration that a deployed function used. */
  readonly configuration?: ConfigDigest
}
