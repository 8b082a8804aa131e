import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import { interruptibleClock, interruptibleOpen } from '../../lib/cli/interruptible.ts'
import { Key } from '../../lib/keyset/key.ts'
import type { GroupPorts, LiveDomains, SetOptions } from '../../lib/rotation/ports.ts'
import { TestClock } from '../support/clock.ts'
import { groupConfig } from '../support/model-cloud.ts'

const KEY = Key.generate()
const REASON = new Error('stopped')

/** Live that answers when the test says so, and whose calls wait for a throttle first. */
class SlowLive {
  readonly sent: string[] = []
  readonly #queue: (() => void)[] = []
  readonly #answers: (() => void)[] = []

  letThrough(): void {
    for (const go of this.#queue.splice(0)) go()
  }

  answer(): void {
    for (const go of this.#answers.splice(0)) go()
  }

  async set(domain: string, _key: Key, { fence }: SetOptions): Promise<void> {
    await new Promise<void>((resolve) => this.#queue.push(resolve))
    await fence()
    this.sent.push(domain)
    await new Promise<void>((resolve) => this.#answers.push(resolve))
  }

  query(domain: string): Promise<{ domain: string; enabled: boolean; key: null }> {
    return new Promise((resolve) => this.#queue.push(() => resolve({ domain, enabled: false, key: null })))
  }
}

async function openLive(controller: AbortController): Promise<{ slow: SlowLive; live: LiveDomains }> {
  const slow = new SlowLive()
  const ports = {
    keysets: {},
    live: slow,
    usage: () => ({ calls: {}, throttled: 0 }),
    cloudAheadMs: () => 0,
  } as unknown as GroupPorts
  const { live } = await interruptibleOpen(() => Promise.resolve(ports), controller.signal)(groupConfig())
  return { slow, live }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))
const options: SetOptions = { fence: () => Promise.resolve(() => true) }

describe('ports after Ctrl-C', () => {
  test('ends a set that waits for its turn at once, and never sends it', async () => {
    const controller = new AbortController()
    const { slow, live } = await openLive(controller)
    const set = live.set('a', KEY, options)
    controller.abort(REASON)
    await expect(set).rejects.toBe(REASON)
    slow.letThrough()
    await turn()
    expect(slow.sent).toEqual([])
  })

  test('waits for a set that was sent', async () => {
    const controller = new AbortController()
    const { slow, live } = await openLive(controller)
    const set = live.set('a', KEY, options)
    slow.letThrough()
    await turn()
    controller.abort(REASON)
    await turn()
    slow.answer()
    await expect(set).resolves.toBeUndefined()
    expect(slow.sent).toEqual(['a'])
  })

  test("still checks the rotation's fence", async () => {
    const { slow, live } = await openLive(new AbortController())
    const set = live.set('a', KEY, { fence: () => Promise.reject(new Error('fenced')) })
    slow.letThrough()
    await expect(set).rejects.toThrow('fenced')
    expect(slow.sent).toEqual([])
  })

  test('ends reads at once and starts no new ones', async () => {
    const controller = new AbortController()
    const { slow, live } = await openLive(controller)
    const before = live.query('a')
    controller.abort(REASON)
    await expect(before).rejects.toBe(REASON)
    await expect(live.query('b')).rejects.toBe(REASON)
    await expect(live.set('b', KEY, options)).rejects.toBe(REASON)
    slow.letThrough()
  })

  test('leaves no listener on the signal after a call', async () => {
    const controller = new AbortController()
    const { slow, live } = await openLive(controller)
    const listening = () => getEventListeners(controller.signal, 'abort').length
    const calls = [live.query('a'), live.set('a', KEY, options), live.query('b')]
    await turn()
    expect(listening()).toBe(3)
    slow.letThrough()
    await turn()
    slow.answer()
    await Promise.all(calls)
    expect(listening()).toBe(0)
  })

  test('changes nothing without a signal', async () => {
    const { slow, live } = await openLive(new AbortController())
    const query = live.query('a')
    slow.letThrough()
    await expect(query).resolves.toEqual({ domain: 'a', enabled: false, key: null })
  })
})

test('has a clock whose sleeps end at Ctrl-C or with their own signal', async () => {
  const controller = new AbortController()
  const inner = new TestClock()
  const clock = interruptibleClock(inner, controller.signal)
  expect([clock.now(), clock.tick()]).toEqual([inner.now(), inner.tick()])
  const own = new AbortController()
  const [plain, withSignal, aborted] = [clock.sleep(10), clock.sleep(1_000, own.signal), clock.sleep(2_000)]
  await inner.advance(10)
  await plain
  own.abort(new Error('own'))
  await expect(withSignal).rejects.toThrow('own')
  controller.abort(REASON)
  await expect(aborted).rejects.toBe(REASON)
  await expect(clock.sleep(1)).rejects.toBe(REASON)
})
