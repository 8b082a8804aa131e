import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cachedKeyset, createVerifier, type CacheOptions } from '../../lib/receiver/index.ts'
import { TestClock } from '../support/clock.ts'
import { documentOf, HOST, NOW, signed, type KeySpec } from './support.ts'

/** All ways to merge sequences of steps while each keeps its own order. */
function* interleavings<T>(sequences: readonly (readonly T[])[]): Generator<T[]> {
  if (sequences.every((steps) => steps.length === 0)) yield []
  for (const [index, steps] of sequences.entries()) {
    const [first, ...rest] = steps
    if (first === undefined) continue
    const others = sequences.map((other, place) => (place === index ? rest : other))
    for (const tail of interleavings(others)) yield [first, ...tail]
  }
}

describe('two reads and two saves, interleaved in every order', () => {
  const documents = [
    documentOf([['current', 'one']], { revision: 1 }),
    documentOf(
      [
        ['pending', 'two'],
        ['current', 'one'],
      ],
      { revision: 2 },
    ),
    documentOf(
      [
        ['current', 'two'],
        ['compromised', 'one'],
      ],
      { revision: 3 },
    ),
  ]
  type Ending = 'well' | 'with an error' | 'with nonsense'
  const ENDINGS: readonly Ending[] = ['well', 'with an error', 'with nonsense']

  /** Plays one order of steps, and checks the laws after each. */
  async function play(order: readonly string[], endings: Readonly<Record<string, Ending>>): Promise<void> {
    const clock = new TestClock(NOW)
    let saved = 0
    const started: ((document: unknown) => void)[] = []
    const keyset = cachedKeyset(() => new Promise((end) => started.push(end)), { clock, timeout: 60_000 })
    const first = keyset.load()
    await tick()
    started[0]!(documents[0])
    await first

    const reads: Record<string, { end: (document: unknown) => void; seen: number }> = {}
    let known = 0
    let held = 1
    for (const step of order) {
      const [what = '', who = ''] = step.split(' ')
      if (what === 'save') saved++
      if (what === 'begin') {
        keyset.reload().catch(() => undefined)
        await tick()
        reads[who] = { end: started.at(-1)!, seen: 0 }
      }
      if (what === 'see') reads[who]!.seen = saved
      if (what === 'end') {
        const { end, seen } = reads[who]!
        const ending = endings[who]!
        if (ending === 'well') known = Math.max(known, seen)
        if (ending === 'well') end(documents[seen])
        else end(ending === 'with nonsense' ? '{' : Promise.reject(new Error('down')))
        await tick()
      }
      const revision = keyset.peek()!.revision
      if (revision < held || revision !== known + 1) {
        expect.fail(`holds ${revision} after ${held}, though ${known + 1} was read: ${order.join(', ')}`)
      }
      held = revision
    }
    keyset.close()
  }

  it('never step back, and know everything that any read has seen', { tags: 'slow' }, async () => {
    const reader = (name: string): string[] => [`begin ${name}`, `see ${name}`, `end ${name}`]
    let played = 0
    for (const order of interleavings([reader('a'), reader('b'), ['save', 'save']])) {
      for (const a of ENDINGS) for (const b of ENDINGS) await play(order, { a, b })
      played++
    }
    expect(played).toBe(560)
  })
})

/** Lets every promise settle that waits for nothing but promises. */
async function tick(): Promise<void> {
  for (let i = 0; i < 12; i++) await Promise.resolve()
}

/** A secret that is read in some time, the document being that of some moment in between. */
class SimulatedSecret {
  document: Record<string, unknown>
  reads = 0
  underWay = 0
  mostUnderWay = 0
  readonly #clock: TestClock
  readonly #latency: () => number

  constructor(clock: TestClock, latency: () => number, document: Record<string, unknown>) {
    this.#clock = clock
    this.#latency = latency
    this.document = document
  }

  read = async (): Promise<unknown> => {
    this.reads++
    this.underWay++
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay)
    await this.#clock.sleep(this.#latency())
    const { document } = this
    await this.#clock.sleep(this.#latency())
    this.underWay--
    return document
  }
}

