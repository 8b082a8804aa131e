import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it, vi } from 'vitest'
import { RotatorError } from '../../lib/core/errors.ts'
import {
  cachedKeyset,
  createVerifier,
  type CacheOptions,
  type Clock,
  type KeysetSource,
} from '../../lib/receiver/index.ts'
import { TestClock } from '../support/clock.ts'
import { documentOf, HOST, NOW, signed, type KeySpec } from './support.ts'

const TTL = 60_000
const K1: KeySpec = ['current', 'key-one']
const K2: KeySpec = ['pending', 'key-two']

/** A store whose reads end when the test says so. */
class SlowStore {
  readonly reads: { signal: AbortSignal; end: (document: unknown) => void; fail: (error: Error) => void }[] =
    []

  read = (signal: AbortSignal): Promise<unknown> =>
    new Promise((end, fail) => {
      this.reads.push({ signal, end, fail })
    })

  /** Ends the read with this number, counted from 1. */
  end(number: number, document: unknown): void {
    this.reads[number - 1]!.end(document)
  }

  fail(number: number, error: Error = new RotatorError('unavailable', 'the store is down')): void {
    this.reads[number - 1]!.fail(error)
  }
}

function setUp(options: CacheOptions = {}) {
  const clock = new TestClock(NOW)
  const store = new SlowStore()
  const keyset = cachedKeyset(store.read, { clock, random: () => 0.5, ...options })
  const verify = createVerifier({ keyset, host: HOST, clock, tolerance: 86_400 })
  return { clock, store, keyset, verify }
}

/** The same, with a document held already. */
async function setUpLoaded(options: CacheOptions = {}, keys: readonly KeySpec[] = [K1]) {
  const all = setUp(options)
  const loaded = all.keyset.load()
  all.store.end(1, documentOf(keys, { ttl: TTL }))
  await loaded
  return all
}

/** Whether a promise is settled by nothing but what is going on at this moment. */
async function settledNow(clock: TestClock, promise: Promise<unknown>): Promise<boolean> {
  let settled = false
  promise.then(
    () => (settled = true),
    () => (settled = true),
  )
  await clock.advance(0)
  return settled
}

function revisionOf(keyset: KeysetSource): number | undefined {
  return keyset.peek()?.revision
}

