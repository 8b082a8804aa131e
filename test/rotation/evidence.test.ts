import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isProven, isUpTo, noEvidenceYet, withAnswer, type UrlEvidence } from '../../lib/rotation/evidence.ts'
import type { ProbeAnswer } from '../../lib/rotation/probe.ts'

const URL = 'https://hooks.example.com/'

function accepted(instance: string, revision = 2, lineage = 'aaaa'): ProbeAnswer {
  return { accepted: true, detail: 'it answered 204', evidence: { instance, lineage, revision } }
}

const REFUSED: ProbeAnswer = { accepted: false, detail: 'it answered 401' }
const BARE: ProbeAnswer = { accepted: true, detail: 'it answered 204' }

function after(expected: number | null, ...answers: ProbeAnswer[]): UrlEvidence {
  return answers.reduce(
    (evidence, answer, at) => withAnswer(evidence, answer, at),
    noEvidenceYet(URL, expected),
  )
}

const [a, b, c] = [accepted('a'), accepted('b'), accepted('c')]

describe('evidence', () => {
  it('needs N instances and 2 N further connections that bring nothing else', () => {
    expect(isProven(after(2, a, b, a, a, b))).toBe(false)
    expect(isProven(after(2, a, b, a, a, b, b))).toBe(true)
    expect(isProven(after(1, a, a))).toBe(false)
    expect(isProven(after(1, a, a, a))).toBe(true)
  })

  it('does not count connections before the last instance was seen', () => {
    expect(isProven(after(2, a, a, a, a, a, a, a, b))).toBe(false)
  })

  it('restarts the count at a refusal', () => {
    expect(isProven(after(2, a, b, a, a, b, REFUSED, b))).toBe(false)
    expect(isProven(after(2, a, b, a, a, b, REFUSED, b, a, a, b))).toBe(true)
  })

  it('is impossible for good with more instances than stated', () => {
    const evidence = after(2, a, b, c, a, a, a, a, b)
    expect(evidence.impossible).toBe('moreInstances')
    expect(isProven(evidence)).toBe(false)
    expect(evidence.instances.map(({ id }) => id)).toEqual(['a', 'b', 'c'])
  })

  it('is impossible if an answer gives none', () => {
    const evidence = after(1, a, BARE, a, a, a, a)
    expect(evidence.impossible).toBe('noEvidence')
    expect(isProven(evidence)).toBe(false)
  })

  it('proves nothing if the number of instances is not stated', () => {
    expect(isProven(after(null, a, a, a, a, a))).toBe(false)
    expect(after(null, a, b).instances).toHaveLength(2)
  })

  it('keeps the newest revision of each instance, and when it was first seen', () => {
    const evidence = after(null, accepted('a', 2), accepted('a', 3), accepted('a', 2), accepted('a', 3))
    expect(evidence.instances).toEqual([{ id: 'a', lineage: 'aaaa', revision: 3, at: 1 }])
    const moved = withAnswer(evidence, accepted('a', 1, 'bbbb'), 9)
    expect(moved.instances).toEqual([{ id: 'a', lineage: 'bbbb', revision: 1, at: 9 }])
  })

  it('shows which instance uses a document', () => {
    const [seen] = after(null, accepted('a', 5)).instances
    expect([4, 5, 6].map((revision) => isUpTo(seen!, 'aaaa', revision))).toEqual([true, true, false])
    expect(isUpTo(seen!, 'bbbb', 1)).toBe(false)
  })

  it('never holds while an unseen instance may be behind the URL', () => {
    const answer = fc.constantFrom(a, b, c, REFUSED, BARE)
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        fc.array(answer, { maxLength: 30 }),
        (expected, answers) => {
          const evidence = after(expected, ...answers)
          if (!isProven(evidence)) return
          const tail = answers.slice(-2 * expected)
          const ids = new Set(answers.flatMap((each) => each.evidence?.instance ?? []))
          expect(ids.size).toBe(expected)
          expect(answers).not.toContain(BARE)
          expect(tail.every((each) => each.accepted && ids.has(each.evidence?.instance ?? ''))).toBe(true)
        },
      ),
      { numRuns: 2_000 },
    )
  })
})
