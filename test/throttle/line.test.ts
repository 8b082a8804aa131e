import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Line } from '../../lib/throttle/line.ts'

it('returns the longest waiting member, whoever leaves', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat(3_000)), { maxLength: 60 }), (steps) => {
      const line = new Line<object>()
      const waiting: object[] = []
      for (const step of steps) {
        if (step === null) {
          for (let i = 0; i < 600; i++) {
            const member = {}
            line.add(member)
            waiting.push(member)
          }
        } else {
          // One from the middle, and many from the front, as they are served.
          const [left] = waiting.splice(step % Math.max(1, waiting.length), 1)
          if (left) expect(line.leave(left)).toBe(true)
          for (const served of waiting.splice(0, step)) line.leave(served)
        }
        expect(line.first).toBe(waiting[0])
        expect(line.size).toBe(waiting.length)
      }
    }),
  )
})

it('says if a member was not waiting', () => {
  const line = new Line<string>()
  line.add('only')
  expect([line.leave('other'), line.leave('only'), line.leave('only')]).toEqual([false, true, false])
  expect(line.first).toBeUndefined()
})
