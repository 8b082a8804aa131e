/** A probe URL that is safe to print: its query may contain a credential. */
export function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}