describe('the first read', () => {
  it('is made at the first verification, once for all that wait for it', async () => {
    const { clock, store, keyset, verify } = setUp()
    await clock.advance(1_000)
    expect(store.reads).toHaveLength(0)
    const waiting = [verify(signed('key-one')), verify(signed('key-one')), keyset.load()]
    await clock.advance(2_000)
    expect(store.reads).toHaveLength(1)
    store.end(1, documentOf([K1]))
    expect(await Promise.all(waiting)).toMatchObject([{ verdict: 'accepted' }, { verdict: 'accepted' }, {}])
  })

  it('also accepts text', async () => {
    const { store, verify } = setUp()
    const waiting = verify(signed('key-one'))
    store.end(1, JSON.stringify(documentOf([K1])))
    expect((await waiting).verdict).toBe('accepted')
  })

  it('is not made for headers that cannot be valid', async () => {
    const { store, verify } = setUp()
    await verify({ ...signed('key-one'), timestamp: 'yesterday' })
    await verify({ ...signed('key-one'), signature: 'x' })
    expect(store.reads).toHaveLength(0)
  })

  it('ends in an error after the timeout, not in a verdict', async () => {
    const { clock, verify } = setUp({ timeout: 3_000 })
    const waiting = verify(signed('key-one'))
    waiting.catch(() => undefined)
    await clock.advance(2_999)
    expect(await settledNow(clock, waiting)).toBe(false)
    await clock.advance(1)
    await expect(waiting).rejects.toMatchObject({ code: 'unavailable', retryable: true })
  })

  it('is repeated after a failure, while verifications wait', async () => {
    const { clock, store, verify } = setUp({ timeout: 3_000 })
    const waiting = verify(signed('key-one'))
    store.fail(1)
    await clock.advance(500)
    expect(store.reads).toHaveLength(2)
    store.end(2, documentOf([K1]))
    expect((await waiting).verdict).toBe('accepted')
  })

  it('is repeated with growing pauses, however many verifications come', async () => {
    const { clock, store, verify } = setUp({ timeout: 1_000 })
    for (let second = 0; second < 120; second++) {
      const answers = Promise.allSettled([verify(signed('key-one')), verify(signed('key-two'))])
      store.reads.forEach(({ fail }) => {
        fail(new Error('down'))
      })
      await clock.advance(1_000)
      for (const answer of await answers) expect(answer.status).toBe('rejected')
    }
    expect(store.reads.length).toBeLessThan(15)
  })

  it('gives the reason why there is no keyset', async () => {
    const { clock, store, verify } = setUp({ timeout: 1_000 })
    const waiting = verify(signed('key-one'))
    waiting.catch(() => undefined)
    store.fail(1, new RotatorError('throttled', 'there were too many calls', { retryable: true }))
    await clock.advance(1_000)
    await expect(waiting).rejects.toMatchObject({
      code: 'unavailable',
      message: 'no keyset to verify with: there were too many calls',
      cause: { code: 'throttled' },
    })
  })

  it.each([
    'badCredentials',
    'denied',
    'notFound',
    'deletionWindow',
    'invalidRequest',
    'config',
    'keyset',
  ] as const)(
    'ends at once if a retry cannot help, for everyone who waits and who comes: %s',
    async (code) => {
      const { clock, store, keyset, verify } = setUp()
      const cause = new RotatorError(code, 'why')
      const loading = keyset.load()
      const verifying = verify(signed('key-one'))
      store.fail(1, cause)
      await expect(loading).rejects.toBe(cause)
      const unavailable = { code: 'unavailable', message: 'no keyset to verify with: why', cause }
      await expect(verifying).rejects.toMatchObject(unavailable)
      await expect(verify(signed('key-one'))).rejects.toMatchObject(unavailable)
      expect(store.reads).toHaveLength(1)
      await clock.advance(500)
      expect(store.reads).toHaveLength(2)
      store.end(2, documentOf([K1]))
      expect((await verify(signed('key-one'))).verdict).toBe('accepted')
    },
  )
})

