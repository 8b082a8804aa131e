import type { Clock, Moment, Random } from '../core/clock.ts'
import type { GroupConfig } from '../config/types.ts'
import type { Key } from '../keyset/key.ts'
import type { Keyset } from '../keyset/keyset.ts'
import type { Probe } from './probe.ts'
import type { LogEvent } from './report/events.ts'

/** A keyset as it was read, which a later save builds on. */
export interface LoadedKeyset {
  /** null if there is no keyset yet: the secret is absent, or its value is empty or `{}`. */
  readonly keyset: Keyset | null
  /** When the read began. */
  readonly loadedAt: Moment
  /**
   * When it was stored, in milliseconds since the epoch: by KMS's clock, or when the answer to this run's save arrived.
   * Absent if unknown.
   */
  readonly storedAt?: number
  /** The version, keyset or not, that ACSCurrent points to although a newer revision is stored; null if it is up to date. */
  readonly currentIsBehind: string | null
}

/** The keyset documents in one group's secret: the only durable state of a rotation, and its lock. */
export interface KeysetStore {
  /** The document with the highest revision. Throws an InvalidKeyset for one that breaks the rules, without touching it. */
  load(): Promise<LoadedKeyset>
  /**
   * Stores `next`, whose revision is one above `base`'s. If the answer is lost, reads back what is stored.
   * Throws `conflict` when another run stored that revision first: load again and decide again.
   */
  save(next: Keyset, base: LoadedKeyset): Promise<LoadedKeyset>
  /**
   * The document to continue from where `load` throws an InvalidKeyset or LostKeyset: the newest valid one, or one without
   * keys, under a new lineage and with the revision that the next save follows. Saves nothing itself.
   */
  recover(): Promise<LoadedKeyset>
  /** Whether the list of versions, which may lag, shows what was saved last. */
  isListed(): Promise<boolean>
  /** Points ACSCurrent at the highest revision again after it was moved back. */
  moveCurrentForward(): Promise<void>
}

export interface CallOptions {
  /** Use the account's emergency rate. */
  readonly urgent?: boolean
  /** Wall-clock milliseconds. No call starts later: `deadline` is thrown instead. */
  readonly deadline?: number
  /** Ends the wait for the call's turn and throws its reason. */
  readonly signal?: AbortSignal
}

/**
 * Whether a call that changes something may be sent: asked before every attempt, once its turn has come. What it throws
 * ends the call without another attempt.
 */
export type Fence = () => Promise<Pass>

/**
 * Whether the fence's answer still holds. Does no I/O: it is asked at the last moment, when the connection is open and the
 * request is about to be written. If it says no, nothing is sent and the fence is asked again.
 */
export type Pass = () => boolean

export interface SetOptions extends CallOptions {
  readonly fence: Fence
}

/** What Live answers about one domain's snapshot-callback authentication. */
export interface DomainReading {
  readonly domain: string
  readonly enabled: boolean
  /** null if none was ever configured. */
  readonly key: Key | null
}

/** A stream that is currently pushed. */
export interface OnlineStream {
  /** The streaming domain that was queried. */
  readonly domain: string
  /** The ingest domain, which ForbidLiveStream takes. */
  readonly publishDomain: string
  readonly app: string
  readonly stream: string
  /** Start of the push, milliseconds since the epoch, in whole seconds. */
  readonly publishedAt: number
}

/** The other snapshot-callback configuration of a domain (DescribeLiveSnapshotNotifyConfig). */
export interface NotifyConfigReading {
  readonly url: string
  readonly enabled: boolean
}

/**
 * Live for one group. Every call is paced and retried; the RotatorError that it throws is final for this run.
 */
export interface LiveDomains {
  set(domain: string, key: Key, options: SetOptions): Promise<void>
  query(domain: string, options?: CallOptions): Promise<DomainReading>
  /** The names of all online streaming domains that end with `suffix`; throws if the list cannot be read to the end. */
  discover(suffix: string, options?: CallOptions): Promise<string[]>
  /** All running streams of a domain, all pages. */
  streams(domain: string, options?: CallOptions): Promise<OnlineStream[]>
  /** Cuts a stream once, without banning it. */
  interrupt(stream: OnlineStream, options: SetOptions): Promise<void>
  /** null if the domain has none. */
  notifyConfig(domain: string, options?: CallOptions): Promise<NotifyConfigReading | null>
}

/** Calls made so far, by API name, and how many of them the server throttled. */
export interface Usage {
  readonly calls: Readonly<Record<string, number>>
  readonly throttled: number
}

export interface GroupPorts {
  readonly keysets: KeysetStore
  readonly live: LiveDomains
  usage(): Usage
  /**
   * How far the cloud's clock is ahead of this one, in milliseconds: the smallest gap that explains all answers so far.
   * Negative if it is behind, 0 if the clocks may agree.
   */
  cloudAheadMs(): number
}

export type Log = (event: LogEvent) => void

/** Everything that a run needs from outside. */
export interface RotationEnvironment {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly probe: Probe
  readonly open: (group: GroupConfig) => Promise<GroupPorts>
  /**
   * Wall-clock milliseconds. No call to Live and no new step starts later. Infinity for none; before the run's start once
   * the run is stopped.
   */
  readonly deadline: number
  /** Wall-clock milliseconds. A wait that would end later ends the run as `waiting`. Infinity for none. */
  readonly waitUntil: number
}
