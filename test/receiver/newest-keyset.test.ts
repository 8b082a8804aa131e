import { describe, expect, it } from 'vitest'
import { readKeyset } from '../../lib/keyset/document.ts'
import type { Keyset } from '../../lib/keyset/keyset.ts'
import { newestKeyset } from '../../lib/receiver/newest-keyset.ts'
import { documentOf } from './support.ts'

/** All orders of a list. */
function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]]
  return items.flatMap((item, index) =>
    permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]),
  )
}

/** All lists of `length` items of `alphabet`. */
function words<T>(alphabet: readonly T[], length: number): T[][] {
  if (length === 0) return [[]]
  return words(alphabet, length - 1).flatMap((word) => alphabet.map((item) => [...word, item]))
}

function keyset(lineage: string, revision: number): Keyset {
  return readKeyset(documentOf([], { lineage, revision }))
}

interface Read {
  /** Reads are numbered as they begin. */
  readonly number: number
  readonly keyset: Keyset
}

/** What is held after each read has ended. */
function play(reads: readonly Read[]): Keyset[] {
  const newest = newestKeyset()
  return reads.map((read) => {
    newest.offer(read.keyset, read.number)
    return newest.keyset!
  })
}

const READS = 4

describe('overlapping reads of one lineage, in every order of their ends', () => {
  const revisions = [1, 2, 3, 4].map((revision) => keyset('one', revision))

  it('never step back, and end with the highest revision', () => {
    let played = 0
    for (const brought of words(revisions, READS)) {
      const reads = brought.map((document, index) => ({ number: index + 1, keyset: document }))
      for (const order of permutations(reads)) {
        const held = play(order).map(({ revision }) => revision)
        expect(held).toEqual(held.toSorted((a, b) => a - b))
        expect(held.at(-1)).toBe(Math.max(...brought.map(({ revision }) => revision)))
        played++
      }
    }
    expect(played).toBe(4 ** READS * 24)
  })

  it('keep the same object for the same revision, so that nothing is prepared again', () => {
    const newest = newestKeyset()
    const first = keyset('one', 3)
    newest.offer(first, 1)
    newest.offer(keyset('one', 3), 2)
    expect(newest.keyset).toBe(first)
    expect(newest.read).toBe(2)
  })
})

describe('a secret that is recreated between the reads', () => {
  const old = [5, 6].map((revision) => keyset('old', revision))
  const fresh = [1, 2].map((revision) => keyset('fresh', revision))

  it('is adopted in every order of their ends, and never abandoned', () => {
    let played = 0
    for (const before of [1, 2, 3]) {
      for (const brought of words([0, 1], READS)) {
        const reads = brought.map((which, index) => ({
          number: index + 1,
          keyset: (index < before ? old : fresh)[which]!,
        }))
        for (const order of permutations(reads)) {
          const held = play(order)
          const lineages = held.map(({ lineage }) => lineage)
          expect(lineages.lastIndexOf('old')).toBeLessThan(
            lineages.includes('fresh') ? lineages.indexOf('fresh') : READS,
          )
          const best = Math.max(...reads.slice(before).map(({ keyset: { revision } }) => revision))
          expect(held.at(-1)).toMatchObject({ lineage: 'fresh', revision: best })
          played++
        }
      }
    }
    expect(played).toBe(3 * 2 ** READS * 24)
  })
})