describe('the background refresh', () => {
  it.each([
    [0, 30_000],
    [0.999999, 48_000],
  ])('comes before the ttl has passed, with jitter (random %d)', async (random, at) => {
    const { clock, store } = await setUpLoaded({ random: () => random })
    await clock.advance(at - 1)
    expect(store.reads).toHaveLength(1)
    await clock.advance(1)
    expect(store.reads).toHaveLength(2)
  })

  it('continues as long as the process runs, without any verification', async () => {
    const { clock, store, keyset } = await setUpLoaded()
    for (let read = 2; read <= 20; read++) {
      await clock.advance(39_000)
      expect(store.reads).toHaveLength(read)
      store.end(read, documentOf([K1], { revision: read, ttl: TTL }))
      await clock.settle()
      expect(revisionOf(keyset)).toBe(read)
      expect(keyset.fresh).toBe(true)
    }
  })

  it('follows a changing ttl, and a shorter one of its own', async () => {
    const { clock, store } = await setUpLoaded({ ttl: 20_000 })
    await clock.advance(13_000)
    expect(store.reads).toHaveLength(2)
    store.end(2, documentOf([K1], { revision: 2, ttl: 10_000 }))
    await clock.advance(6_500)
    expect(store.reads).toHaveLength(3)
  })

  it('delays no verification, whether it hangs, fails or ends', async () => {
    const { clock, store, verify } = await setUpLoaded({ timeout: 3_000 })
    const isQuick = async (): Promise<void> => {
      const verification = verify(signed('key-one'))
      let settled = false
      void verification.then(() => (settled = true))
      await Promise.resolve()
      expect(settled).toBe(true)
      expect((await verification).verdict).toBe('accepted')
    }
    for (let second = 0; second < 3_600; second++) {
      await isQuick()
      await clock.advance(1_000)
      // Every third read hangs.
      store.reads.forEach(({ fail }, index) => {
        if (index % 3 !== 0) fail(new Error('down'))
      })
    }
    expect(store.reads.length).toBeGreaterThan(100)
  })

  it('reads in time after the clock was set back', async () => {
    const { clock, store } = await setUpLoaded()
    const now = clock.now.bind(clock)
    clock.now = () => now() - 3_600_000
    await clock.advance(39_000)
    expect(store.reads).toHaveLength(2)
  })

  it('comes in time even if the ttl is longer than a timer can be', async () => {
    const clock = new TestClock(NOW)
    const sleep = vi.spyOn(clock, 'sleep')
    const year = 365 * 86_400_000
    const keyset = cachedKeyset(() => Promise.resolve(documentOf([K1], { ttl: year })), { clock })
    await expect(clock.run(keyset.load())).rejects.toMatchObject({ code: 'keyset' })
    const waits = sleep.mock.calls.map(([ms]) => ms)
    expect(Math.max(...waits)).toBeLessThan(60_000)
  })

  it('does not keep the process alive', async () => {
    const clock = new TestClock(NOW)
    const sleep = vi.spyOn(clock, 'sleep')
    const keyset = cachedKeyset(() => Promise.resolve(documentOf([K1])), { clock })
    await clock.run(keyset.load())
    expect(sleep).toHaveBeenLastCalledWith(expect.any(Number), expect.anything(), { ref: false })
  })

  it('ends with close(), after which reads are made on demand', async () => {
    const { clock, store, keyset, verify } = await setUpLoaded()
    keyset.close()
    await clock.advance(10 * TTL)
    expect(store.reads).toHaveLength(1)
    expect(clock.sleeping).toBe(0)
    const waiting = verify(signed('key-one'))
    store.end(2, documentOf([K1], { ttl: TTL }))
    expect((await waiting).verdict).toBe('accepted')
    await clock.advance(10 * TTL)
    expect(store.reads).toHaveLength(2)
  })
})

describe('an unknown signature', () => {
  it('waits for one read and is verified again', async () => {
    const { clock, store, verify } = await setUpLoaded()
    const waiting = [verify(signed('key-two')), verify(signed('key-two')), verify(signed('never'))]
    await clock.advance(1_000)
    expect(store.reads).toHaveLength(2)
    store.end(2, documentOf([K2, K1], { revision: 2 }))
    expect(await Promise.all(waiting)).toMatchObject([
      { verdict: 'accepted', state: 'pending' },
      { verdict: 'accepted', state: 'pending' },
      { verdict: 'rejected', reason: 'unknownSignature' },
    ])
  })

  it('is refused at once within the cooldown', async () => {
    const { clock, store, keyset, verify } = await setUpLoaded({ cooldown: 10_000 })
    const first = verify(signed('never'))
    store.end(2, documentOf([K1]))
    await first
    expect(keyset.coolingDown).toBe(true)
    expect(await settledNow(clock, verify(signed('never')))).toBe(true)
    await clock.advance(10_000)
    expect(keyset.coolingDown).toBe(false)
    void verify(signed('never'))
    await clock.advance(0)
    expect(store.reads).toHaveLength(3)
  })

  it('joins a read that is under way', async () => {
    const { clock, store, keyset, verify } = await setUpLoaded()
    await clock.advance(39_000)
    expect(store.reads).toHaveLength(2)
    const waiting = verify(signed('key-two'))
    await clock.settle()
    store.end(2, documentOf([K2, K1], { revision: 2 }))
    expect((await waiting).verdict).toBe('accepted')
    expect(store.reads).toHaveLength(2)
    expect(keyset.coolingDown).toBe(false)
  })

  it('is refused in time if the store is down', async () => {
    const { clock, store, verify } = await setUpLoaded({ timeout: 3_000 })
    const hanging = verify(signed('never'))
    await clock.advance(3_000)
    expect(await hanging).toMatchObject({ reason: 'unknownSignature' })
    await clock.advance(TTL)
    const stale = verify(signed('never'))
    store.reads.forEach(({ fail }) => {
      fail(new Error('down'))
    })
    await clock.advance(3_000)
    expect(await stale).toMatchObject({ reason: 'staleKeyset' })
  })
})

