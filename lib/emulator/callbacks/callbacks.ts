import type { Clock, Random } from '../../clock.ts'
import type { Key } from '../../keyset/key.ts'
import { NO_RECEIVER } from '../live/domain.ts'
import type { Push, Stream } from '../live/stream.ts'
import { TimerQueue } from '../timer-queue.ts'
import type { World } from '../world.ts'
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

/** Sends the snapshot callbacks of all running streams, each at its own beat, or in rounds on demand. */
export class Callbacks {
  /** What became of the callbacks of streams. */
  readonly genuine = new Tally()
  /** What became of those that were signed with a key that Live does not hold for them. */
  readonly forged = new Tally()
  readonly #options: CallbacksOptions
  readonly #snapshots = new TimerQueue()
  readonly #closing = new AbortController()
  #running = false
  #wake: (() => void) | null = null

  constructor(options: CallbacksOptions) {
    this.#options = options
    options.world.streams.onPush((stream) => {
      if (this.#running) this.#schedule(stream, options.random() * options.intervalMs)
    })
  }

  /** Callbacks that are not through yet. */
  get pending(): number {
    return this.#options.sender.pending
  }

  /** Begins to send by itself. The first snapshot of each stream comes at a random moment of its first interval. */
  start(): void {
    if (this.#running) return
    this.#running = true
    for (const stream of this.#options.world.streams.all()) {
      this.#schedule(stream, this.#options.random() * this.#options.intervalMs)
    }
    void this.#loop()
  }

  /** Stops sending by itself; what is under way goes on. */
  stop(): void {
    this.#running = false
    this.#wake?.()
  }

  /** One snapshot of every running stream (or of those given), now. Resolves to the tally of this round alone. */
  async round(streams?: Iterable<Stream>): Promise<Readonly<Counts>> {
    const { world } = this.#options
    world.catchUp()
    const tally = new Tally()
    await Promise.all(
      [...(streams ?? world.streams.all())].map((stream) => this.#snapshot(stream, [tally, this.genuine])),
    )
    return tally.counts
  }

  /** Sends `count` callbacks that are signed with `key`, which no stream may hold. Resolves to their tally. */
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

  async #loop(): Promise<void> {
    const { clock, world } = this.#options
    while (this.#running) {
      world.catchUp()
      while (this.#snapshots.nextAt <= clock.now()) this.#snapshots.takeNext()?.fire()
      const next = Math.min(this.#snapshots.nextAt, world.streams.nextEventAt)
      const woken = new AbortController()
      this.#wake = () => {
        woken.abort()
      }
      const signal = AbortSignal.any([woken.signal, this.#closing.signal])
      // A stream that somebody pushes in the meantime wakes the loop up.
      const pause = next === Infinity ? 86_400_000 : next - clock.now()
      await clock.sleep(Math.max(0, pause), signal).catch(() => undefined)
    }
  }

  #schedule(stream: Stream, delay: number): void {
    const { push } = stream
    if (push === null) return
    this.#at(stream, push, this.#options.clock.now() + delay)
    this.#wake?.()
  }

  #at(stream: Stream, push: Push, at: number): void {
    const { clock, intervalMs } = this.#options
    this.#snapshots.add(at, () => {
      // Another push of the stream has a beat of its own.
      if (!this.#running || stream.push?.at !== push.at) return
      void this.#snapshot(stream, [this.genuine])
      this.#at(stream, push, Math.max(at + intervalMs, clock.now()))
    })
  }

  async #snapshot(stream: Stream, tallies: readonly Tally[]): Promise<void> {
    const body = this.#options.body(stream, this.#options.clock.now())
    const destinations = (stream.push?.destinations ?? []).filter(({ url }) => url !== NO_RECEIVER)
    await Promise.all(destinations.map(({ url, key }) => this.#send(url, key, body, tallies)))
  }

  async #send(url: string, key: Key | null, body: string, tallies: readonly Tally[]): Promise<void> {
    await this.#options.sender.send(url, key, body, tallies, this.#closing.signal)
  }
}
