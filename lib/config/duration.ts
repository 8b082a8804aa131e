const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** A duration in the configuration: `90s`, `5m`, `12h`, `30d`. */
export const DURATION_PATTERN = /^(0|[1-9]\d{0,8})([smhd])$/

/**
 * Parses a duration of the configuration into milliseconds; null for any other text.
 *
 * @example
 * ```ts
 * parseDuration('5m') // 300_000
 * ```
 */
export function parseDuration(text: string): number | null {
  const match = DURATION_PATTERN.exec(text)
  if (match === null) return null
  const [, amount, unit] = match
  return Number(amount) * UNITS[unit as keyof typeof UNITS]
}

/**
 * The shortest form of `ms` as a duration; fractions of a second are dropped.
 *
 * @example
 * ```ts
 * writeDuration(300_000) // '5m'
 * ```
 */
export function writeDuration(ms: number): string {
  for (const unit of ['d', 'h', 'm'] as const) {
    if (ms > 0 && ms % UNITS[unit] === 0) return `${ms / UNITS[unit]}${unit}`
  }
  return `${Math.floor(ms / UNITS.s)}s`
}