describe('while the store is down', () => {
  it('uses the last good keyset up to maxStale, then fails', async () => {
    const { clock, store, keyset, verify } = await setUpLoaded({ maxStale: 100_000, timeout: 1_000 })
    const failing = clock.sleep.bind(clock)
    clock.sleep = (ms, signal) => {
      store.reads.slice(1).forEach(({ fail }) => {
        fail(new Error('down'))
      })
      return failing(ms, signal)
    }
    await clock.advance(TTL + 99_000)
    expect(keyset.fresh).toBe(false)
    expect((await verify(signed('key-one'))).verdict).toBe('accepted')
    await clock.advance(1_000)
    const waiting = verify(signed('key-one'))
    waiting.catch(() => undefined)
    await clock.advance(1_000)
    await expect(waiting).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('works as before after the first successful read', async () => {
    const { clock, store, keyset } = await setUpLoaded({ timeout: 1_000 })
    await clock.advance(10 * TTL)
    expect(keyset.fresh).toBe(false)
    const reads = store.reads.length
    while (store.reads.length === reads) await clock.advance(100)
    store.end(reads + 1, documentOf([K1], { revision: 2, ttl: TTL }))
    await clock.settle()
    expect([keyset.fresh, revisionOf(keyset)]).toEqual([true, 2])
    await clock.advance(38_000)
    expect(store.reads).toHaveLength(reads + 1)
    await clock.advance(1_000)
    expect(store.reads).toHaveLength(reads + 2)
  })

  it.each<[string, unknown]>([
    ['no JSON', '{"format":'],
    ['an empty value', ''],
    ['an empty document', {}],
    ['another format', { ...documentOf([K1]), format: 'live-keyset/2' }],
    ['a broken rule', documentOf([K1, ['current', 'second']])],
    ['nothing', undefined],
  ])('a document that cannot be parsed replaces none: %s', async (_, document) => {
    const onError = vi.fn()
    const { clock, store, keyset } = await setUpLoaded({ onError })
    await clock.advance(39_000)
    store.end(2, document)
    await clock.advance(0)
    expect(revisionOf(keyset)).toBe(1)
    expect(onError).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'keyset' }))
    await clock.advance(500)
    expect(store.reads).toHaveLength(3)
  })

  it('tolerates an onError that rejects', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const { clock, store, keyset } = await setUpLoaded({ onError: () => Promise.reject(new Error('no log')) })
    await clock.advance(39_000)
    store.fail(2)
    await clock.settle()
    expect(revisionOf(keyset)).toBe(1)
    expect(warned).toHaveBeenCalledOnce()
  })

  it('tolerates an onError that throws', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const onError = (): never => {
      throw new Error('no log')
    }
    const { clock, store, keyset } = await setUpLoaded({ onError })
    await clock.advance(39_000)
    store.fail(2)
    await clock.advance(500)
    expect(store.reads).toHaveLength(3)
    expect(revisionOf(keyset)).toBe(1)
    expect(warned).toHaveBeenCalledOnce()
  })
})

