import type { Clock, Random } from '../core/clock.ts'
import type { GroupConfig } from '../config/types.ts'
import type { Key } from '../keyset/key.ts'
import type { Keyset } from '../keyset/keyset.ts'
import type { Probe } from './probe.ts'
import type { LogEvent } from './report/events.ts'

/** A keyset as it was read: what a later save is compared with. */
export interface LoadedKeyset {
  /** null when there is no keyset yet: the secret is absent, or its value is empty or `{}`. */
  readonly keyset: Keyset | null
  /** When the read began, in milliseconds since the epoch. */
  readonly loadedAt: number
  /**
   * When it was stored, in milliseconds since the epoch: by KMS's clock, or when the answer to this run's save came.
   * Absent where that is not known.
   */
  readonly storedAt?: number
  /** The version that ACSCurrent points to although a newer revision is stored, a keyset or not; null where all is well. */
  readonly currentIsBehind: string | null
}

/** The keyset documents of one group's secret. The only durable state of a rotation, and its lock. */
export interface KeysetStore {
  /** The document with the highest revision. Throws an InvalidKeyset for one that breaks the rules, without touching it. */
  load(): Promise<LoadedKeyset>
  /**
   * Stores `next`, whose revision is one above `base`'s. A lost answer is cleared up by reading back.
   * Throws `conflict` when another run stored that revision first: load again and decide again.
   */
  save(next: Keyset, base: LoadedKeyset): Promise<LoadedKeyset>
  /**
   * What goes on where `load` throws an InvalidKeyset or LostKeyset: the newest valid document, or one without keys, under
   * a new lineage and a number that the next save follows. Saves nothing itself.
   */
  recover(): Promise<LoadedKeyset>
  /** Whether the list of versions, which may lag, shows what was saved last. */
  isListed(): Promise<boolean>
  /** Points ACSCurrent at the highest revision again, after somebody moved it back. */
  moveCurrentForward(base: LoadedKeyset): Promise<void>
}

export interface CallOptions {
  /** Use the account's emergency rate. */
  readonly urgent?: boolean
  /** No call is begun after this wall-clock time (milliseconds): `deadline` is thrown instead. */
  readonly deadline?: number
  /** Ends the wait for the call's turn; its reason is thrown. */
  readonly signal?: AbortSignal
}

export interface SetOptions extends CallOptions {
  /** Asked right before every attempt, when its turn has come; what it throws ends the call without a further attempt. */
  readonly fence: () => Promise<void>
}

/** What Live answers about one domain's snapshot-callback authentication. */
export interface DomainReading {
  readonly domain: string
  readonly enabled: boolean
  /** null when none was ever configured. */
  readonly key: Key | null
}

/** A stream that is being pushed now. */
export interface OnlineStream {
  /** The streaming domain that was asked. */
  readonly domain: string
  /** The ingest domain: the one that ForbidLiveStream wants. */
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
 * Live, as one group sees it. Every call is paced and retried inside; what it throws is a RotatorError that is final
 * for this run.
 */
export interface LiveDomains {
  set(domain: string, key: Key, options: SetOptions): Promise<void>
  query(domain: string, options?: CallOptions): Promise<DomainReading>
  /** The names of all online streaming domains that end with `suffix`; throws when the list cannot be read to its end. */
  discover(suffix: string, options?: CallOptions): Promise<string[]>
  /** All running streams of a domain, all pages. */
  streams(domain: string, options?: CallOptions): Promise<OnlineStream[]>
  /** Cuts a stream once, without forbidding it. */
  interrupt(stream: OnlineStream, options: SetOptions): Promise<void>
  /** null when the domain has none. */
  notifyConfig(domain: string, options?: CallOptions): Promise<NotifyConfigReading | null>
}

/** Calls made so far, by API name, and how many of them the server refused for their rate. */
export interface Usage {
  readonly calls: Readonly<Record<string, number>>
  readonly throttled: number
}

export interface GroupPorts {
  readonly keysets: KeysetStore
  readonly live: LiveDomains
  usage(): Usage
  /**
   * How far the cloud's clock is ahead of this one, in milliseconds, as its answers have told so far: the smallest gap that
   * explains them all. Negative where it is behind, 0 where the clocks may agree.
   */
  cloudAheadMs(): number
}

export type Log = (event: LogEvent) => void

/** Everything outside that a run needs. */
export interface RotationEnvironment {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly probe: Probe
  readonly open: (group: GroupConfig) => Promise<GroupPorts>
  /**
   * Wall-clock milliseconds: no call to Live is begun later, and no new step. Infinity for none; before the run's start
   * as soon as somebody stops it.
   */
  readonly deadline: number
  /** Wall-clock milliseconds: a wait that would end later ends the run as `waiting`. Infinity for none. */
  readonly waitUntil: number
}
