import { createServer, request } from 'node:http'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { TestClock } from './clock.ts'

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

function post(port: number, signal?: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, method: 'POST', ...(signal && { signal }) }, (answer) => {
      let text = ''
      answer.on('data', (chunk: Buffer) => (text += chunk.toString()))
      answer.on('end', () => {
        resolve(text)
      })
    })
    call.on('error', reject)
    call.end('x')
  })
}

async function server(answer: () => Promise<string | null>): Promise<number> {
  const http = createServer((incoming, outgoing) => {
    incoming.resume()
    incoming.on('end', () => {
      void answer().then((text) => text !== null && outgoing.end(text))
    })
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    http.closeAllConnections()
    http.close()
  })
  const address = http.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

describe('TestClock', () => {
  it('stands still unless it is moved', async () => {
    const clock = new TestClock(5_000)
    let woke = false
    void clock.sleep(100).then(() => (woke = true))
    await clock.advance(99)
    expect([clock.now(), woke]).toEqual([5_099, false])
    await clock.advance(1)
    expect([clock.now(), woke]).toEqual([5_100, true])
  })

  it('fires timers in the order of their time, and new ones on the way', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(50), { maxLength: 30 }), async (delays) => {
        const clock = new TestClock()
        const fired: number[] = []
        for (const delay of delays) {
          void clock.sleep(delay).then(async () => {
            fired.push(clock.tick())
            await clock.sleep(delay % 7)
            fired.push(clock.tick())
          })
        }
        await clock.advance(100)
        expect(fired).toHaveLength(2 * delays.length)
        expect(fired).toEqual(fired.toSorted((a, b) => a - b))
        expect(fired.toSorted((a, b) => a - b)).toEqual(
          delays.flatMap((delay) => [1_000 + delay, 1_000 + delay + (delay % 7)]).sort((a, b) => a - b),
        )
      }),
    )
  })

  it('runs through very many timers on its own', async () => {
    const clock = new TestClock(0)
    const work = async (): Promise<number> => {
      for (let i = 0; i < 100_000; i++) await clock.sleep(40)
      return clock.now()
    }
    expect(await clock.run(work())).toBe(4_000_000)
  })

  it('passes a rejection on, and stops moving', async () => {
    const clock = new TestClock(0)
    void clock.sleep(1_000)
    const failing = clock.sleep(10).then(() => Promise.reject(new Error('no')))
    await expect(clock.run(failing)).rejects.toThrow('no')
    expect(clock.now()).toBe(10)
  })

  it('ends an aborted sleep with the reason, and forgets its timer', async () => {
    const clock = new TestClock(0)
    const controller = new AbortController()
    const sleep = clock.sleep(50, controller.signal)
    controller.abort(new Error('stop'))
    await expect(sleep).rejects.toThrow('stop')
    await expect(clock.sleep(1, controller.signal)).rejects.toThrow('stop')
    expect(clock.sleeping).toBe(0)
  })

  it('does not move while a request is under way', async () => {
    const clock = new TestClock(0)
    const port = await server(async () => {
      for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
      return String(clock.now())
    })
    void clock.sleep(1)
    expect(await clock.run(post(port))).toBe('0')
    const fetched = fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'x' }).then((a) => a.text())
    expect(await clock.run(fetched)).toBe('0')
    expect(clock.now()).toBe(0)
  })

  it('does not move while what it watches is busy', async () => {
    const clock = new TestClock(0)
    let busy = true
    clock.watch(() => busy)
    const sleep = clock.sleep(5)
    setTimeout(() => {
      expect(clock.now()).toBe(0)
      busy = false
    }, 5)
    await clock.run(sleep)
    expect(clock.now()).toBe(5)
  })

  it.each([true, false])('moves on if a server waits for time to pass (announced: %s)', async (told) => {
    const clock = new TestClock(0)
    let held = 0
    const port = await server(async () => {
      held++
      await clock.sleep(700)
      held--
      return 'late'
    })
    if (told) clock.hold(() => held)
    expect(await clock.run(post(port))).toBe('late')
    expect(clock.now()).toBe(700)
  })

  it('lets a caller give up on a server that hangs', async () => {
    const clock = new TestClock(0)
    const port = await server(() => Promise.resolve(null))
    const controller = new AbortController()
    const call = post(port, controller.signal)
    void clock.sleep(10_000).then(() => {
      controller.abort()
    })
    await expect(clock.run(call)).rejects.toThrow('aborted')
    expect(clock.now()).toBe(10_000)
  })

  it('keeps the order of effects when two runs share it', async () => {
    const clock = new TestClock(0)
    const order: string[] = []
    const work = async (name: string, ms: number): Promise<void> => {
      for (let i = 0; i < 3; i++) {
        await clock.sleep(ms)
        order.push(`${name}@${clock.now()}`)
      }
    }
    await Promise.all([clock.run(work('a', 10)), clock.run(work('b', 15))])
    expect(order).toEqual(['a@10', 'b@15', 'a@20', 'b@30', 'a@30', 'b@45'])
  })

  it('reports a promise that nothing resolves', async () => {
    const clock = new TestClock(0)
    await expect(clock.run(new Promise(() => undefined), { stuckAfterMs: 20 })).rejects.toThrow('stuck')
  })
})
