import type { Callbacks } from './callbacks/callbacks.ts'
import type { FunctionCompute } from './fc/function-compute.ts'
import type { Objects } from './oss/objects.ts'
import type { CallLog } from './wire/call-log.ts'
import type { CredentialStore } from './wire/credentials.ts'
import type { Faults } from './wire/faults.ts'
import type { CallListener, CallMoment } from './wire/gateway.ts'
import type { World } from './world/world.ts'

/** A running local cloud. */
export interface Emulator {
  /** `http://127.0.0.1:PORT`: the endpoint of every product. */
  readonly url: string
  /** `127.0.0.1:PORT`, as the SDKs want it. */
  readonly endpoint: string
  readonly port: number
  readonly world: World
  /** Whether the world is the one that the state file held. */
  readonly restored: boolean
  readonly calls: CallLog
  readonly faults: Faults
  readonly callbacks: Callbacks
  readonly credentials: CredentialStore
  readonly functions: FunctionCompute
  /** What is in OSS. */
  readonly objects: Objects
  /** Requests that it is at work on; those that it makes wait on purpose are {@link held}. */
  readonly inFlight: number
  readonly held: number
  /** Milliseconds that every answer takes from now on. */
  latencyMs: number
  /** Milliseconds that the cloud's clock is ahead of ours from now on. Throws TypeError beyond 5 minutes either way. */
  clockOffsetMs: number
  /** Calls `listener` right before or right after the effect of every call; returns how to take it off again. */
  on(moment: CallMoment, listener: CallListener): () => void
  /** Writes the state file, where there is one. Needed only after changing the world by hand. */
  readonly save: () => void
  close(): Promise<void>
}
