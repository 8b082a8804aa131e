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
  /** 0 (the default) for any free port. */
  readonly port?: number
  /** The world's clock: for rates, streams, callbacks, and times of secrets. Signatures use real time. */
  readonly clock?: Clock
  readonly random?: Random
  /** Default: one account with {@link LOCAL_CREDENTIALS}. */
  readonly credentials?: readonly CredentialOptions[]
  /** RAM roles that may be assumed, of this account or another. Default none. */
  readonly roles?: readonly RoleOptions[]
  readonly region?: string
  /** The ids of the account's KMS instances. Default none. */
  readonly kmsInstances?: readonly string[]
  /** Initial number of domains: `live1.example.com` … with `push1.example.com` … Default 1. */
  readonly domains?: number
  /** Whether the domains initially have a key and use it; `'unset'` means no key. Default `'on'`. */
  readonly auth?: 'on' | 'off' | 'unset'
  /** Gives every domain its own initial key. Default: they share one, as if set by hand. */
  readonly ownKeys?: boolean
  /** Initial number of streams, spread over the domains. Default 0. */
  readonly streams?: number
  /** How long their pushes last, in milliseconds; null (the default) for forever. */
  readonly streamLength?: Span | null
  /** How long until they are pushed again. Default 1 to 5 s. */
  readonly streamPause?: Span
  /** How many of the streams never end, despite `streamLength`. Default 0. */
  readonly endlessStreams?: number
  /** How long an encoder takes to push again after being cut. Default 1 to 3 s. */
  readonly repushDelay?: Span
  /** The callback URL of all domains; null for none. Default: one that never gets callbacks. */
  readonly callbackUrl?: string | null
  /** Milliseconds between two snapshots of a stream. Default 5,000. */
  readonly callbackIntervalMs?: number
  /** Whether to send callbacks from the start. Default: if a callback URL is given. */
  readonly sendCallbacks?: boolean
  readonly callbackBody?: (stream: Stream, at: number) => string
  readonly limits?: { readonly live?: Partial<LiveLimits>; readonly kms?: Partial<KmsLimits> }
  readonly assumptions?: Partial<Assumptions>
  /**
   * How far the cloud's clock is ahead of ours, up to 5 minutes either way, in milliseconds: in the `Date` of answers,
   * CreateTime, PublishTime and the like. Default 0.
   */
  readonly clockOffsetMs?: number
  /** Latency of every answer in milliseconds. Default 0. */
  readonly latencyMs?: number
  /** A file that keeps the world between runs of the emulator. Its contents override the options above. */
  readonly stateFile?: string
  /** The functions of Function Compute; more can be deployed later. */
  readonly functions?: readonly FunctionOptions[]
  readonly functionCompute?: FunctionComputeSettings
  /** Additional products, tried before Live and KMS. */
  readonly apis?: readonly Api[]
  /** What a `crash` fault does. Default: the process exits with code 137. */
  readonly onCrash?: () => void
}
