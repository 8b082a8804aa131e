import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { createReplayGuard, type ReplayGuardOptions, type ReplayStore } from '../../lib/receiver/index.ts'
import { TestClock } from '../support/clock.ts'
import { HOST, NOW, SECONDS, signed } from './support.ts'

const callback = signed('key')

function setUp(options: ReplayGuardOptions = {}) {
  const clock = new TestClock(NOW)
  return { clock, guard: createReplayGuard({ clock, ...options }) }
}

describe('createReplayGuard', () => {
  it('does the work of the same callback once', async () => {
    const { guard } = setUp()
    const work = vi.fn(() => 'done')
    expect(await guard.once(callback, 'body', work)).toEqual({ replayed: false, result: 'done' })
    expect(await guard.once(callback, 'body', work)).toEqual({ replayed: true })
    expect(await guard.once(callback, Buffer.from('body'), work)).toEqual({ replayed: true })
    expect(work).toHaveBeenCalledOnce()
  })

  it('is not fooled by the case of the signature', async () => {
    const { guard } = setUp()
    await guard.once(callback, 'body', () => undefined)
    const upper = { ...callback, signature: callback.signature.toUpperCase() }
    expect(await guard.once(upper, 'body', () => undefined)).toEqual({ replayed: true })
  })

  it('accepts other callbacks of the same second, which have the same signature', async () => {
    const { guard } = setUp()
    for (const body of ['a', 'b', 'c', '']) {
      expect((await guard.once(callback, body, () => undefined)).replayed).toBe(false)
    }
  })

  it('makes a repeat wait for the first, and do its work if that fails', async () => {
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

  it('keeps what was done since if a forgotten run fails', async () => {
    const { guard } = setUp({ capacity: 1 })
    let fail: (error: Error) => void = () => undefined
    const first = guard.once(callback, 'body', () => new Promise((_, reject) => (fail = reject)))
    await guard.once(callback, 'other', () => undefined)
    await guard.once(callback, 'body', () => undefined)
    fail(new Error('no room'))
    await expect(first).rejects.toThrow('no room')
    expect(await guard.once(callback, 'body', () => undefined)).toEqual({ replayed: true })
  })

  it('passes on a synchronous error of the work', async () => {
    const { guard } = setUp()
    const work = (): never => {
      throw new Error('no room')
    }
    await expect(guard.once(callback, 'body', work)).rejects.toThrow('no room')
    expect((await guard.once(callback, 'body', () => 1)).replayed).toBe(false)
  })

  it('remembers for as long as the verifier accepts, but not longer', async () => {
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

describe('with its own store', () => {
  /** What Redis does with SET NX PX and DEL. */
  function sharedStore(clock: TestClock) {
    const held = new Map<string, number>()
    const store: ReplayStore = {
      add: async (id, ms) => {
        await Promise.resolve()
        if ((held.get(id) ?? -Infinity) > clock.now()) return false
        held.set(id, clock.now() + ms)
        return true
      },
      delete: async (id) => {
        await Promise.resolve()
        held.delete(id)
      },
    }
    return { store, held }
  }
  const CALLBACK = { timestamp: SECONDS, signature: 'A'.repeat(32) }

  it('does once what several instances receive, even after a restart', async () => {
    const clock = new TestClock(NOW)
    const { store, held } = sharedStore(clock)
    const guards = [1, 2, 3].map(() => createReplayGuard({ store, clock }))
    let done = 0
    const answers = await Promise.all(
      guards.flatMap((guard) => [1, 2].map(() => guard.once(CALLBACK, '{}', () => ++done))),
    )
    expect(done).toBe(1)
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1)
    expect(await createReplayGuard({ store, clock }).once(CALLBACK, '{}', () => ++done)).toEqual({
      replayed: true,
    })
    expect([...held.keys()]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)])
    // For as long as the verifier takes the signature, and no longer.
    expect([...held.values()]).toEqual([NOW + 301_000])
  })

  it('gives failed work to the next repeat, even on another instance', async () => {
    const clock = new TestClock(NOW)
    const { store } = sharedStore(clock)
    const [one, two] = [createReplayGuard({ store, clock }), createReplayGuard({ store, clock })]
    await expect(one.once(CALLBACK, '{}', () => Promise.reject(new Error('no disk')))).rejects.toThrow(
      'no disk',
    )
    expect(await two.once(CALLBACK, '{}', () => 'done')).toEqual({ replayed: false, result: 'done' })
  })

  it('loses no callback if the store is down', async () => {
    const onError = vi.fn()
    const down = new Error('down')
    const store: ReplayStore = { add: () => Promise.reject(down), delete: () => Promise.reject(down) }
    const guard = createReplayGuard({ store, onError, clock: new TestClock(NOW) })
    await expect(guard.once(CALLBACK, '{}', () => Promise.reject(new Error('no disk')))).rejects.toThrow(
      'no disk',
    )
    expect(await guard.once(CALLBACK, '{}', () => 'done')).toEqual({ replayed: false, result: 'done' })
    expect(await guard.once(CALLBACK, '{}', () => 'again')).toEqual({ replayed: true })
    expect(onError.mock.calls).toEqual([[down], [down], [down]])
  })

  it.each([[{ store: {} }], [{ store: { add: () => true } }], [{ onError: 'log' }], [{ size: 5 }]])(
    'refuses wrong options: %j',
    (options) => {
      expect(() => createReplayGuard(options as never)).toThrow(TypeError)
    },
  )
})
