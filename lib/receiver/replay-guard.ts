import { systemClock, type Clock } from '../core/clock.ts'
import { sha256 } from '../core/sha256.ts'
import { callHook } from './call-hook.ts'
import { checkOptions } from './options.ts'

/**
 * Where a guard remembers beyond its process: in Redis, say, or a table. An id is 64 hex digits and reveals nothing about
 * the callback.
 */
export interface ReplayStore {
  /**
   * Remembers an id for this many milliseconds, atomically: of two concurrent callers, only one may get true.
   *
   * @returns false if it is already remembered.
   */
  add(id: string, ms: number): boolean | Promise<boolean>
  /** Forgets it: the work has failed, and the next callback does it. */
  delete(id: string): unknown
}

export interface ReplayGuardOptions {
  /** The tolerance of the verifier, in seconds. Default 300. */
  readonly tolerance?: number
  /** Maximum number of callbacks remembered in memory; the oldest are forgotten first. Default 10,000, about 2 MB. */
  readonly capacity?: number
  /** Remembers what came to other instances, and before a restart. Default: none, only the memory of this process. */
  readonly store?: ReplayStore
  /** Called if the store fails. The work is done anyway: a callback done twice is better than one lost. */
  readonly onError?: (error: unknown) => unknown
  readonly clock?: Clock
}

export interface ReplayGuard {
  /**
   * Runs `work`, unless it was already done for the same callback: same timestamp, same signature, same body. While the first
   * is being done, a repeat waits for it; if the first fails, the repeat does the work. So a callback that Live repeats
   * because an answer came too late is neither lost nor done twice.
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
  /** Resolves when the work has ended, to whether it succeeded. */
  readonly done: Promise<boolean>
}

const OPTIONS = [
  'tolerance',
  'capacity',
  'store',
  'onError',
  'clock',
] as const satisfies readonly (keyof ReplayGuardOptions)[]

/**
 * Remembers which callbacks were processed, in the memory of this process and in your own store. The signature alone would
 * not do: it is the same for all callbacks of a host in one second. Use the guard after the verifier, and answer 200 to
 * replays.
 *
 * It cannot detect a replay with another body; see docs/receivers.md.
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
  checkOptions('createReplayGuard', options, OPTIONS)
  const { tolerance = 300, capacity = 10_000, store, onError, clock = systemClock } = options
  if (!(tolerance >= 0)) throw new TypeError('"tolerance" must be a number of seconds, 0 or more')
  if (!(Number.isInteger(capacity) && capacity >= 1)) {
    throw new TypeError('"capacity" must be a whole number, 1 or more')
  }
  if (store !== undefined && !isStore(store))
    throw new TypeError('"store" must have the functions add and delete')
  const memories = new Map<string, Memory>()

  function forget(): void {
    const now = clock.now()
    for (const [id, { expiresAt }] of memories) {
      if (expiresAt > now && memories.size < capacity) return
      memories.delete(id)
    }
  }

  /** Whether this callback is ours to process. */
  async function claim(shared: ReplayStore, id: string, ms: number): Promise<boolean> {
    try {
      return await shared.add(id, ms)
    } catch (error) {
      callHook('onError of a replay guard', onError, error)
      return true
    }
  }

  async function release(id: string): Promise<void> {
    try {
      await store?.delete(id)
    } catch (error) {
      callHook('onError of a replay guard', onError, error)
    }
  }

  return {
    async once<T>(
      callback: { readonly timestamp: string; readonly signature: string },
      body: string | Uint8Array,
      work: () => T | Promise<T>,
    ) {
      const id = idOf(callback.timestamp, callback.signature, body)
      for (let before = memories.get(id); before !== undefined; before = memories.get(id)) {
        if (await before.done) return { replayed: true }
      }
      forget()
      // From then on the verifier refuses it; one second more, because it counts whole seconds.
      const expiresAt = (Number(callback.timestamp) + tolerance + 1) * 1_000
      const working = (async () => {
        const ours = store === undefined || (await claim(store, id, Math.max(1, expiresAt - clock.now())))
        if (!ours) return { replayed: true } as const
        try {
          return { replayed: false, result: await work() } as const
        } catch (error) {
          await release(id)
          throw error
        }
      })()
      const done = working.then(
        () => true,
        () => {
          // With many callbacks at once, it may have been forgotten and done by another run since.
          if (memories.get(id) === memory) memories.delete(id)
          return false
        },
      )
      const memory: Memory = { expiresAt, done }
      memories.set(id, memory)
      return working
    },
  }
}

function isStore(given: object): given is ReplayStore {
  return (
    'add' in given &&
    typeof given.add === 'function' &&
    'delete' in given &&
    typeof given.delete === 'function'
  )
}

/** The sender chooses the case of the signature's digits, which must not make it a different callback. */
function idOf(timestamp: string, signature: string, body: string | Uint8Array): string {
  return sha256(`${timestamp}|${signature.toLowerCase()}|${sha256(body)}`)
}
