import type { Callbacks } from './callbacks/callbacks.ts'
import type { FunctionCompute } from './fc/function-compute.ts'
import type { Objects } from './oss/objects.ts'
import type { CallLog } from './wire/call-log.ts'
import type { CredentialStore } from './wire/credentials.ts'
import type { Faults } from './wire/faults.ts'
import type { CallListener, CallMoment } from './wire/gateway.ts'
import type { World } from './world/world.ts'

/** A running emulator. */
export interface Emulator {
  /** `http://127.0.0.1:PORT`: the endpoint of every product. */
  readonly url: string
  /** `127.0.0.1:PORT`, as the SDKs expect it. */
  readonly endpoint: string
  readonly port: number
  readonly world: World
  /** Whether the world came from the state file. */
  readonly restored: boolean
  readonly calls: CallLog
  readonly faults: Faults
  readonly callbacks: Callbacks
  readonly credentials: CredentialStore
  readonly functions: FunctionCompute
  /** The contents of OSS. */
  readonly objects: Objects
  /** Requests under way, except those it delays on purpose ({@link held}). */
  readonly inFlight: number
  readonly held: number
  /** Latency of every answer from now on, in milliseconds. */
  latencyMs: number
  /**
   * How far the cloud's clock is ahead of ours from now on, in milliseconds. Throws TypeError beyond 5 minutes either
   * way.
   */
  clockOffsetMs: number
  /** Calls `listener` right before or after the effect of every call; returns a function that removes it. */
  on(moment: CallMoment, listener: CallListener): () => void
  /** Writes the state file, if there is one. Needed only after changing the world directly. */
  readonly save: () => void
  close(): Promise<void>
}
