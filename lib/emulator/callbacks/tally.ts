/** The outcome of one callback: its status, or no answer. */
export type CallbackResult = number | 'timeout' | 'error'

export interface Counts {
  /** Callbacks, not attempts. */
  sent: number
  attempts: number
  /** Answered 2xx without a quarantine mark. */
  accepted: number
  /** Answered 2xx with `x-live-key-verdict: quarantined`. */
  quarantined: number
  /** Answered with any other status. */
  rejected: number
  /** Of those, answered 503 by a receiver that has no keyset to verify with. */
  unavailable: number
  /** Never answered. */
  lost: number
  readonly byStatus: Record<string, number>
  /** The same by signing kid; `unsigned` for callbacks without a signature. */
  readonly byKid: Record<string, { accepted: number; quarantined: number; rejected: number; lost: number }>
}

export const VERDICT_HEADER = 'x-live-key-verdict'

/** The outcomes of one kind of callbacks. */
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
