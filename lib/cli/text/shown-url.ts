/**
 * A URL that is safe to print: without anything after the path, which may hold a token.
 *
 * @example
 * ```ts
 * shownUrl('https://hooks.example.com/live?token=1') // 'https://hooks.example.com/live?…'
 * ```
 */
export function shownUrl(url: string): string {
  const { origin, pathname, search } = new URL(url)
  return `${origin}${pathname}${search === '' ? '' : '?…'}`
}