describe('a process that was frozen', () => {
  /** Wall-clock time passes; timers do not fire. */
  function freeze(clock: TestClock, ms: number): void {
    const now = clock.now.bind(clock)
    clock.now = () => now() + ms
  }

  it('reads before it verifies, once its ttl has passed', async () => {
    const { clock, store, verify } = await setUpLoaded()
    freeze(clock, 3_600_000)
    const waiting = verify(signed('key-one'))
    expect(await settledNow(clock, waiting)).toBe(false)
    expect(store.reads).toHaveLength(2)
    store.end(2, documentOf([['compromised', 'key-one']], { revision: 2 }))
    expect((await waiting).verdict).toBe('quarantined')
  })

  it('uses what it has if that read fails or hangs', async () => {
    for (const hang of [false, true]) {
      const { clock, store, verify } = await setUpLoaded({ timeout: 3_000 })
      freeze(clock, 3_600_000)
      const waiting = verify(signed('key-one'))
      await clock.settle()
      if (!hang) store.fail(2)
      await clock.advance(hang ? 3_000 : 0)
      expect((await waiting).verdict).toBe('accepted')
    }
  })

  it('reads before it verifies, even if it was frozen while the store was down', async () => {
    const { clock, store, verify } = await setUpLoaded()
    await clock.advance(39_000)
    store.fail(2)
    await clock.settle()
    freeze(clock, 3_600_000)
    const waiting = verify(signed('key-one'))
    expect(await settledNow(clock, waiting)).toBe(false)
    await clock.advance(500)
    store.end(3, documentOf([['compromised', 'key-one']], { revision: 2 }))
    expect((await waiting).verdict).toBe('quarantined')
  })
})

describe('a ttl that is shorter than a read', () => {
  it('costs a verification one read, or two if one is under way', async () => {
    const { clock, store, keyset, verify } = setUp({ ttl: 1_000, timeout: 3_000 })
    keyset.close() // no background reads
    const first = verify(signed('key-one'))
    await clock.advance(1_200)
    const second = [verify(signed('key-one')), verify(signed('key-one'))]
    store.end(1, documentOf([K1]))
    await clock.settle()
    expect((await first).verdict).toBe('accepted')
    await clock.advance(1_200)
    expect(store.reads).toHaveLength(2)
    store.end(2, documentOf([['compromised', 'key-one']], { revision: 2 }))
    expect(await Promise.all(second)).toMatchObject([{ verdict: 'quarantined' }, { verdict: 'quarantined' }])
    await clock.advance(10_000)
    expect(store.reads).toHaveLength(2)
  })
})

describe('reload()', () => {
  it('reads now, and says what it has read', async () => {
    const { store, keyset } = await setUpLoaded()
    const reloading = keyset.reload()
    store.end(2, documentOf([K1], { revision: 2 }))
    expect((await reloading).revision).toBe(2)
    expect(revisionOf(keyset)).toBe(2)
  })

  it('fails with the error of the read, and keeps what was held', async () => {
    const { store, keyset } = await setUpLoaded()
    const reloading = keyset.reload()
    store.fail(2, new TypeError('the-access-key-secret'))
    await expect(reloading).rejects.toMatchObject({
      code: 'unavailable',
      message: 'it could not be read (TypeError)',
    })
    expect(revisionOf(keyset)).toBe(1)
  })

  it('may be overtaken by a newer one', async () => {
    const { store, keyset } = await setUpLoaded()
    const older = keyset.reload()
    const newer = keyset.reload()
    store.end(3, documentOf([K1], { revision: 3 }))
    expect((await newer).revision).toBe(3)
    store.end(2, documentOf([K1], { revision: 2 }))
    expect((await older).revision).toBe(3)
    expect(revisionOf(keyset)).toBe(3)
  })
})

describe('a read that takes too long', () => {
  it('does not count as a failure if a later one has succeeded', async () => {
    const onError = vi.fn()
    const { store, keyset } = await setUpLoaded({ onError })
    const older = keyset.reload()
    older.catch(() => undefined)
    const newer = keyset.reload()
    store.end(3, documentOf([K1], { revision: 2 }))
    await newer
    store.fail(2)
    await expect(older).rejects.toMatchObject({ code: 'unavailable' })
    expect(onError).not.toHaveBeenCalled()
  })

  it('is reported, and what it brings in the end still counts', async () => {
    const { clock, store, keyset } = await setUpLoaded({ timeout: 1_000 })
    await clock.advance(39_000)
    expect(store.reads[1]!.signal.aborted).toBe(false)
    await clock.advance(1_000)
    expect(store.reads[1]!.signal.aborted).toBe(true)
    store.end(2, documentOf([K1], { revision: 2 }))
    await clock.settle()
    expect(revisionOf(keyset)).toBe(2)
  })
})

