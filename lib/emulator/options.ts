import type { Clock, Random } from '../core/clock.ts'
import type { Assumptions } from './assumptions.ts'
import type { CredentialOptions } from './wire/credentials.ts'
import type { FunctionComputeSettings } from './fc/function-compute.ts'
import type { FunctionOptions } from './fc/function-options.ts'
import type { Api } from './wire/gateway.ts'
import type { KmsLimits } from './kms/limits.ts'
import type { LiveLimits } from './live/limits.ts'
import type { Span, Stream } from './world/stream.ts'
import type { RoleOptions } from './sts/product.ts'

export interface EmulatorOptions {
  /** 0 (the default) takes any free port. */
  readonly port?: number
  /** The world's clock: rates, streams, callbacks, the times of secrets. Signatures go by the real time of day. */
  readonly clock?: Clock
  readonly random?: Random
  /** Default: one account with {@link LOCAL_CREDENTIALS}. */
  readonly credentials?: readonly CredentialOptions[]
  /** RAM roles that may be assumed, of this account or another. Default none. */
  readonly roles?: readonly RoleOptions[]
  readonly region?: string
  /** The ids of the account's KMS instances. Default none. */
  readonly kmsInstances?: readonly string[]
  /** How many domains there are at first: `live1.example.com` … with `push1.example.com` … Default 1. */
  readonly domains?: number
  /** Whether the domains have a key at first, and use it: `'unset'` is none at all. Default `'on'`. */
  readonly auth?: 'on' | 'off' | 'unset'
  /** Every domain has a key of its own at first. Default: they all share one, as by hand. */
  readonly ownKeys?: boolean
  /** How many streams run at first, spread over the domains. Default 0. */
  readonly streams?: number
  /** How long their pushes last, in milliseconds; null (the default) for ever. */
  readonly streamLength?: Span | null
  /** How long until they are pushed again. Default 1 to 5 s. */
  readonly streamPause?: Span
  /** How many of the streams never end, whatever `streamLength` says. Default 0. */
  readonly endlessStreams?: number
  /** How long an encoder takes to push again after it was cut. Default 1 to 3 s. */
  readonly repushDelay?: Span
  /** The callback URL of all domains; null for none at all. Default: one that nothing is sent to. */
  readonly callbackUrl?: string | null
  /** Milliseconds between two snapshots of a stream. Default 5,000. */
  readonly callbackIntervalMs?: number
  /** Sends callbacks from the start. Default: when a callback URL is given. */
  readonly sendCallbacks?: boolean
  readonly callbackBody?: (stream: Stream, at: number) => string
  readonly limits?: { readonly live?: Partial<LiveLimits>; readonly kms?: Partial<KmsLimits> }
  readonly assumptions?: Partial<Assumptions>
  /**
   * How far the cloud's clock is ahead of ours, up to 5 minutes either way, in milliseconds: in the `Date` of answers,
   * CreateTime, PublishTime and their like. Default 0.
   */
  readonly clockOffsetMs?: number
  /** Milliseconds that every answer takes. Default 0. */
  readonly latencyMs?: number
  /** A file that holds the world between two lives of the emulator. What it holds wins over the options above. */
  readonly stateFile?: string
  /** The functions of Function Compute; more can be deployed later. */
  readonly functions?: readonly FunctionOptions[]
  readonly functionCompute?: FunctionComputeSettings
  /** Further products, before Live and KMS. */
  readonly apis?: readonly Api[]
  /** What a `crash` fault does. Default: the process exits with code 137. */
  readonly onCrash?: () => void
}
