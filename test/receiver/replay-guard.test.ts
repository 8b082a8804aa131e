import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { createReplayGuard, type ReplayGuardOptions } from '../../lib/receiver/index.ts'
import { TestClock } from '../support/clock.ts'
import { HOST, NOW, signed } from './support.ts'

const callback = signed('key')

function setUp(options: ReplayGuardOptions = {}) {
  const clock = new TestClock(NOW)
  return { clock, guard: createReplayGuard({ clock, ...options }) }
}

describe('createReplayGuard', () => {
  it('does the work once for the same callback', async () => {
    const { guard } = setUp()
    const work = vi.fn(() => 'done')
    expect(await guard.once(callback, 'body', work)).toEqual({ replayed: false, result: 'done' })
    expect(await guard.once(callback, 'body', work)).toEqual({ replayed: true })
    expect(await guard.once(callback, Buffer.from('body'), work)).toEqual({ replayed: true })
    expect(work).toHaveBeenCalledOnce()
  })

  it('is not deceived by the case of the signature', async () => {
    const { guard } = setUp()
    await guard.once(callback, 'body', () => undefined)
    const upper = { ...callback, signature: callback.signature.toUpperCase() }
    expect(await guard.once(upper, 'body', () => undefined)).toEqual({ replayed: true })
  })

  it('lets through other callbacks of the same second, which have the same signature', async () => {
    const { guard } = setUp()
    for (const body of ['a', 'b', 'c', '']) {
      expect((await guard.once(callback, body, () => undefined)).replayed).toBe(false)
    }
  })

  it('lets a repeat wait for the first, and do its work when that fails', async () => {
    const { guard } = setUp()
    let fail: (error: Error) => void = () => undefined
    const first = guard.once(callback, 'body', () => new Promise((_, reject) => (fail = reject)))
    const work = vi.fn(() => 'second')
    const second = guard.once(callback, 'body', work)
    const third = guard.once(callback, 'body', work)
    await Promise.resolve()
    expect(work).not.toHaveBeenCalled()
    fail(new Error('no room'))
    await expect(first).rejects.toThrow('no room')
    expect(await second).toEqual({ replayed: false, result: 'second' })
    expect(await third).toEqual({ replayed: true })
    expect(work).toHaveBeenCalledOnce()
  })

  it('keeps what was done since, when a run that it had forgotten fails', async () => {
    const { guard } = setUp({ capacity: 1 })
    let fail: (error: Error) => void = () => undefined
    const first = guard.once(callback, 'body', () => new Promise((_, reject) => (fail = reject)))
    await guard.once(callback, 'other', () => undefined)
    await guard.once(callback, 'body', () => undefined)
    fail(new Error('no room'))
    await expect(first).rejects.toThrow('no room')
    expect(await guard.once(callback, 'body', () => undefined)).toEqual({ replayed: true })
  })

  it('passes on what the work throws at once', async () => {
    const { guard } = setUp()
    const work = (): never => {
      throw new Error('no room')
    }
    await expect(guard.once(callback, 'body', work)).rejects.toThrow('no room')
    expect((await guard.once(callback, 'body', () => 1)).replayed).toBe(false)
  })

  it('remembers for as long as the verifier accepts, and not longer', async () => {
    const { clock, guard } = setUp({ tolerance: 300 })
    await guard.once(callback, 'body', () => undefined)
    await clock.advance(300_999)
    await guard.once(signed('key', HOST, String(clock.now() / 1000)), 'other', () => undefined)
    expect((await guard.once(callback, 'body', () => undefined)).replayed).toBe(true)
    await clock.advance(1)
    await guard.once(callback, 'third', () => undefined)
    expect((await guard.once(callback, 'body', () => undefined)).replayed).toBe(false)
  })

  it('remembers the newest, and never more than its capacity', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 20 }), fc.array(fc.nat(40)), async (capacity, bodies) => {
        const { guard } = setUp({ capacity })
        const remembered: number[] = []
        for (const body of bodies) {
          const { replayed } = await guard.once(callback, String(body), () => undefined)
          expect(replayed).toBe(remembered.includes(body))
          if (!replayed) remembered.push(body)
          if (remembered.length > capacity) remembered.shift()
        }
      }),
    )
  })

  it.each([{ capacity: 0 }, { capacity: 1.5 }, { tolerance: -1 }, { tolerance: NaN }])(
    'refuses wrong options: %j',
    (options) => {
      expect(() => setUp(options)).toThrow(TypeError)
    },
  )
})