/** A receiver under a simulated secret; `numbers` gives all the chance there is. */
function simulate(numbers: () => number, keys: readonly KeySpec[], ttl: number, options: CacheOptions = {}) {
  const clock = new TestClock(NOW)
  const secret = new SimulatedSecret(clock, () => numbers() * 1_000, documentOf(keys, { ttl }))
  const keyset = cachedKeyset(() => secret.read(), { clock, random: numbers, ...options })
  const verify = createVerifier({ keyset, host: HOST, clock, tolerance: 86_400 })
  return { clock, secret, keyset, verify }
}

/** Numbers in [0, 1) from a seed. */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

describe('an attacker who sends unknown signatures as fast as possible', () => {
  const attack = fc.record({
    seed: fc.nat(),
    ttl: fc.integer({ min: 20_000, max: 90_000 }),
    cooldown: fc.integer({ min: 1_000, max: 30_000 }),
    everyMs: fc.integer({ min: 100, max: 2_000 }),
    saveAfter: fc.integer({ min: 0, max: 90_000 }),
  })

  it('costs one read per cooldown, and makes no genuine callback fail', { tags: 'slow' }, async () => {
    await fc.assert(
      fc.asyncProperty(attack, async ({ seed, ttl, cooldown, everyMs, saveAfter }) => {
        const { clock, secret, keyset, verify } = simulate(chance(seed), [['current', 'one']], ttl, {
          cooldown,
        })
        const opened = clock.now()
        await clock.run(keyset.load())
        const rejected: Promise<unknown>[] = []
        const savedAt = clock.now() + saveAfter
        const end = savedAt + ttl + 60_000
        while (clock.now() < end) {
          if (clock.now() >= savedAt) {
            secret.document = documentOf(
              [
                ['pending', 'two'],
                ['current', 'one'],
              ],
              { ttl, revision: 2 },
            )
          }
          rejected.push(verify(signed('forged')))
          // Known: verified without a wait. New: known to every receiver one ttl after the save.
          expect(await within(verify(signed('one')))).toMatchObject({ verdict: 'accepted' })
          if (clock.now() >= savedAt + ttl) {
            expect(await within(verify(signed('two')))).toMatchObject({ verdict: 'accepted' })
          }
          await clock.advance(everyMs)
        }
        await clock.advance(3_000)
        for (const answer of await Promise.all(rejected))
          expect(answer).toMatchObject({ verdict: 'rejected' })
        const elapsed = clock.now() - opened
        expect(secret.reads).toBeLessThanOrEqual(2 + elapsed / cooldown + elapsed / (0.5 * ttl - 2_000))
        expect(secret.mostUnderWay).toBe(1)
        keyset.close()
      }),
      { numRuns: 30 },
    )
  })
})

/** What a promise resolves to without any time passing, or null. */
async function within<T>(promise: Promise<T>): Promise<T | null> {
  let result: T | null = null
  void promise.then((value) => (result = value))
  await tick()
  return result
}

describe('an emergency', () => {
  it('is known to every receiver within one ttl, whatever callbacks come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.integer({ min: 20_000, max: 90_000 }),
        fc.nat(90_000),
        async (seed, ttl, at) => {
          const { clock, secret, keyset, verify } = simulate(chance(seed), [['current', 'one']], ttl)
          await clock.run(keyset.load())
          await clock.advance(at)
          secret.document = documentOf(
            [
              ['pending', 'two'],
              ['compromised', 'one'],
            ],
            { ttl, revision: 2 },
          )
          await clock.advance(ttl)
          expect(await within(verify(signed('one')))).toMatchObject({ verdict: 'quarantined' })
          expect(await within(verify(signed('two')))).toMatchObject({ verdict: 'accepted' })
          keyset.close()
        },
      ),
      { numRuns: 100 },
    )
  })
})

