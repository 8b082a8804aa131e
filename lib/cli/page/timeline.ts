/** Ages to mark on a time axis if they fit, in milliseconds. */
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
/** Below this age the logarithmic axis is nearly linear, so that minutes and months are visible side by side. */
const SCALE_MS = 20_000
const LEAST_SPAN_MS = 120_000

/** A time axis with the present at its right end: a minute today gets as much room as a month a year ago. */
export class Timeline {
  readonly #now: number
  readonly #spanMs: number

  /** From the earliest of `times` (ISO) to `now` (ISO). */
  constructor(now: string, times: readonly string[]) {
    this.#now = Date.parse(now)
    const ages = times.map((time) => this.#now - Date.parse(time))
    this.#spanMs = Math.max(LEAST_SPAN_MS, ...ages)
  }

  /** A time's position in percent from the left; null: now. */
  at(time: string | null): number {
    if (time === null) return 100
    return this.#atAge(Math.max(0, this.#now - Date.parse(time)))
  }

  /** The marks that fit, oldest first. */
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
