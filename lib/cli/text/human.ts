import type { InEachLanguage, Language } from '../../core/language.ts'

interface Units {
  readonly d: string
  readonly h: string
  readonly min: string
  readonly s: string
}

const NAMES: InEachLanguage<Units> = {
  en: { d: 'd', h: 'h', min: 'min', s: 's' },
  zh: { d: '天', h: '小时', min: '分钟', s: '秒' },
}

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
] as const

/**
 * A duration for people, in its two largest units.
 *
 * @example
 * ```ts
 * humanDuration(75_000) // '1 min 15 s'
 * ```
 */
export function humanDuration(ms: number, language: Language = 'en'): string {
  const names = NAMES[language]
  if (ms < 10_000) return `${(Math.max(0, ms) / 1_000).toFixed(1).replace(/\.0$/, '')} ${names.s}`
  const seconds = Math.round(ms / 1_000)
  const largest = UNITS.findIndex(([, size]) => seconds >= size)
  if (largest === -1) return `${seconds} ${names.s}`
  const [unit, size] = UNITS[largest] ?? ['min', 60]
  const [nextUnit, nextSize] = UNITS[largest + 1] ?? ['s', 1]
  const rest = Math.floor((seconds % size) / nextSize)
  const whole = `${Math.floor(seconds / size)} ${names[unit]}`
  return rest === 0 ? whole : `${whole} ${rest} ${names[nextUnit]}`
}

/** A duration that is shown while it changes: below 10 s always with one decimal, so that what follows does not jitter. */
export function movingDuration(ms: number, language: Language = 'en'): string {
  const text = humanDuration(ms, language)
  return ms < 10_000 ? text.replace(/^(\d) /, '$1.0 ') : text
}

/**
 * An age for people, in one unit, which is precise enough.
 *
 * @example
 * ```ts
 * humanAge(5_400_000) // '90 min'
 * ```
 */
export function humanAge(ms: number, language: Language = 'en'): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000))
  const [unit, size] = UNITS.find(([, size]) => seconds >= 2 * size) ?? ['s', 1]
  return `${Math.floor(seconds / size)} ${NAMES[language][unit]}`
}
