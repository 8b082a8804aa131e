import { describe, expect, it } from 'vitest'
import { revisionOf, versionOf } from '../../lib/keyset/version-id.ts'
import { lineOf, LONGEST_JUMP } from '../../lib/keyset/version-line.ts'

const line = (...revisions: number[]): ReturnType<typeof lineOf> => lineOf(revisions.map(versionOf))

describe('a version', () => {
  it('has eight digits and is distinguished from anything else', () => {
    expect(versionOf(7)).toBe('keyset-00000007')
    expect(versionOf(99_999_999)).toBe('keyset-99999999')
    expect(revisionOf('keyset-00000007')).toBe(7)
    for (const other of ['by-hand', 'keyset-7', 'keyset-000000071', 'my-keyset-00000007', 'keyset-0000000x'])
      expect(revisionOf(other)).toBe(0)
  })
})

describe('the line of versions', () => {
  it('ascends without repeats and without foreign versions', () => {
    expect(
      lineOf(['keyset-00000010', 'by-hand', 'keyset-00000009', 'keyset-00000010', 'keyset-00000100']),
    ).toEqual({
      inLine: [9, 10, 100],
      outOfLine: [],
    })
    expect(lineOf(['by-hand'])).toEqual({ inLine: [], outOfLine: [] })
  })

  it('ends if the next version is further than a run can go', () => {
    expect(LONGEST_JUMP).toBe(1_000)
    expect(line(5, 1_005)).toEqual({ inLine: [5, 1_005], outOfLine: [] })
    expect(line(5, 6, 1_007, 1_008)).toEqual({ inLine: [5, 6], outOfLine: [1_007, 1_008] })
  })

  it('may begin anywhere, because older versions are gone', () => {
    expect(line(70_000, 70_001)).toEqual({ inLine: [70_000, 70_001], outOfLine: [] })
  })
})
