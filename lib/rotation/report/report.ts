import type { ConfigDigest } from '../../config/digest.ts'
import type { Action } from '../../config/types.ts'
import type { KeyState, OnRunningStreams } from '../../keyset/keyset.ts'
import type { Cause, FailedDomain, Obstacle, Warning } from './findings.ts'
import type { Notice } from './notices.ts'
import type { AffectedStreams, PlanTask } from './plan-tasks.ts'

export type Outcome =
  'rotated' | 'reconciled' | 'waiting' | 'notDue' | 'planned' | 'incomplete' | 'failed' | 'reported'

/**
 * What a run did: `staged` a key, `resumed` what another run had begun, `repaired` domains that were not on the key to be
 * on, or `nothing` of these.
 */
export type Did = 'staged' | 'resumed' | 'repaired' | 'nothing'

/**
 * Where a group stands, derived from its keyset: `publishing` (a pending key that receivers may not all know yet),
 * `applying` (a pending key that domains are being set to), `draining` (old keys that running streams may still sign
 * with), `idle`.
 */
export type Phase = 'idle' | 'publishing' | 'applying' | 'draining'

export interface KeyReport {
  readonly kid: string
  readonly state: KeyState
  /** Only of a compromised key: what becomes of the streams that still sign with it. */
  readonly onRunningStreams?: OnRunningStreams
  /** Compromised because somebody set it behind the rotator's back: found, not trusted. */
  readonly found?: true
  /** When it reached each station of its way, as far as it has; ISO times. */
  readonly times?: {
    readonly createdAt?: string
    readonly stagedAt?: string
    readonly appliedAt?: string
    /** When the last domain had left it. */
    readonly clearedAt?: string
    readonly compromisedAt?: string
  }
  /** Seconds since `appliedAt`, or since the key was made where it was never applied; null where that is not known. */
  readonly age: number | null
  /** Only of a compromised key: from when on no receiver trusts it that reads the keyset within its ttl. */
  readonly untrustedFrom?: string
  /** Running streams that can sign with it; null when the streams were not listed or could not be. */
  readonly runningStreams: number | null
  /** The domains of those streams (the first few), and since when the oldest is pushed. */
  readonly streamDomains?: readonly string[]
  readonly oldestStreamSince?: string
  /** Domains that are set to it. */
  readonly domains: number | null
}

/** What a rotation would do: from reading only. */
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
  /** Earliest time at which the key that is replaced could leave the keyset. */
  readonly earliestRetirement: string | null
  /** How many running streams on which domains would go on signing with a key that is replaced. */
  readonly runningStreams: number | null
  readonly streamDomains: readonly { readonly domain: string; readonly streams: number }[]
  /** Emergency only: what each choice for running streams would do to them. */
  readonly onRunningStreams?: Readonly<Record<OnRunningStreams, string>>
  /** Emergency only: what those choices are about, as data. */
  readonly affected?: AffectedStreams
}

/** What probes have shown of the receiver behind one URL. */
export interface ReceiverReport {
  readonly url: string
  /** Its newest answer to a probe under the key that it is to know. */
  readonly accepted: boolean
  /** Its instances, in the order in which they were first seen with their revision. */
  readonly instances: readonly {
    readonly id: string
    readonly lineage: string
    readonly revision: number
    readonly seenAt: string
  }[]
  /** Those that accepted a probe under a leaked key, after it was cut off; empty where none was asked, too. */
  readonly trusting?: readonly string[]
  /** How many instances there are at most (`propagation.instances`); null where that is not stated. */
  readonly expected: number | null
  /** The oldest revision that an instance works with; null where none gave evidence. */
  readonly revision: number | null
}

/** What happened to one group, in the contract's shape. Never holds a key. */
export interface GroupReport {
  readonly group: string
  readonly outcome: Outcome
  readonly did: Did
  readonly phase: Phase
  readonly revision: number | null
  /** Only where there is no revision: the group has no keyset yet, or this run could not read whether it has one. */
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
  /** The warnings as data, in the same order, where there are any: for texts in another language. */
  readonly findings?: readonly Warning[]
  /** Why the outcome is `failed` or `incomplete`; `finding` is the same as data, where it is `incomplete`. */
  readonly error?: { readonly code: string; readonly message: string; readonly finding?: Obstacle }
  /** Milliseconds from the first set to the last confirmation, where domains were set. */
  readonly applyMs?: number
  /**
   * Only in the report of the run that cut leaked keys off, in milliseconds from its start: when that was saved, when the
   * last receiver stops trusting them, and when the last domain was confirmed on the fresh key.
   */
  readonly cutOff?: {
    readonly savedMs: number
    readonly receiversMs: number
    /** When the first instance showed that it trusts them no longer, and when all had; null where that is not known. */
    readonly firstInstanceMs: number | null
    readonly allInstancesMs: number | null
    readonly domainsMs: number | null
    readonly interrupted: number
  }
  /** What probes have shown of each receiver, where this run asked any. */
  readonly receivers?: readonly ReceiverReport[]
  readonly plan?: Plan
  /** Revisions of the keyset that this run saved, where there were any. */
  readonly saved?: number
  /** What needs a person, where there is anything. */
  readonly causes?: readonly Cause[]
  /** What people were told of this group already, where there is anything. */
  readonly notices?: readonly Notice[]
}

/** The answer of every action. */
export interface Report {
  readonly version: 1
  readonly ok: boolean
  readonly action: Action
  readonly startedAt: string
  readonly finishedAt: string
  readonly groups: readonly GroupReport[]
  /** Digests of the parts of the configuration that a deployed function ran by. */
  readonly configuration?: ConfigDigest
}
