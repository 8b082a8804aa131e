import { RotatorError } from '../core/errors.ts'
import { readKeyset } from '../keyset/document.ts'
import type { Keyset } from '../keyset/keyset.ts'
import { readCacheOptions, type CacheOptions } from './cache-options.ts'
import { callHook } from './call-hook.ts'
import { instanceId } from './instance-id.ts'
import type { KeysetSource } from './keyset-source.ts'
import { NewestKeyset } from './newest-keyset.ts'

/** Reads the keyset document: JSON text, or parsed. Must not put a key, a request or a URL into what it throws. */
export type ReadKeyset = (signal: AbortSignal) => Promise<unknown>

const FIRST_RETRY_MS = 500
const LAST_RETRY_MS = 30_000
/** The rotator probes again and again while it waits for a key to be known: it must not have to wait for long. */
const PROBE_COOLDOWN_MS = 2_000
const SHORTEST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 2 ** 31 - 1

/**
 * A source over any function that reads the keyset document, e.g. from a file that a sidecar writes. Does no I/O until
 * the first verification; from then on it reads
 *
 * - in the background, when 50–80 % of the `ttl` has passed, and again after a failure, with growing pauses;
 * - at an unknown signature, once a `cooldown`, and at a probe's, once in 2 s;
 * - before a verification, which waits for it, when the `ttl` has passed unnoticed (a frozen serverless instance).
 *
 * An older revision of the same lineage never replaces a newer one, whichever read ends last. A document that does not
 * parse replaces none. While reads fail, the last good keyset is used for up to `maxStale`.
 *
 * @throws TypeError for a wrong option.
 *
 * @example
 * ```ts
 * const keyset = cachedKeyset(async () => readFile('/run/keyset.json', 'utf8'))
 * ```
 */
export function cachedKeyset(read: ReadKeyset, options: CacheOptions = {}): KeysetSource {
  const { ttl, maxStale, timeout, cooldown, onError, clock, random } = readCacheOptions(options)
  const newest = new NewestKeyset()
  const instance = instanceId()
  let reads = 0
  let failures = 0
  let lastError: RotatorError | undefined
  let flight: Promise<void> | undefined
  let alarm = new AbortController()
  let closed = false
  // Wall-clock times: a process that was frozen must find them passed when it wakes up.
  let freshUntil = -Infinity
  let usableUntil = -Infinity
  // Monotonic times: a clock that is set back must not stop the reads.
  let retryAt = -Infinity
  let coolUntil = -Infinity
  let probeCoolUntil = -Infinity

  function accept(keyset: Keyset, sequence: number, startedAt: number): Keyset {
    const later = newest.offer(keyset, sequence)
    const held = newest.keyset ?? keyset
    if (later) {
      const lifetime = Math.min(held.ttl, ttl)
      freshUntil = startedAt + lifetime
      usableUntil = freshUntil
      failures = 0
      lastError = undefined
      readAfter(lifetime * (0.5 + 0.3 * random()) - (clock.now() - startedAt))
    }
    return held
  }

  function fail(error: RotatorError): void {
    const pause = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures) * (0.5 + 0.5 * random())
    failures++
    lastError = error
    retryAt = clock.tick() + pause
    // Until the next try has ended nobody has to wait for it. A try that never comes (frozen again) is waited for.
    usableUntil = Math.min(Math.max(usableUntil, clock.now() + pause + 2 * timeout), freshUntil + maxStale)
    readAfter(pause)
    callHook('onError of a keyset', onError, error)
  }

  /** Sets the one alarm of the background refresh. */
  function readAfter(ms: number): void {
    alarm.abort()
    if (closed) return
    alarm = new AbortController()
    const pause = Math.min(Math.max(ms, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS)
    clock.sleep(pause, alarm.signal, { ref: false }).then(
      () => flight ?? start(),
      () => undefined,
    )
  }

  /** One read. What it brings counts even when it comes too late, or after what a later one has brought. */
  async function readOnce(): Promise<Keyset> {
    const sequence = ++reads
    const startedAt = clock.now()
    const timer = new AbortController()
    const giveUp = new AbortController()
    const result = (async () => {
      const document = await read(giveUp.signal)
      return accept(readKeyset(document), sequence, startedAt)
    })()
    const late = (async () => {
      await clock.sleep(timeout, timer.signal)
      giveUp.abort()
      throw new RotatorError('timeout', `it could not be read within ${timeout} ms`, { retryable: true })
    })()
    try {
      return await Promise.race([result, late])
    } catch (thrown) {
      const error = asRotatorError(thrown)
      if (sequence > newest.read) fail(error)
      throw error
    } finally {
      timer.abort()
    }
  }

  /** The one flight that everybody shares. Never rejects. */
  function start(): Promise<void> {
    const end = (): void => {
      flight = undefined
    }
    flight = readOnce().then(end, end)
    return flight
  }

  function peek(): Keyset | undefined {
    return clock.now() < usableUntil ? newest.keyset : undefined
  }

  async function untilUsable(signal: AbortSignal): Promise<Keyset> {
    const readsBefore = reads
    for (;;) {
      // A read that began later than the wait is new enough for it, even when it took longer than the `ttl`.
      const usable = newest.read > readsBefore ? newest.keyset : peek()
      if (usable !== undefined) return usable
      signal.throwIfAborted()
      if (flight !== undefined) await flight
      else if (clock.tick() >= retryAt) await start()
      else await clock.sleep(retryAt - clock.tick(), signal)
    }
  }

  async function lastResort(signal: AbortSignal): Promise<Keyset> {
    await clock.sleep(timeout, signal)
    const held = newest.keyset
    if (held === undefined || clock.now() >= freshUntil + maxStale) throw unavailable(lastError)
    return held
  }

  return {
    peek,
    async load() {
      const usable = peek()
      if (usable !== undefined) return usable
      const timer = new AbortController()
      try {
        return await Promise.race([untilUsable(timer.signal), lastResort(timer.signal)])
      } finally {
        timer.abort()
      }
    },
    async refresh({ probe = false } = {}) {
      if (flight === undefined) {
        const now = clock.tick()
        if (now < (probe ? probeCoolUntil : coolUntil)) return
        if (probe) probeCoolUntil = now + PROBE_COOLDOWN_MS
        else coolUntil = now + cooldown
      }
      await (flight ?? start())
    },
    reload: readOnce,
    get instance() {
      return instance()
    },
    get fresh() {
      return clock.now() < freshUntil
    },
    get coolingDown() {
      return clock.tick() < coolUntil
    },
    close() {
      closed = true
      alarm.abort()
    },
  }
}

/** Only our own errors are passed on: those of others may hold the request, and with it credentials or keys. */
function asRotatorError(error: unknown): RotatorError {
  if (error instanceof RotatorError) return error
  const kind = error instanceof Error ? error.name : typeof error
  return new RotatorError('unavailable', `it could not be read (${kind})`, { retryable: true })
}

function unavailable(cause: RotatorError | undefined): RotatorError {
  const because = cause === undefined ? `the first read has not ended yet` : cause.message
  return new RotatorError('unavailable', `no keyset to verify with: ${because}`, { retryable: true, cause })
}
