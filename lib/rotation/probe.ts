import type { Key } from '../keyset/key.ts'

/** Which keyset a receiver instance uses, from its answer to an accepted probe. */
export interface ProbeEvidence {
  /** 12 hex digits that identify one keyset cache in one process. */
  readonly instance: string
  readonly lineage: string
  readonly revision: number
}

export interface ProbeAnswer {
  readonly accepted: boolean
  /** Why not, as text that is safe to print. */
  readonly detail: string
  /** The HTTP status; absent if no answer came. */
  readonly status?: number
  /** Absent for a refusal, and for a receiver that sends none. */
  readonly evidence?: ProbeEvidence
  /** The answer's `Date` by the receiver's clock, in milliseconds since the epoch; absent if it sends none. */
  readonly answeredAt?: number
}

/** Asks a receiver whether it accepts `key`, with a request that is signed with it and carries no callback. */
export type Probe = (url: string, key: Key) => Promise<ProbeAnswer>
