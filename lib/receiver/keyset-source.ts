import type { RotatorError } from '../core/errors.ts'
import type { Keyset } from '../keyset/keyset.ts'

export interface RefreshCause {
  /** Whether the unknown signature is a probe's. */
  readonly probe?: boolean
}

/** The state of a keyset, for a health check. */
export interface KeysetStatus {
  /** Whether there is a keyset to verify with. If not, callbacks are answered 503. */
  readonly ok: boolean
  /** Whether the keyset is younger than its `ttl`. If not, it could not be read again in time. */
  readonly fresh: boolean
  readonly instance: string
  readonly lineage: string | null
  readonly revision: number | null
  /** How long ago the last successful read began, in milliseconds. */
  readonly age: number | null
  /** How many reads have failed since then, and why the last one did. */
  readonly failures: number
  readonly error: RotatorError | null
}

/**
 * Where a verifier gets its keyset. `kmsKeyset`, `httpKeyset` and `staticKeyset` make a source; `cachedKeyset` makes one
 * from any function that reads the document.
 */
export interface KeysetSource {
  /** The keyset to verify with now, without waiting; undefined if a read must come first. */
  peek(): Keyset | undefined
  /**
   * The same, but waits for a read if there is no usable keyset.
   *
   * @throws RotatorError `unavailable` if none came in time; at once, with a specific code such as `badCredentials`,
   *   `denied` or `notFound`, if no keyset is held and a retry cannot help.
   */
  load(): Promise<Keyset>
  /**
   * Reads again because a signature is unknown, unless the cooldown is running. Probes have their own cooldown of 2 s, which
   * strangers' signatures do not use up. While reads fail and the keyset is older than its `ttl`, waits for the next read
   * instead, which comes within half a second, for 3 s at most. Never rejects.
   */
  refresh(cause?: RefreshCause): Promise<void>
  /**
   * Reads now, whatever is cached.
   *
   * @throws RotatorError if it cannot be read; the cached keyset stays in use.
   */
  reload(): Promise<Keyset>
  /** The id of this cache: 12 random hex digits, different in each process, thread and source. */
  readonly instance: string
  /** Whether the keyset in use is younger than its `ttl`. */
  readonly fresh: boolean
  /** Whether an unknown signature would be refused without a read. */
  readonly coolingDown: boolean
  /** Its state, for a health check. Does no I/O. */
  status(): KeysetStatus
  /** Ends the background refresh. The source still works afterwards, and reads on demand. */
  close(): void
}
