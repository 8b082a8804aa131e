import { systemClock, type Clock, type Random } from '../clock.ts'
import { RotatorError } from '../errors.ts'
import { parseKeyset, readKeyset } from '../keyset/document.ts'
import type { Keyset } from '../keyset/keyset.ts'
import type { KeysetSource } from './keyset-source.ts'

/** Reads the keyset document: JSON text, or parsed. Must not put a key, a request or a URL into what it throws. */
export type ReadKeyset = (signal: AbortSignal) => Promise<unknown>

export interface CacheOptions {
  /** Milliseconds after which the keyset is read again. Default, and upper limit: the document's own `ttl`. */
  readonly ttl?: number
  /** Milliseconds beyond its `ttl` for which the last good keyset is used while it cannot be read. Default 24 hours. */
  readonly maxStale?: number
  /** Milliseconds that one read, and a verification that waits for one, may take. Default 3,000: Live waits for 5 s. */
  readonly timeout?: number
  /** Milliseconds between two reads that unknown signatures cause. Default 10,000. */
  readonly cooldown?: number
  /** Told of every read that failed: for the log. */
  readonly onError?: (error: RotatorError) => void
  readonly clock?: Clock
  readonly random?: Random
}

const DEFAULTS = { maxStale: 86_400_000, timeout: 3_000, cooldown: 10_000 }
const FIRST_RETRY_MS = 500
const LAST_RETRY_MS = 30_000
const SHORTEST_PAUSE_MS = 100
const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * A source over any function that reads the keyset document, e.g. from a file that a sidecar writes. Does no I/O until
 * the first verification; from then on it reads
 *
 * - in the background, when 50–80 % of the `ttl` has passed, and again after a failure, with growing pauses;
 * - at an unknown signature, once a `cooldown`;
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
  const { onError, clock = systemClock, random = Math.random } = options
  const longestTtl = milliseconds('ttl', options.ttl, Infinity)
  const maxStale = milliseconds('maxStale', options.maxStale, DEFAULTS.maxStale)
  const timeout = milliseconds('timeout', options.timeout, DEFAULTS.timeout, LONGEST_TIMER_MS)
  const cooldown = milliseconds('cooldown', options.cooldown, DEFAULTS.cooldown)

  let held: Keyset | undefined
  /** The newest read, by its start, that the held keyset has been confirmed by. */
  let heldRead = 0
  let reads = 0
  let flight: Promise<void> | undefined
  let failures = 0
  let lastError: RotatorError | undefined
  let closed = false
  let alarm: AbortController | undefined
  // Wall-clock times: a frozen process must find them passed when it wakes up.
  let freshUntil = -Infinity
  let usableUntil = -Infinity
  // Monotonic times: a clock that is set back must not stop the reads.
  let retryAt = -Infinity
  let coolUntil = -Infinity

  const ttlOf = (keyset: Keyset): number => Math.min(keyset.ttl, longestTtl)

  function accept(keyset: Keyset, sequence: number, startedAt: number): void {
    const newer = sequence > heldRead
    if (held === undefined || (keyset.lineage === held.lineage ? keyset.revision > held.revision : newer)) {
      held = keyset
    }
    if (!newer) return
    heldRead = sequence
    freshUntil = startedAt + ttlOf(held)
    usableUntil = freshUntil
    failures = 0
    lastError = undefined
    const age = clock.now() - startedAt
    schedule(ttlOf(held) * (0.5 + 0.3 * random()) - age)
  }

  function fail(error: RotatorError): void {
    failures++
    lastError = error
    const pause = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1)) * (0.5 + 0.5 * random())
    retryAt = clock.tick() + pause
    // Nobody waits for the next try: it is made in the background, and may take its time.
    const nextKnown = clock.now() + pause + 2 * timeout
    usableUntil = Math.min(Math.max(usableUntil, nextKnown), freshUntil + maxStale)
    schedule(pause)
    onError?.(error)
  }

  function schedule(ms: number): void {
    alarm?.abort()
    if (closed) return
    alarm = new AbortController()
    clock
      .sleep(Math.min(Math.max(ms, SHORTEST_PAUSE_MS), LONGEST_TIMER_MS), alarm.signal, { ref: false })
      .then(
        () => {
          if (flight === undefined) void start()
        },
        () => undefined,
      )
  }

  /** One read. What it brings counts even when it ends after its time, or after a later one. */
  async function readOnce(): Promise<Keyset> {
    const sequence = ++reads
    const startedAt = clock.now()
    const giveUp = new AbortController()
    const timer = new AbortController()
    const result = Promise.resolve()
      .then(() => read(giveUp.signal))
      .then((document) => (typeof document === 'string' ? parseKeyset(document) : readKeyset(document)))
      .then((keyset) => {
        accept(keyset, sequence, startedAt)
        return held ?? keyset
      })
    const late = clock.sleep(timeout, timer.signal).then(() => {
      giveUp.abort()
      throw new RotatorError('timeout', `the keyset could not be read within ${timeout} ms`, {
        retryable: true,
      })
    })
    late.catch(() => undefined)
    try {
      return await Promise.race([result, late])
    } catch (error) {
      const known = asRotatorError(error)
      if (sequence > heldRead) fail(known)
      throw known
    } finally {
      timer.abort()
    }
  }

  function start(): Promise<void> {
    const attempt = readOnce().then(
      () => undefined,
      () => undefined,
    )
    const current = attempt.then(() => {
      if (flight === current) flight = undefined
    })
    flight = current
    return current
  }

  function peek(): Keyset | undefined {
    return clock.now() < usableUntil ? held : undefined
  }

  async function load(): Promise<Keyset> {
    const usable = peek()
    if (usable !== undefined) return usable
    const timer = new AbortController()
    const lastResort = clock.sleep(timeout, timer.signal).then(() => {
      if (held !== undefined && clock.now() < freshUntil + maxStale) return held
      throw unavailable(lastError)
    })
    try {
      return await Promise.race([untilUsable(timer.signal), lastResort])
    } finally {
      timer.abort()
    }
  }

  async function untilUsable(signal: AbortSignal): Promise<Keyset> {
    for (;;) {
      const usable = peek()
      if (usable !== undefined) return usable
      signal.throwIfAborted()
      if (flight !== undefined) await flight
      else if (clock.tick() >= retryAt) await start()
      else await clock.sleep(retryAt - clock.tick(), signal)
    }
  }

  return {
    peek,
    load,
    async refresh() {
      if (flight === undefined) {
        if (clock.tick() < coolUntil) return
        coolUntil = clock.tick() + cooldown
        void start()
      }
      await flight
    },
    async reload() {
      return readOnce()
    },
    get fresh() {
      return clock.now() < freshUntil
    },
    get coolingDown() {
      return clock.tick() < coolUntil
    },
    close() {
      closed = true
      alarm?.abort()
    },
  }
}

function milliseconds(name: string, value: number | undefined, fallback: number, most = Infinity): number {
  if (value === undefined) return fallback
  if (!(typeof value === 'number' && value >= 0 && value <= most)) {
    throw new TypeError(`"${name}" must be a number of milliseconds, from 0 to ${most}`)
  }
  return value
}

/** Only our own errors are passed on: those of others may hold the request, and with it credentials or keys. */
function asRotatorError(error: unknown): RotatorError {
  if (error instanceof RotatorError) return error
  const kind = error instanceof Error ? error.name : typeof error
  return new RotatorError('unavailable', `the keyset could not be read (${kind})`, { retryable: true })
}

function unavailable(cause: RotatorError | undefined): RotatorError {
  const because = cause === undefined ? 'it has not been read yet' : cause.message
  return new RotatorError('unavailable', `there is no keyset to verify with: ${because}`, {
    retryable: true,
    cause,
  })
}
