/** How one callback ended: by its status, or without an answer. */
export type CallbackResult = number | 'timeout' | 'error'

export interface Counts {
  /** Callbacks, not attempts. */
  sent: number
  attempts: number
  /** Answered 2xx, and not said to be quarantined. */
  accepted: number
  /** Answered 2xx by a receiver that says `quarantined` in its `x-live-key-verdict` header. */
  quarantined: number
  /** Answered with any other status. */
  rejected: number
  /** Of those, answered 503: by a receiver that has no keyset to verify with, and refuses nothing. */
  unavailable: number
  /** Never answered. */
  lost: number
  readonly byStatus: Record<string, number>
  /** The same by the kid that signed; `unsigned` for callbacks without a signature. */
  readonly byKid: Record<string, { accepted: number; quarantined: number; rejected: number; lost: number }>
}

export const VERDICT_HEADER = 'x-live-key-verdict'

/** What became of the callbacks of one kind. */
export class Tally {
  #counts = emptyCounts()

  get counts(): Readonly<Counts> {
    return structuredClone(this.#counts)
  }

  reset(): void {
    this.#counts = emptyCounts()
  }

  attempted(): void {
    this.#counts.attempts++
  }

  add(kid: string, result: CallbackResult, quarantined: boolean): void {
    const counts = this.#counts
    const ofKid = (counts.byKid[kid] ??= { accepted: 0, quarantined: 0, rejected: 0, lost: 0 })
    const verdict = verdictOf(result, quarantined)
    counts.sent++
    counts[verdict]++
    ofKid[verdict]++
    if (result === 503) counts.unavailable++
    counts.byStatus[result] = (counts.byStatus[result] ?? 0) + 1
  }
}

function verdictOf(
  result: CallbackResult,
  quarantined: boolean,
): 'accepted' | 'quarantined' | 'rejected' | 'lost' {
  if (typeof result !== 'number') return 'lost'
  if (result < 200 || result > 299) return 'rejected'
  return quarantined ? 'quarantined' : 'accepted'
}

function emptyCounts(): Counts {
  return {
    sent: 0,
    attempts: 0,
    accepted: 0,
    quarantined: 0,
    rejected: 0,
    unavailable: 0,
    lost: 0,
    byStatus: {},
    byKid: {},
  }
}
