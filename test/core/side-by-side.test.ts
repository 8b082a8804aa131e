import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { sideBySide } from '../../lib/core/side-by-side.ts'

describe('side by side', () => {
  it('processes all items, never more at once than allowed, and keeps their order', async () => {
    let under = 0
    let most = 0
    const items = Array.from({ length: 100 }, (_, index) => index)
    const results = await sideBySide(
      new Set(items),
      async (item) => {
        most = Math.max(most, ++under)
        // Those that came first take the longest.
        for (let turns = item % 7; turns < 7; turns++) await turn()
        under--
        return item * 2
      },
      8,
    )
    expect(results).toEqual(items.map((item) => item * 2))
    expect(most).toBe(8)
  })

  it('has its own bound, far above what the throttles allow in flight', async () => {
    let begun = 0
    const never = new Promise<void>(() => undefined)
    void sideBySide(Array.from({ length: 10_000 }), () => {
      begun++
      return never
    })
    await turn()
    expect(begun).toBeLessThan(1_000)
    expect(begun).toBeGreaterThan(300)
  })

  it('rejects with the first failure and starts nothing after it', async () => {
    const begun: number[] = []
    const work = async (item: number): Promise<void> => {
      begun.push(item)
      await turn()
      if (item === 1) throw new RangeError('the second')
    }
    await expect(sideBySide([0, 1, 2, 3, 4, 5], work, 2)).rejects.toThrow(new RangeError('the second'))
    await turn()
    expect(begun).toEqual([0, 1, 2])
  })

  it('resolves to an empty list for an empty list', async () => {
    expect(await sideBySide([], () => Promise.reject(new Error('never')))).toEqual([])
  })
})
