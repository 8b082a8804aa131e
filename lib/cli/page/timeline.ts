/** Ages, in milliseconds, that are marked on a time axis where they fit. */
const MARKS_MS = [
  10_000,
  60_000,
  600_000,
  3_600_000,
  6 * 3_600_000,
  86_400_000,
  7 * 86_400_000,
  30 * 86_400_000,
]
/** Where the logarithmic axis is nearly linear: minutes and months are to be seen beside each other. */
const SCALE_MS = 20_000
const LEAST_SPAN_MS = 120_000

/** An axis of time, the present at its right end: a minute has as much room today as a month a year ago. */
export class Timeline {
  readonly #now: number
  readonly #spanMs: number

  /** From the earliest of `times` (ISO) to `now` (ISO). */
  constructor(now: string, times: readonly string[]) {
    this.#now = Date.parse(now)
    const ages = times.map((time) => this.#now - Date.parse(time))
    this.#spanMs = Math.max(LEAST_SPAN_MS, ...ages)
  }

  /** Where a time is, in percent from the left end. null: now. */
  at(time: string | null): number {
    if (time === null) return 100
    return this.#atAge(Math.max(0, this.#now - Date.parse(time)))
  }

  /** The marks that fit, from the oldest on. */
  get marks(): readonly { readonly ageMs: number; readonly at: number }[] {
    return MARKS_MS.filter((ageMs) => ageMs <= this.#spanMs)
      .map((ageMs) => ({ ageMs, at: this.#atAge(ageMs) }))
      .filter(({ at }) => at >= 4 && at <= 92)
      .reverse()
  }

  #atAge(ageMs: number): number {
    const share = Math.log1p(Math.min(ageMs, this.#spanMs) / SCALE_MS) / Math.log1p(this.#spanMs / SCALE_MS)
    return Math.round((1 - share) * 1_000) / 10
  }
}
