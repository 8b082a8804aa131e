const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
] as const

/**
 * A length of time for people, in its two largest units.
 *
 * @example
 * ```ts
 * humanDuration(75_000) // '1 min 15 s'
 * ```
 */
export function humanDuration(ms: number): string {
  if (ms < 10_000) return `${(Math.max(0, ms) / 1_000).toFixed(1).replace(/\.0$/, '')} s`
  const seconds = Math.round(ms / 1_000)
  const largest = UNITS.findIndex(([, size]) => seconds >= size)
  if (largest === -1) return `${seconds} s`
  const [unit, size] = UNITS[largest] ?? ['min', 60]
  const [nextUnit, nextSize] = UNITS[largest + 1] ?? ['s', 1]
  const rest = Math.floor((seconds % size) / nextSize)
  const whole = `${Math.floor(seconds / size)} ${unit}`
  return rest === 0 ? whole : `${whole} ${rest} ${nextUnit}`
}

/** The time of day in UTC of an ISO time, as Alibaba Cloud's logs have it: `08:00:00Z`. */
export function timeOfDay(iso: string): string {
  return `${iso.slice(11, 19)}Z`
}
