/** A probe URL as it may be printed: what follows the path may be a credential of the operator's. */
export function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}
