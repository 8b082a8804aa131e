import { RotatorError, unavailable, type ErrorCode } from '../core/errors.ts'
import { withTimeout } from '../core/with-timeout.ts'
import { readTrust } from '../keyset/document.ts'
import type { Keyset } from '../keyset/keyset.ts'
import { readCacheOptions, type CacheOptions, type CacheSettings } from './cache-options.ts'
import { callHook } from './call-hook.ts'
import { instanceId } from './instance-id.ts'
import type { KeysetSource, RefreshCause } from './keyset-source.ts'
import { newestKeyset } from './newest-keyset.ts'
import { LONGEST_TIMER } from './options.ts'
import { withoutKeyset } from './without-keyset.ts'

/** Reads the keyset document: JSON text, or parsed. Its errors must not contain a key, a request or a URL. */
export type ReadKeyset = (signal: AbortSignal) => Promise<unknown>

const FIRST_RETRY_MS = 500
const LAST_RETRY_MS = 30_000
/** The rotator probes again and again while it waits for a key to be known, and must not have to wait long. */
const PROBE_COOLDOWN_MS = 2_000
/**
 * While reads fail and the keyset has outlived its `ttl`, an unknown signature may be that of a key that was set the moment
 * the store came back. It waits for the next read, which comes this long after the last failure, and waits at most this
 * long.
 */
const STALE_COOLDOWN_MS = 500
const STALE_PATIENCE_MS = 3_000
/** Errors that a retry cannot fix: somebody has to act. */
const FINAL_CODES: readonly ErrorCode[] = [
  'badCredentials',
  'denied',
  'notFound',
  'deletionWindow',
  'invalidRequest',
  'config',
  'keyset',
]
const SHORTEST_PAUSE_MS = 100

/**
 * A source from any function that reads the keyset document, e.g. from a file that a sidecar writes. Does no I/O until the
 * first verification; from then on it reads
 *
 * - in the background, when 50–80 % of the `ttl` has passed, and after a failure again, with growing pauses of at most 30 s
 *   or the `ttl`;
 * - on an unknown signature, once per `cooldown`, and on a probe's, once in 2 s; while reads have failed for longer than the
 *   `ttl`, twice a second, and verifications wait for it for up to 3 s;
 * - before a verification, which waits for it, if the `ttl` has passed unnoticed (a frozen serverless instance).
 *
 * An older revision of the same lineage never replaces a newer one, whichever read ends last. An invalid document replaces
 * none, nor does one that is more than 1,000 revisions ahead while the one in use may be used. While reads fail, the last
 * good keyset is used for up to `maxStale`. A source that nobody references any more stops reading.
 *
 * @throws TypeError for a wrong option.
 *
 * @example
 * ```ts
 * const keyset = cachedKeyset(async () => readFile('/run/keyset.json', 'utf8'))
 * ```
 */
export function cachedKeyset(read: ReadKeyset, options: CacheOptions = {}): KeysetSource {
  if (typeof read !== 'function') throw new TypeError('cachedKeyset needs a function that reads the document')
  const settings = readCacheOptions('cachedKeyset', options)
  return keysetCache(async (signal) => readTrust(await read(signal)), settings)
}

