import { setMaxListeners } from 'node:events'
import type { Clock, Random } from '../../core/clock.ts'
import type { Key } from '../../keyset/key.ts'
import { NO_RECEIVER } from '../world/domain.ts'
import type { Stream } from '../world/stream.ts'
import { TimerQueue } from '../world/timer-queue.ts'
import type { World } from '../world/world.ts'
import type { CallbackSender } from './sender.ts'
import { Tally, type Counts } from './tally.ts'

export interface CallbacksOptions {
  readonly clock: Clock
  readonly random: Random
  readonly world: World
  readonly sender: CallbackSender
  /** Milliseconds between two snapshots of one stream. */
  readonly intervalMs: number
  readonly body: (stream: Stream, at: number) => string
}

/** One period of automatic sending, from start to stop. */
interface Beat {
  readonly snapshots: TimerQueue
  /** Wakes the loop. */
  wake: () => void
}

/** Sends the snapshot callbacks of all running streams, each at its own pace, or in rounds on demand. */
export class Callbacks {
  /** The outcome of streams' callbacks. */
  readonly genuine = new Tally()
  /** The outcome of forged callbacks, signed with a key that Live does not use. */
  readonly forged = new Tally()
  readonly #options: CallbacksOptions
  readonly #closing = new AbortController()
  #beat: Beat | null = null

  constructor(options: CallbacksOptions) {
    this.#options = options
    // Every callback under way listens for the end.
    setMaxListeners(0, this.#closing.signal)
    options.world.streams.onPush((stream) => {
      if (this.#beat !== null) this.#join(this.#beat, stream)
    })
  }

  /** Callbacks under way. */
  get pending(): number {
    return this.#options.sender.pending
  }

  /** Starts sending automatically. Each stream's first snapshot comes at a random moment of its first interval. */
  start(): void {
    if (this.#beat !== null) return
    const beat: Beat = { snapshots: new TimerQueue(), wake: () => undefined }
    this.#beat = beat
    for (const stream of this.#options.world.streams.all()) this.#join(beat, stream)
    void this.#loop(beat)
  }

  /** Stops automatic sending; callbacks in flight continue. */
  stop(): void {
    const beat = this.#beat
    this.#beat = null
    beat?.wake()
  }

  /** Sends one snapshot of every running stream (or the given ones) now. Resolves to the tally of this round. */
  async round(streams?: Iterable<Stream>): Promise<Readonly<Counts>> {
    const { world } = this.#options
    world.catchUp()
    const tally = new Tally()
    await Promise.all(
      [...(streams ?? world.streams.all())].map((stream) => this.#snapshot(stream, [tally, this.genuine])),
    )
    return tally.counts
  }

  /** Sends `count` callbacks signed with `key`, whether or not a stream has it. Resolves to their tally. */
  async forge(url: string, key: Key, count = 1): Promise<Readonly<Counts>> {
    const tally = new Tally()
    const body = JSON.stringify({ forged: true })
    await Promise.all(Array.from({ length: count }, () => this.#send(url, key, body, [tally, this.forged])))
    return tally.counts
  }

  close(): void {
    this.stop()
    this.#closing.abort()
    this.#options.sender.close()
  }

  async #loop(beat: Beat): Promise<void> {
    const { clock, world } = this.#options
    while (this.#beat === beat) {
      world.catchUp()
      while (beat.snapshots.nextAt <= clock.now()) beat.snapshots.takeNext()?.fire()
      const next = Math.min(beat.snapshots.nextAt, world.streams.nextEventAt)
      const woken = new AbortController()
      beat.wake = () => {
        woken.abort()
      }
      // A stream pushed in the meantime wakes the loop, and so does the end.
      const pause = next === Infinity ? 86_400_000 : next - clock.now()
      await clock.sleep(Math.max(0, pause), woken.signal).catch(() => undefined)
    }
  }

  #join(beat: Beat, stream: Stream): void {
    const { clock, random, intervalMs } = this.#options
    if (stream.push === null) return
    // Whole milliseconds, like the clock: a fraction would come a millisecond late.
    this.#plan(beat, stream, stream.pushes, clock.now() + Math.floor(random() * intervalMs))
    beat.wake()
  }

  #plan(beat: Beat, stream: Stream, pushes: number, at: number): void {
    const { clock, intervalMs } = this.#options
    beat.snapshots.add(at, () => {
      // A later push of the stream has its own pace.
      if (this.#beat !== beat || stream.push === null || stream.pushes !== pushes) return
      void this.#snapshot(stream, [this.genuine])
      this.#plan(beat, stream, pushes, Math.max(at + intervalMs, clock.now()))
    })
  }

  async #snapshot(stream: Stream, tallies: readonly Tally[]): Promise<void> {
    const destinations = (stream.push?.destinations ?? []).filter(({ url }) => url !== NO_RECEIVER)
    if (destinations.length === 0) return
    const body = this.#options.body(stream, this.#options.clock.now())
    await Promise.all(destinations.map(({ url, key }) => this.#send(url, key, body, tallies)))
  }

  async #send(url: string, key: Key | null, body: string, tallies: readonly Tally[]): Promise<void> {
    await this.#options.sender.send(url, key, body, tallies, this.#closing.signal)
  }
}
