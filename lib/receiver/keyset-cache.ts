import { hasCode, RotatorError, type ErrorCode } from '../core/errors.ts'
import { readKeyset } from '../keyset/document.ts'
import type { Keyset } from '../keyset/keyset.ts'
import { CACHE_OPTIONS, readCacheOptions, type CacheOptions, type CacheSettings } from './cache-options.ts'
import { callHook } from './call-hook.ts'
import { instanceId } from './instance-id.ts'
import type { KeysetSource, KeysetStatus, RefreshCause } from './keyset-source.ts'
import { NewestKeyset } from './newest-keyset.ts'
import { refuseUnknown } from './options.ts'

/** Reads the keyset document: JSON text, or parsed. Must not put a key, a request or a URL into what it throws. */
export type ReadKeyset = (signal: AbortSignal) => Promise<unknown>

const FIRST_RETRY_MS = 500
const LAST_RETRY_MS = 30_000
/** The rotator probes again and again while it waits for a key to be known: it must not have to wait for long. */
const PROBE_COOLDOWN_MS = 2_000
/** What the next try will not change: somebody has to. */
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
const LONGEST_PAUSE_MS = 2 ** 31 - 1

/**
 * A source over any function that reads the keyset document, e.g. from a file that a sidecar writes. Does no I/O until
 * the first verification; from then on it reads
 *
 * - in the background, when 50–80 % of the `ttl` has passed, and again after a failure, with growing pauses;
 * - at an unknown signature, once a `cooldown`, and at a probe's, once in 2 s;
 * - before a verification, which waits for it, when the `ttl` has passed unnoticed (a frozen serverless instance).
 *
 * An older revision of the same lineage never replaces a newer one, whichever read ends last. An invalid document
 * replaces none, nor does one that is more than 1,000 revisions ahead while the one in use may be used. While reads
 * fail, the last good keyset is used for up to `maxStale`. A source that nobody holds any more stops reading.
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
  refuseUnknown('cachedKeyset', options, CACHE_OPTIONS)
  return new KeysetCache(async (signal) => readKeyset(await read(signal)), readCacheOptions(options))
}

export class KeysetCache implements KeysetSource {
  readonly #read: (signal: AbortSignal) => Promise<Keyset>
  readonly #settings: CacheSettings
  readonly #newest = new NewestKeyset()
  readonly #instance = instanceId()
  #reads = 0
  #failures = 0
  #lastError: RotatorError | undefined
  #flight: Promise<void> | undefined
  #alarm = new AbortController()
  #closed = false
  // Wall-clock times: a process that was frozen must find them passed when it wakes up.
  #readAt = -Infinity
  #freshUntil = -Infinity
  #usableUntil = -Infinity
  // Monotonic times: a clock that is set back must not stop the reads.
  #flightUntil = -Infinity
  #retryAt = -Infinity
  #coolUntil = -Infinity
  #probeCoolUntil = -Infinity

  constructor(read: (signal: AbortSignal) => Promise<Keyset>, settings: CacheSettings) {
    this.#read = read
    this.#settings = settings
  }

  get instance(): string {
    return this.#instance()
  }

  get fresh(): boolean {
    return this.#settings.clock.now() < this.#freshUntil
  }

  get coolingDown(): boolean {
    return this.#settings.clock.tick() < this.#coolUntil
  }

  peek(): Keyset | undefined {
    return this.#settings.clock.now() < this.#usableUntil ? this.#newest.keyset : undefined
  }

  async load(): Promise<Keyset> {
    const usable = this.peek()
    if (usable !== undefined) return usable
    const timer = new AbortController()
    try {
      return await Promise.race([this.#untilUsable(timer.signal), this.#lastResort(timer.signal)])
    } finally {
      timer.abort()
    }
  }

  async refresh({ probe = false }: RefreshCause = {}): Promise<void> {
    const { clock, cooldown } = this.#settings
    let flight = this.#underWay()
    if (flight === undefined) {
      const now = clock.tick()
      if (now < (probe ? this.#probeCoolUntil : this.#coolUntil)) return
      if (probe) this.#probeCoolUntil = now + PROBE_COOLDOWN_MS
      else this.#coolUntil = now + cooldown
      flight = this.#start()
    }
    await flight
  }

  /** One read. What it brings counts even when it comes too late, or after what a later one has brought. */
  async reload(): Promise<Keyset> {
    const { clock, timeout } = this.#settings
    const sequence = ++this.#reads
    const startedAt = clock.now()
    const timer = new AbortController()
    const giveUp = new AbortController()
    const result = (async () => this.#accept(await this.#read(giveUp.signal), sequence, startedAt))()
    const late = (async () => {
      await clock.sleep(timeout, timer.signal)
      giveUp.abort()
      throw new RotatorError('timeout', `it could not be read within ${timeout} ms`, { retryable: true })
    })()
    try {
      return await Promise.race([result, late])
    } catch (thrown) {
      const error = asRotatorError(thrown)
      if (sequence > this.#newest.read) this.#fail(error)
      throw error
    } finally {
      timer.abort()
    }
  }

  status(): KeysetStatus {
    const { clock } = this.#settings
    const held = this.#newest.keyset
    return {
      ok: held !== undefined && this.#mayUse(),
      fresh: this.fresh,
      instance: this.instance,
      lineage: held?.lineage ?? null,
      revision: held?.revision ?? null,
      age: held === undefined ? null : clock.now() - this.#readAt,
      failures: this.#failures,
      error: this.#lastError ?? null,
    }
  }

  close(): void {
    this.#closed = true
    this.#alarm.abort()
  }

  /** Whether the keyset that is held may be used at all, if a read does not bring another one in time. */
  #mayUse(): boolean {
    return this.#settings.clock.now() < this.#freshUntil + this.#settings.maxStale
  }

  #accept(keyset: Keyset, sequence: number, startedAt: number): Keyset {
    const { ttl, clock, random, onRead } = this.#settings
    const before = this.#newest.keyset
    const later = this.#newest.offer(keyset, sequence, this.#mayUse())
    const held = this.#newest.keyset ?? keyset
    if (later) {
      const lifetime = Math.min(held.ttl, ttl)
      this.#readAt = startedAt
      this.#freshUntil = startedAt + lifetime
      this.#usableUntil = this.#freshUntil
      this.#failures = 0
      this.#lastError = undefined
      this.#readAfter(lifetime * (0.5 + 0.3 * random()) - (clock.now() - startedAt))
    }
    const { lineage, revision, updatedAt } = held
    const age = Math.max(0, clock.now() - Date.parse(updatedAt))
    callHook('onRead of a keyset', onRead, { lineage, revision, age, changed: held !== before })
    return held
  }

  #fail(error: RotatorError): void {
    const { clock, random, timeout, maxStale, onError } = this.#settings
    const pause = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures) * (0.5 + 0.5 * random())
    this.#failures++
    this.#lastError = error
    this.#retryAt = clock.tick() + pause
    // Until the next try has ended nobody has to wait for it. A try that never comes (frozen again) is waited for.
    const nextEnd = clock.now() + pause + 2 * timeout
    this.#usableUntil = Math.min(Math.max(this.#usableUntil, nextEnd), this.#freshUntil + maxStale)
    this.#readAfter(pause)
    callHook('onError of a keyset', onError, error)
  }

  /** Sets the one alarm of the background refresh. It does not hold the cache: when nobody else does, it rings in vain. */
  #readAfter(ms: number): void {
    this.#alarm.abort()
    if (this.#closed) return
    this.#alarm = new AbortController()
    const pause = Math.min(Math.max(ms, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS)
    const cache = new WeakRef(this)
    this.#settings.clock.sleep(pause, this.#alarm.signal, { ref: false }).then(
      async () => {
        const held = cache.deref()
        if (held !== undefined) await (held.#underWay() ?? held.#start())
      },
      () => undefined,
    )
  }

  /** The one flight that everybody shares. One that should have ended long ago has died with what had begun it. */
  #underWay(): Promise<void> | undefined {
    return this.#settings.clock.tick() < this.#flightUntil ? this.#flight : undefined
  }

  /** Never rejects. */
  #start(): Promise<void> {
    const { clock, timeout } = this.#settings
    const end = (): void => {
      if (this.#flight === flight) this.#flight = undefined
    }
    const flight = this.reload().then(end, end)
    this.#flight = flight
    this.#flightUntil = clock.tick() + 2 * timeout
    return flight
  }

  async #untilUsable(signal: AbortSignal): Promise<Keyset> {
    const { clock } = this.#settings
    const readsBefore = this.#reads
    for (;;) {
      // A read that began later than the wait is new enough for it, even when it took longer than the `ttl`.
      const usable = this.#newest.read > readsBefore ? this.#newest.keyset : this.peek()
      if (usable !== undefined) return usable
      signal.throwIfAborted()
      const flight = this.#underWay()
      if (flight !== undefined) await flight
      else if (clock.tick() >= this.#retryAt) await this.#start()
      else if (this.#newest.keyset === undefined && hasCode(this.#lastError, ...FINAL_CODES))
        throw this.#lastError
      else await clock.sleep(this.#retryAt - clock.tick(), signal)
    }
  }

  async #lastResort(signal: AbortSignal): Promise<Keyset> {
    const { clock, timeout } = this.#settings
    await clock.sleep(timeout, signal)
    const held = this.#newest.keyset
    if (held === undefined || !this.#mayUse()) throw unavailable(this.#lastError)
    return held
  }
}

/** What others throw may be worth another try; the one who wrote the read answers for what is in it. */
function asRotatorError(error: unknown): RotatorError {
  if (error instanceof RotatorError) return error
  const kind = error instanceof Error ? error.name : typeof error
  return new RotatorError('unavailable', `it could not be read (${kind})`, { retryable: true, cause: error })
}

function unavailable(cause: RotatorError | undefined): RotatorError {
  const because = cause === undefined ? `the first read has not ended yet` : cause.message
  return new RotatorError('unavailable', `no keyset to verify with: ${because}`, { retryable: true, cause })
}
