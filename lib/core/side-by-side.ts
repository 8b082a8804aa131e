/**
 * Several times what the throttles allow in flight, so it slows nothing down; and far fewer than the domains of a large
 * group, each of which would hold a few kilobytes while it waits its turn.
 */
const MOST_AT_ONCE = 500

/**
 * Does `work` for all items, at most {@link MOST_AT_ONCE} at a time, and resolves to the results in the order of the
 * items. Like `Promise.all` it rejects with the first failure, and it starts no further items.
 *
 * @example
 * ```ts
 * const readings = await sideBySide(domains, (domain) => live.query(domain))
 * ```
 */
export async function sideBySide<T, U>(
  items: Iterable<T>,
  work: (item: T) => Promise<U>,
  mostAtOnce = MOST_AT_ONCE,
): Promise<U[]> {
  const all = [...items]
  const results: U[] = []
  const left = all.entries()
  let failed = false
  const worker = async (): Promise<void> => {
    for (const [index, item] of left) {
      if (failed) return
      try {
        results[index] = await work(item)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(mostAtOnce, all.length) }, worker))
  return results
}