/** The same for a function that returns a checked document, with checked options. */
export function keysetCache(
  read: (signal: AbortSignal) => Promise<Keyset>,
  { ttl, maxStale, timeout, cooldown, onError, onRead, clock, random }: CacheSettings,
): KeysetSource {
  const newest = newestKeyset()
  const instance = instanceId()
  let reads = 0
  let failures = 0
  let lastError: RotatorError | undefined
  let flight: Promise<void> | undefined
  let alarm = new AbortController()
  let soon: Promise<void> | undefined
  let closed = false
  // Wall-clock times: a process that was frozen must find that they have passed when it wakes up.
  let readAt = -Infinity
  let freshUntil = -Infinity
  let usableUntil = -Infinity
  // Monotonic times: a clock that is set back must not stop the reads.
  let flightUntil = -Infinity
  let retryAt = -Infinity
  let failedAt = -Infinity
  let coolUntil = -Infinity
  let probeCoolUntil = -Infinity

  const source: KeysetSource = {
    get instance() {
      return instance()
    },
    get fresh() {
      return isFresh()
    },
    get coolingDown() {
      return !isStale() && clock.tick() < coolUntil
    },
    peek,
    load: async () => peek() ?? withTimeout(untilUsable, timeout, clock, lastResort),
    refresh: async ({ probe = false }: RefreshCause = {}) => {
      if (isStale()) return whileStale()
      let under = underWay()
      if (under === undefined) {
        const now = clock.tick()
        if (now < (probe ? probeCoolUntil : coolUntil)) return
        if (probe) probeCoolUntil = now + PROBE_COOLDOWN_MS
        else coolUntil = now + cooldown
        under = start()
      }
      await under
    },
    reload,
    status: () => {
      const held = newest.keyset
      return {
        ok: lastGood() !== undefined,
        fresh: isFresh(),
        instance: instance(),
        lineage: held?.lineage ?? null,
        revision: held?.revision ?? null,
        age: held === undefined ? null : clock.now() - readAt,
        failures,
        error: lastError ?? null,
      }
    },
    close: () => {
      closed = true
      alarm.abort()
    },
  }
  // No function here may reference the source itself: see `readAfter`.
  const self = new WeakRef(source)
  return source

  function peek(): Keyset | undefined {
    return clock.now() < usableUntil ? newest.keyset : undefined
  }

  function isFresh(): boolean {
    return clock.now() < freshUntil
  }

  /** Whether the keyset is used past its ttl because it cannot be read again. */
  function isStale(): boolean {
    return failures > 0 && !isFresh() && newest.keyset !== undefined
  }

  async function whileStale(): Promise<void> {
    const until = clock.tick() + STALE_PATIENCE_MS
    while (isStale() && clock.tick() < until) await readSoon()
  }

  /** The next read, shared by everybody who waits for it. */
  function readSoon(): Promise<void> {
    const next = async (): Promise<void> => {
      await clock.sleep(Math.max(0, failedAt + STALE_COOLDOWN_MS - clock.tick()))
      await (underWay() ?? start())
    }
    const end = (): void => (soon = undefined)
    soon ??= withTimeout(next, STALE_PATIENCE_MS, clock, () => undefined).finally(end)
    return soon
  }

  /** Whether the held keyset may be used at all, if no read brings another one in time. */
  function mayUse(): boolean {
    return clock.now() < freshUntil + maxStale
  }

  function lastGood(): Keyset | undefined {
    return mayUse() ? newest.keyset : undefined
  }

  /** How long the held keyset may be used before it is read again. */
  function lifetime(): number {
    return Math.min(newest.keyset?.ttl ?? Infinity, ttl)
  }

  /** One read. Its result counts even if it comes too late, or after that of a later read. */
  async function reload(): Promise<Keyset> {
    const sequence = ++reads
    const startedAt = clock.now()
    const giveUp = new AbortController()
    try {
      return await withTimeout(
        async () => accept(await read(giveUp.signal), sequence, startedAt),
        timeout,
        clock,
        () => {
          giveUp.abort()
          throw new RotatorError('timeout', `it could not be read within ${timeout} ms`, { retryable: true })
        },
      )
    } catch (thrown) {
      const error = asRotatorError(thrown)
      if (sequence > newest.read) fail(error)
      throw error
    }
  }

  function accept(keyset: Keyset, sequence: number, startedAt: number): Keyset {
    const before = newest.keyset
    const later = newest.offer(keyset, sequence, mayUse())
    const held = newest.keyset ?? keyset
    if (later) {
      readAt = startedAt
      freshUntil = startedAt + lifetime()
      usableUntil = freshUntil
      failures = 0
      lastError = undefined
      readAfter(lifetime() * (0.5 + 0.3 * random()) - (clock.now() - startedAt))
    }
    const { lineage, revision, updatedAt } = held
    const age = Math.max(0, clock.now() - Date.parse(updatedAt))
    callHook('onRead of a keyset', onRead, { lineage, revision, age, changed: held !== before })
    return held
  }

  function fail(error: RotatorError): void {
    // Never past the ttl: what is saved after an outage must be known as soon as what is saved without one.
    const longest = Math.min(LAST_RETRY_MS, lifetime(), FIRST_RETRY_MS * 2 ** failures)
    const pause = longest * (0.5 + 0.5 * random())
    failures++
    lastError = error
    failedAt = clock.tick()
    retryAt = failedAt + pause
    // Nobody waits for the next attempt, until it should have ended. If it never comes (frozen again), callbacks wait for it.
    const nextEnd = clock.now() + pause + 2 * timeout
    usableUntil = Math.min(Math.max(usableUntil, nextEnd), freshUntil + maxStale)
    readAfter(pause)
    callHook('onError of a keyset', onError, error)
  }

  /** Sets the one timer of the background refresh. If nobody references the source any more, it does nothing. */
  function readAfter(ms: number): void {
    alarm.abort()
    if (closed) return
    alarm = new AbortController()
    const pause = Math.min(Math.max(ms, SHORTEST_PAUSE_MS), LONGEST_TIMER)
    clock.sleep(pause, alarm.signal, { ref: false }).then(
      () => (self.deref() === undefined ? undefined : (underWay() ?? start())),
      () => undefined,
    )
  }

  /** The one shared read. One that should have ended long ago died with the request that started it. */
  function underWay(): Promise<void> | undefined {
    return clock.tick() < flightUntil ? flight : undefined
  }

  /** Never rejects. */
  function start(): Promise<void> {
    const end = (): void => {
      if (flight === started) flight = undefined
    }
    const started = reload().then(end, end)
    flight = started
    flightUntil = clock.tick() + 2 * timeout
    return started
  }

  async function untilUsable(signal: AbortSignal): Promise<Keyset> {
    const readsBefore = reads
    for (;;) {
      // A read that began after the wait did is new enough for it, even if it took longer than the `ttl`.
      const usable = newest.read > readsBefore ? newest.keyset : peek()
      if (usable !== undefined) return usable
      signal.throwIfAborted()
      const under = underWay()
      if (under !== undefined) await under
      else if (clock.tick() >= retryAt) await start()
      else if (newest.keyset === undefined && lastError && FINAL_CODES.includes(lastError.code))
        throw lastError
      else await clock.sleep(retryAt - clock.tick(), signal)
    }
  }

  function lastResort(): Keyset {
    const held = lastGood()
    if (held !== undefined) return held
    throw withoutKeyset(lastError?.message ?? 'the first read has not ended yet', lastError)
  }
}

/** Foreign errors may be temporary. Whoever wrote the read function is responsible for what they contain. */
function asRotatorError(error: unknown): RotatorError {
  if (error instanceof RotatorError) return error
  const kind = error instanceof Error ? error.name : typeof error
  return unavailable(`it could not be read (${kind})`, error)
}
