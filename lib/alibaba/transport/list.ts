import { RotatorError } from '../../core/errors.ts'

const READINGS = 4

/** One page of a list. */
export interface Page<T> {
  /** Number of items on all pages. */
  readonly total: number
  readonly items: readonly T[]
}

export interface ReadListOptions<T> {
  /** What the list is of, for the error: `the streams of domain live1.example.com`. */
  readonly what: string
  /** Reads a page; the first is 1. */
  readonly readPage: (page: number) => Promise<Page<T>>
  /** Identifies an item. */
  readonly idOf: (item: T) => string
}

/**
 * Reads all pages of a list. The list may shift between two pages, so a reading counts only if the total stayed the
 * same and that many different items were seen; otherwise it is read again, a few times.
 *
 * @throws RotatorError `invalidAnswer` if no reading counts; what `readPage` throws.
 */
export async function readList<T>(list: ReadListOptions<T>): Promise<T[]> {
  for (let reading = 1; reading <= READINGS; reading++) {
    const items = await readOnce(list)
    if (items !== null) return items
  }
  throw new RotatorError(
    'invalidAnswer',
    `the list of ${list.what} changed during every attempt and could not be read to the end`,
    { retryable: true },
  )
}

/** null if the list shifted meanwhile. */
async function readOnce<T>({ readPage, idOf }: ReadListOptions<T>): Promise<T[] | null> {
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
