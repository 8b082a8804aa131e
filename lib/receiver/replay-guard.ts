import { createHash } from 'node:crypto'
import { systemClock, type Clock } from '../core/clock.ts'

export interface ReplayGuardOptions {
  /** The tolerance of the verifier, in seconds. Default 300. */
  readonly tolerance?: number
  /** How many callbacks are remembered at most; the oldest are forgotten first. Default 10,000, about 2 MB. */
  readonly capacity?: number
  readonly clock?: Clock
}

export interface ReplayGuard {
  /**
   * Runs `work`, unless it has been done for the same callback already: same timestamp, same signature, same body.
   * While it is being done the second waits for the first; when the first fails it is the second's turn. So a callback
   * that Live repeats because an answer came too late is neither lost nor done twice.
   *
   * @throws What `work` throws.
   */
  once<T>(
    callback: { readonly timestamp: string; readonly signature: string },
    body: string | Uint8Array,
    work: () => T | Promise<T>,
  ): Promise<{ readonly replayed: false; readonly result: T } | { readonly replayed: true }>
}

interface Memory {
  readonly expiresAt: number
  /** Resolves when the work has ended, to whether it ended well. */
  readonly done: Promise<boolean>
}

/**
 * Remembers what has been worked off, in the memory of this process. The signature alone would not do: it is the same
 * for all callbacks of a host in one second. Put the guard behind the verifier, and answer 200 to what is replayed.
 *
 * It cannot see a replay with another body, on another instance, or after a restart; see docs/receivers.md.
 *
 * @throws TypeError for a wrong option.
 *
 * @example
 * ```ts
 * const replays = createReplayGuard()
 * nodeReceiver(verify, async (callback, request) => {
 *   const body = await text(request)
 *   await replays.once(callback, body, () => store(JSON.parse(body)))
 * })
 * ```
 */
export function createReplayGuard(options: ReplayGuardOptions = {}): ReplayGuard {
  const { tolerance = 300, capacity = 10_000, clock = systemClock } = options
  if (!(tolerance >= 0)) throw new TypeError('"tolerance" must be a number of seconds, 0 or more')
  if (!(Number.isInteger(capacity) && capacity >= 1)) {
    throw new TypeError('"capacity" must be a whole number, 1 or more')
  }
  const memories = new Map<string, Memory>()

  function forget(): void {
    const now = clock.now()
    for (const [digest, { expiresAt }] of memories) {
      if (expiresAt > now && memories.size < capacity) return
      memories.delete(digest)
    }
  }

  return {
    async once(callback, body, work) {
      const digest = digestOf(callback.timestamp, callback.signature, body)
      for (let before = memories.get(digest); before !== undefined; before = memories.get(digest)) {
        if (await before.done) return { replayed: true }
      }
      forget()
      const working = (async () => work())()
      const done = working.then(
        () => true,
        () => {
          // With many callbacks at once it may have been forgotten, and done by another run since.
          if (memories.get(digest) === memory) memories.delete(digest)
          return false
        },
      )
      // The verifier refuses it from then on; one second more, for it counts whole ones.
      const expiresAt = (Number(callback.timestamp) + tolerance + 1) * 1_000
      const memory: Memory = { expiresAt, done }
      memories.set(digest, memory)
      return { replayed: false, result: await working }
    },
  }
}

/** The case of the signature's digits is the sender's to choose: it must not make another callback of it. */
function digestOf(timestamp: string, signature: string, body: string | Uint8Array): string {
  return createHash('sha256').update(`${timestamp}|${signature.toLowerCase()}|`).update(body).digest('base64')
}
