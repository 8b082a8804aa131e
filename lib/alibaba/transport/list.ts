import type { RotatorError } from '../../core/errors.ts'
import type { Page } from '../live/live-client.ts'

const READINGS = 4

/**
 * Reads all pages of a list. The list may shift between two pages, so a reading counts only if the total stayed the
 * same and that many different items were seen; otherwise it is read again, a few times.
 *
 * @param idOf - Identifies an item.
 * @param incomplete - The error if no reading counts.
 */
export async function readList<T>(
  readPage: (page: number) => Promise<Page<T>>,
  idOf: (item: T) => string,
  incomplete: () => RotatorError,
): Promise<T[]> {
  for (let reading = 1; reading <= READINGS; reading++) {
    const items = await readOnce(readPage, idOf)
    if (items !== null) return items
  }
  throw incomplete()
}

/** null if the list shifted meanwhile. */
async function readOnce<T>(
  readPage: (page: number) => Promise<Page<T>>,
  idOf: (item: T) => string,
): Promise<T[] | null> {
  const found = new Map<string, T>()
  let total: number | null = null
  for (let page = 1, read = 0; total === null || read < total; page++) {
    const { total: now, items } = await readPage(page)
    total ??= now
    if (now !== total || (items.length === 0 && total > 0)) return null
    for (const item of items) found.set(idOf(item), item)
    read += items.length
  }
  return found.size === total ? [...found.values()] : null
}