describe('a revision that is out of line', () => {
  const far = (revision: number, lineage = 'aaaaaaaaaaaa') => documentOf([K2], { revision, lineage })

  it.each([
    ['within the lineage', 1_002, undefined, false],
    ['in another lineage', 99_999_999, 'bbbbbbbbbbbb', false],
    ['as far as may be', 1_001, undefined, true],
    ['in a secret made anew', 1, 'bbbbbbbbbbbb', true],
  ])('%s: %i', async (_, revision, lineage, taken) => {
    const onError = vi.fn()
    const { store, keyset } = await setUpLoaded({ onError })
    const reloading = keyset.reload()
    store.end(2, far(revision, lineage))
    if (taken) expect((await reloading).revision).toBe(revision)
    else await expect(reloading).rejects.toMatchObject({ code: 'keyset' })
    expect(revisionOf(keyset)).toBe(taken ? revision : 1)
    expect(onError).toHaveBeenCalledTimes(taken ? 0 : 1)
  })

  it('is accepted if the held document may no longer be used, and at the start', async () => {
    const { clock, store, keyset } = await setUpLoaded({ maxStale: 1_000 })
    keyset.close()
    await clock.advance(TTL + 1_000)
    const loading = keyset.load()
    store.end(2, far(5_000))
    expect((await loading).revision).toBe(5_000)
    const started = setUp()
    const first = started.keyset.load()
    started.store.end(1, far(5_000))
    expect((await first).revision).toBe(5_000)
  })

  it('does not block the repaired document', async () => {
    const { store, keyset } = await setUpLoaded()
    const refused = keyset.reload()
    store.end(2, far(99_999_999))
    await expect(refused).rejects.toMatchObject({ code: 'keyset' })
    const repaired = keyset.reload()
    store.end(3, far(2, 'cccccccccccc'))
    expect((await repaired).lineage).toBe('cccccccccccc')
  })
})

describe('a health check', () => {
  it('shows the state of the keyset, from the start through an outage', async () => {
    const { clock, store, keyset } = setUp({ maxStale: 100_000 })
    const { instance } = keyset
    const nothing = { instance, lineage: null, revision: null, age: null }
    expect(keyset.status()).toEqual({ ...nothing, ok: false, fresh: false, failures: 0, error: null })
    const loading = keyset.load()
    store.end(1, documentOf([K1], { ttl: TTL }))
    await loading
    await clock.advance(10_000)
    const held = { instance, lineage: 'aaaaaaaaaaaa', revision: 1, failures: 0, error: null }
    expect(keyset.status()).toEqual({ ...held, ok: true, fresh: true, age: 10_000 })
    await clock.advance(29_000)
    const error = new RotatorError('denied', 'no')
    store.fail(2, error)
    await clock.settle()
    expect(keyset.status()).toEqual({ ...held, ok: true, fresh: true, age: 39_000, failures: 1, error })
    keyset.close()
    await clock.advance(21_000)
    expect(keyset.status()).toMatchObject({ ok: true, fresh: false, age: 60_000 })
    await clock.advance(100_000)
    expect(keyset.status()).toMatchObject({ ok: false, fresh: false, age: 160_000, revision: 1 })
  })

  it('shows with onRead every successful read', async () => {
    const onRead = vi.fn()
    const { store, keyset } = await setUpLoaded({ onRead })
    for (const revision of [1, 2, 1]) {
      const reloading = keyset.reload()
      store.end(store.reads.length, documentOf([K1], { revision }))
      await reloading
    }
    // The documents of the tests were saved an hour before the tests' clock begins.
    const read = { lineage: 'aaaaaaaaaaaa', age: 3_600_000 }
    expect(onRead.mock.calls).toEqual([
      [{ ...read, revision: 1, changed: true }],
      [{ ...read, revision: 1, changed: false }],
      [{ ...read, revision: 2, changed: true }],
      [{ ...read, revision: 2, changed: false }],
    ])
  })
})

