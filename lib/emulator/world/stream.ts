import type { Destination } from './domain.ts'

/** Milliseconds, drawn from this range each time. */
export interface Span {
  readonly min: number
  readonly max: number
}

/** How an encoder behaves. */
export interface StreamHabits {
  /** How long a push lasts; null for one that never ends by itself. */
  readonly length: Span | null
  /** How long after a push ends it pushes again; null for never. */
  readonly pause: Span | null
  /** Whether its transcoded copy is listed as well. */
  readonly transcoded: boolean
  /** `center` streams are pushed to the streaming domain itself. */
  readonly publishType: 'edge' | 'center'
}

/** One push, with the keys that its domain had when it began. */
export interface Push {
  readonly at: number
  readonly destinations: readonly Destination[]
}

/** An encoder's stream, online or not. */
export interface Stream {
  /** `domain/app/name`, the streaming domain's. */
  readonly id: string
  readonly domain: string
  readonly publishDomain: string
  readonly app: string
  readonly name: string
  readonly habits: StreamHabits
  /** null while it is offline. */
  push: Push | null
  /** How many times it was pushed. */
  pushes: number
  /** Its next automatic change, and when. */
  next: { readonly at: number; readonly does: 'end' | 'push' } | null
}
