/** A longer timer would fire at once. In milliseconds. */
export const LONGEST_TIMER = 2 ** 31 - 1
const SECOND = 1_000

/**
 * Refuses unknown options, because a misspelt name would silently leave the default in place; and hooks (`on…`) that cannot
 * be called.
 *
 * @throws TypeError that names the option.
 */
export function checkOptions(where: string, options: object, known: readonly string[]): void {
  for (const [name, value] of Object.entries(options)) {
    if (!known.includes(name)) {
      throw new TypeError(`${where} has no option "${name}"; it has ${known.join(', ')}`)
    }
    if (name.startsWith('on') && value !== undefined && typeof value !== 'function') {
      throw new TypeError(`"${name}" must be a function`)
    }
  }
}

/**
 * A duration in milliseconds. None of them makes sense below a second, which reveals seconds that were passed by mistake.
 *
 * @param orNone - Whether 0 is also accepted.
 * @throws TypeError that names the option.
 */
export function milliseconds(
  name: string,
  value: unknown,
  fallback: number,
  most = LONGEST_TIMER,
  orNone = false,
): number {
  if (value === undefined) return fallback
  const ms = typeof value === 'number' ? value : NaN
  if ((ms >= SECOND && ms <= most) || (orNone && ms === 0)) return ms
  const seconds = ms > 0 && ms < SECOND
  throw new TypeError(
    `"${name}" must be a number of milliseconds, at least ${SECOND}` +
      (seconds ? `: ${ms} s would be ${ms * SECOND}` : ''),
  )
}