describe('a key that is saved once an outage is over', () => {
  const outage = fc.record({
    seed: fc.nat(),
    ttl: fc.integer({ min: 1_000, max: 60_000 }),
    lasts: fc.integer({ min: 1_000, max: 300_000 }),
    cooldown: fc.integer({ min: 1_000, max: 600_000 }),
    forged: fc.boolean(),
  })
  /** How long a try may take that has failed late, and the one after it: well within the rotator's margin. */
  const READS_MS = 2 * 2_000

  it('is known one ttl later, however long the outage was, and whatever strangers send', async () => {
    await fc.assert(
      fc.asyncProperty(outage, async ({ seed, ttl, lasts, cooldown, forged }) => {
        const { clock, secret, keyset, verify } = simulate(chance(seed), [['current', 'one']], ttl, {
          cooldown,
        })
        await clock.run(keyset.load())
        const { read } = secret
        const step = Math.min(500, ttl / 4)
        const genuine: Promise<unknown>[] = []
        const pass = async (ms: number): Promise<void> => {
          for (const end = clock.now() + ms; clock.now() < end;) {
            if (forged) verify(signed('forged')).catch(() => undefined)
            genuine.push(verify(signed('one')))
            await clock.advance(step)
          }
        }
        secret.read = () => Promise.reject(new Error('down'))
        await pass(lasts)
        secret.read = read
        secret.document = documentOf(
          [
            ['pending', 'two'],
            ['current', 'one'],
          ],
          { ttl, revision: 2 },
        )
        await pass(ttl + READS_MS)
        // Within a read, where that takes longer than the ttl.
        expect(await clock.run(verify(signed('two')))).toMatchObject({ verdict: 'accepted' })
        for (const answer of await clock.run(Promise.all(genuine)))
          expect(answer).toMatchObject({ verdict: 'accepted' })
        keyset.close()
      }),
      { numRuns: 30 },
    )
  })
})

describe('a key that is set the moment an outage is over', () => {
  const outage = fc.record({
    seed: fc.nat(),
    ttl: fc.integer({ min: 1_000, max: 60_000 }),
    lasts: fc.integer({ min: 1_000, max: 300_000 }),
    cooldown: fc.integer({ min: 1_000, max: 600_000 }),
  })

  it('is accepted at once, even if it was staged during the outage and strangers never stopped', async () => {
    await fc.assert(
      fc.asyncProperty(outage, async ({ seed, ttl, lasts, cooldown }) => {
        const { clock, secret, keyset, verify } = simulate(chance(seed), [['current', 'one']], ttl, {
          cooldown,
        })
        await clock.run(keyset.load())
        const { read } = secret
        const forge = (): unknown => verify(signed('forged')).catch(() => undefined)
        secret.read = () => Promise.reject(new Error('down'))
        secret.document = documentOf(
          [
            ['pending', 'two'],
            ['current', 'one'],
          ],
          { ttl, revision: 2 },
        )
        const from = secret.reads
        for (const end = clock.now() + ttl + lasts; clock.now() < end;) {
          forge()
          await clock.advance(250)
        }
        // Strangers make it read twice a second at most, beside the tries of its own.
        expect(secret.reads - from).toBeLessThanOrEqual(3 * Math.ceil((ttl + lasts) / 1_000) + 2)
        secret.read = read
        forge()
        expect(await clock.run(verify(signed('two')))).toMatchObject({ verdict: 'accepted' })
        keyset.close()
      }),
      { numRuns: 20 },
    )
  })

  it('keeps nobody waiting for longer than a moment while the store is down', async () => {
    const { clock, secret, keyset, verify } = simulate(chance(1), [['current', 'one']], 10_000, {})
    await clock.run(keyset.load())
    secret.read = () => new Promise<never>(() => undefined)
    await clock.advance(60_000)
    const began = clock.now()
    expect(await clock.run(verify(signed('forged')))).toMatchObject({ reason: 'staleKeyset' })
    expect(clock.now() - began).toBeLessThanOrEqual(6_000)
    expect(await verify(signed('one'))).toMatchObject({ verdict: 'accepted' })
    keyset.close()
  })
})

describe('a store that fails at random', () => {
  it('delays and refuses no callback, and is not asked more often than the pauses allow', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.double({ min: 0, max: 0.95, noNaN: true }), async (seed, failing) => {
        const numbers = chance(seed)
        const { clock, secret, keyset, verify } = simulate(numbers, [['current', 'one']], 30_000)
        await clock.run(keyset.load())
        const { read } = secret
        secret.read = async () => (numbers() < failing ? Promise.reject(new Error('down')) : read())
        for (let second = 0; second < 600; second++) {
          expect(await within(verify(signed('one')))).toMatchObject({ verdict: 'accepted' })
          await clock.advance(1_000)
        }
        expect(secret.reads).toBeLessThan(120)
        keyset.close()
      }),
      { numRuns: 10 },
    )
  })
})
