import type { Key } from '../keyset/key.ts'

/** Which keyset an instance of a receiver works with, as its answer to an accepted probe says. */
export interface ProbeEvidence {
  /** 12 hex digits: one keyset cache of one process. */
  readonly instance: string
  readonly lineage: string
  readonly revision: number
}

export interface ProbeAnswer {
  readonly accepted: boolean
  /** Why not, in words that may be shown. */
  readonly detail: string
  /** The HTTP status; absent when no answer came. */
  readonly status?: number
  /** Absent for a refusal, and from a receiver that gives none. */
  readonly evidence?: ProbeEvidence
  /** When the answer was made, by the receiver's clock, in milliseconds since the epoch; absent where it does not say. */
  readonly answeredAt?: number
}

/** Asks a receiver whether it accepts `key`, by a request that is signed with it and carries no callback. */
export type Probe = (url: string, key: Key) => Promise<ProbeAnswer>
