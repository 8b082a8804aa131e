import type { Random } from '../../core/clock.ts'
import { TimerQueue, type Timer } from './timer-queue.ts'
import { destinationsOf, type Domain } from './domain.ts'
import type { Span, Stream, StreamHabits } from './stream.ts'

const ENDLESS: StreamHabits = { length: null, pause: null, transcoded: false, publishType: 'edge' }

export interface StreamsOptions {
  readonly random: Random
  readonly domain: (name: string) => Domain | undefined
  /** How long a cut encoder takes to push again, in milliseconds. */
  readonly repushDelay: Span
}

/**
 * All streams and their automatic changes: they end and are pushed again. They own no timers: {@link catchUp} does
 * everything due until now, in order and at its own time, before anyone reads the state.
 */
export class Streams {
  readonly #options: StreamsOptions
  readonly #streams = new Map<string, Stream>()
  readonly #byDomain = new Map<string, Set<Stream>>()
  readonly #events = new TimerQueue()
  readonly #timers = new Map<Stream, Timer>()
  readonly #pushListeners: ((stream: Stream) => void)[] = []
  /** Forbidden push URLs, and until when. */
  readonly blocked = new Map<string, number>()

  constructor(options: StreamsOptions) {
    this.#options = options
  }

  get nextEventAt(): number {
    return this.#events.nextAt
  }

  all(): IterableIterator<Stream> {
    return this.#streams.values()
  }

  get(id: string): Stream | undefined {
    return this.#streams.get(id)
  }

  ofDomain(domain: string): Iterable<Stream> {
    return this.#byDomain.get(domain) ?? []
  }

  /** Calls the listener at every push, including later ones. */
  onPush(listener: (stream: Stream) => void): void {
    this.#pushListeners.push(listener)
  }

  /** Does what was due until `now`. */
  catchUp(now: number): void {
    while (this.#events.nextAt <= now) this.#events.takeNext()?.fire()
  }

  /** Adds an encoder on `domain`, which does not push yet. */
  add(domain: Domain, app: string, name: string, habits: Partial<StreamHabits> = {}): Stream {
    const full = { ...ENDLESS, ...habits }
    const stream: Stream = {
      id: `${domain.name}/${app}/${name}`,
      domain: domain.name,
      publishDomain: full.publishType === 'center' ? domain.name : domain.ingest,
      app,
      name,
      habits: full,
      push: null,
      pushes: 0,
      next: null,
    }
    this.restore(stream)
    return stream
  }

  /** Restores a stored stream. */
  restore(stream: Stream): void {
    const known = this.#streams.get(stream.id)
    if (known !== undefined) this.remove(known)
    this.#streams.set(stream.id, stream)
    const ofDomain = this.#byDomain.get(stream.domain) ?? new Set()
    this.#byDomain.set(stream.domain, ofDomain.add(stream))
    if (stream.next !== null) this.#plan(stream, stream.next.does, stream.next.at)
    if (stream.push !== null) for (const listener of this.#pushListeners) listener(stream)
  }

  remove(stream: Stream): void {
    this.#plan(stream, null, 0)
    stream.push = null
    this.#streams.delete(stream.id)
    this.#byDomain.get(stream.domain)?.delete(stream)
  }

  /** Pushes a stream (again), with the keys that its domain has now. Returns false while it is forbidden. */
  push(stream: Stream, at: number): boolean {
    const blockedUntil = this.blocked.get(addressOf(stream)) ?? 0
    if (blockedUntil > at) {
      stream.push = null
      this.#plan(stream, 'push', blockedUntil)
      return false
    }
    const domain = this.#options.domain(stream.domain)
    if (domain === undefined) return false
    stream.push = { at, destinations: destinationsOf(domain, stream.app) }
    stream.pushes++
    const { length } = stream.habits
    this.#plan(stream, length === null ? null : 'end', at + (length === null ? 0 : this.#draw(length)))
    for (const listener of this.#pushListeners) listener(stream)
    return true
  }

  /** Ends a push; the encoder pushes again as configured. */
  end(stream: Stream, at: number): void {
    stream.push = null
    const { pause } = stream.habits
    this.#plan(stream, pause === null ? null : 'push', at + (pause === null ? 0 : this.#draw(pause)))
  }

  /** Ends a push until the stream is pushed again by hand. */
  stop(stream: Stream): void {
    stream.push = null
    this.#plan(stream, null, 0)
  }

  /** Interrupts a running push; the encoder notices and pushes again. */
  cut(stream: Stream, at: number): void {
    stream.push = null
    this.#plan(stream, 'push', at + this.#draw(this.#options.repushDelay))
  }

  /** Puts a push URL on the block list. */
  block(publishDomain: string, app: string, name: string, until: number): void {
    this.blocked.set(`${publishDomain}/${app}/${name}`, until)
  }

  /** The stream pushed to that URL now. */
  online(publishDomain: string, app: string, name: string, domains: readonly string[]): Stream | undefined {
    for (const domain of domains) {
      const stream = this.#streams.get(`${domain}/${app}/${name}`)
      if (stream?.push && stream.publishDomain === publishDomain) return stream
    }
    return undefined
  }

  #plan(stream: Stream, does: 'end' | 'push' | null, at: number): void {
    const timer = this.#timers.get(stream)
    if (timer !== undefined) this.#events.remove(timer)
    this.#timers.delete(stream)
    stream.next = does === null ? null : { at, does }
    if (does === null) return
    const fire = (): void => {
      this.#timers.delete(stream)
      stream.next = null
      if (does === 'end') this.end(stream, at)
      else this.push(stream, at)
    }
    this.#timers.set(stream, this.#events.add(at, fire))
  }

  #draw({ min, max }: Span): number {
    return Math.round(min + this.#options.random() * (max - min))
  }
}

function addressOf(stream: Stream): string {
  return `${stream.publishDomain}/${stream.app}/${stream.name}`
}
