import type { RotatorError } from '../core/errors.ts'
import type { Keyset } from '../keyset/keyset.ts'

export interface RefreshCause {
  /** Whether the unknown signature is that of a probe. */
  readonly probe?: boolean
}

/** How a keyset is doing: for a health check. */
export interface KeysetStatus {
  /** Whether there is a keyset to verify with. When not, callbacks are answered 503. */
  readonly ok: boolean
  /** Whether the keyset is younger than its `ttl`. When not, it could not be read again in time. */
  readonly fresh: boolean
  readonly instance: string
  readonly lineage: string | null
  readonly revision: number | null
  /** How long ago the last read began that ended well, in milliseconds. */
  readonly age: number | null
  /** How many reads have failed since then, and why the last one did. */
  readonly failures: number
  readonly error: RotatorError | null
}

/**
 * Where a verifier has its keyset from. `kmsKeyset`, `httpKeyset` and `staticKeyset` make one; `cachedKeyset` makes
 * one from any function that reads the document.
 */
export interface KeysetSource {
  /** The keyset to verify with at this moment, without waiting; undefined when one has to be waited for. */
  peek(): Keyset | undefined
  /**
   * The same, waiting for a read when there is none that may be used.
   *
   * @throws RotatorError `unavailable` when none came in time; at once, with its own code, where no keyset is held and
   *   trying again cannot help, such as `badCredentials`, `denied` or `notFound`.
   */
  load(): Promise<Keyset>
  /**
   * Reads again because a signature is unknown, unless that was done within the cooldown. A probe has a cooldown of its
   * own, of 2 s: strangers' signatures do not use it up. While the keyset is older than its `ttl` since reads fail, it
   * waits for the next read instead, which comes within half a second, for 3 s at most. Never rejects.
   */
  refresh(cause?: RefreshCause): Promise<void>
  /**
   * Reads now, whatever is cached.
   *
   * @throws RotatorError when it cannot be read; what was cached stays in use.
   */
  reload(): Promise<Keyset>
  /** The id of this cache: 12 hex digits, random, another one in each process, thread and source. */
  readonly instance: string
  /** Whether the keyset in use is younger than its `ttl`. */
  readonly fresh: boolean
  /** Whether an unknown signature would be refused without a read. */
  readonly coolingDown: boolean
  /** How it is doing, for a health check. Does no I/O. */
  status(): KeysetStatus
  /** Ends the background refresh. What comes later is still answered, reading on demand. */
  close(): void
}