describe('a flight that died with the request that started it', () => {
  it('is not awaited: the next verification starts another', async () => {
    const clock = new TestClock(NOW)
    const ended: ((document: unknown) => void)[] = []
    const sleep = clock.sleep.bind(clock)
    const keyset = cachedKeyset(() => new Promise((end) => ended.push(end)), { clock, timeout: 3_000 })
    // Some edge runtimes drop the timers and the calls of a request when it has been answered.
    clock.sleep = () => new Promise(() => undefined)
    void keyset.load()
    clock.sleep = sleep
    await clock.advance(6_000)
    const loading = keyset.load()
    await clock.advance(0)
    expect(ended).toHaveLength(2)
    ended[1]?.(documentOf([K1]))
    expect((await loading).revision).toBe(1)
  })
})

/** Bun and Deno collect when they like. */
const collects = !('Bun' in globalThis || 'Deno' in globalThis)

describe.skipIf(!collects)('a source that nobody references any more', () => {
  it('stops reading', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    // Forgets what was aborted: an error holds the objects on its stack for as long as somebody holds the error.
    const alarms = new Set<() => void>()
    const clock: Clock = {
      now: () => NOW,
      tick: () => 0,
      sleep: (_, signal) =>
        new Promise((resolve, reject) => {
          alarms.add(resolve)
          signal?.addEventListener('abort', () => {
            alarms.delete(resolve)
            reject(signal.reason as Error)
          })
        }),
    }
    let reads = 0
    const read = (): Promise<unknown> => {
      reads++
      return Promise.resolve(documentOf([K1], { ttl: TTL }))
    }
    const source = await (async () => {
      const keyset = cachedKeyset(read, { clock })
      await createVerifier({ keyset, host: HOST, clock })(signed('key-one'))
      return new WeakRef(keyset)
    })()
    for (let turn = 0; turn < 100 && source.deref() !== undefined; turn++) {
      await new Promise(setImmediate)
      collect()
      await new Promise(setImmediate)
    }
    expect(source.deref() === undefined).toBe(true)
    expect(alarms.size).toBe(1)
    for (const ring of alarms) ring()
    await new Promise(setImmediate)
    expect(reads).toBe(1)
  })
})

it.each<[CacheOptions, string]>([
  [{ ttl: -1 }, 'ttl'],
  [{ ttl: 0 }, 'ttl'],
  [{ ttl: 60 }, '60 s would be 60000'],
  [{ maxStale: NaN }, 'maxStale'],
  [{ maxStale: 24 }, 'maxStale'],
  [{ timeout: Infinity }, 'timeout'],
  [{ timeout: 3 }, '3 s would be 3000'],
  [{ timeout: 999 }, 'timeout'],
  [{ timeout: '3s' as never }, 'timeout'],
  [{ cooldown: -1 }, 'cooldown'],
  [{ cooldown: 0 }, 'cooldown'],
  [{ coolDown: 10_000 } as never, '"coolDown"'],
  [{ onError: 'log' as never }, '"onError"'],
  [{ onRead: {} as never }, '"onRead"'],
])('refuses wrong options, and says what is wrong: %j', (options, named) => {
  expect(() => setUp(options)).toThrow(TypeError)
  expect(() => setUp(options)).toThrow(named)
})

it('accepts 0 for maxStale: a stale keyset is never used', async () => {
  const { clock, store, keyset } = await setUpLoaded({ maxStale: 0, timeout: 1_000 })
  await clock.advance(39_000)
  store.fail(2)
  await clock.settle()
  expect(revisionOf(keyset)).toBe(1)
  keyset.close()
  await clock.advance(21_000)
  expect(revisionOf(keyset)).toBeUndefined()
})
