/**
 * The first few names, and the number of the rest.
 *
 * @example
 * ```ts
 * names(['a', 'b', 'c'], 2) // 'a, b and 1 more'
 * ```
 */
export function names(all: readonly string[], most = 5): string {
  const shown = all.slice(0, most).join(', ')
  return all.length > most ? `${shown} and ${all.length - most} more` : shown
}

/**
 * The same in Chinese.
 *
 * @example
 * ```ts
 * namesInChinese(['a', 'b', 'c'], 2) // 'a、b 等 3 个'
 * ```
 */
export function namesInChinese(all: readonly string[], most = 5): string {
  const shown = all.slice(0, most).join('、')
  return all.length > most ? `${shown} 等 ${all.length} 个` : shown
}
