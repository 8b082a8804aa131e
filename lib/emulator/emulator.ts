import { systemClock } from '../core/clock.ts'
import { NonceMemory, type AuthenticationOptions } from './wire/authenticate.ts'
import { assumptionsOf } from './assumptions.ts'
import { CallLog } from './wire/call-log.ts'
import { Callbacks } from './callbacks/callbacks.ts'
import { CallbackSender } from './callbacks/sender.ts'
import { control } from './control/control.ts'
import { CredentialStore, LOCAL_ACCOUNT_ID } from './wire/credentials.ts'
import { Faults } from './wire/faults.ts'
import { functionApis } from './fc/api.ts'
import { FunctionCompute } from './fc/function-compute.ts'
import { Gateway, type CallListener, type CallMoment } from './wire/gateway.ts'
import { kmsProduct } from './kms/product.ts'
import { DOCUMENTED_LIMITS } from './wire/limits.ts'
import { liveProduct } from './live/product.ts'
import type { Stream } from './world/stream.ts'
import type { EmulatorOptions } from './options.ts'
import { ossApi } from './oss/api.ts'
import { Objects } from './oss/objects.ts'
import { RateLimiter } from './wire/rate-limit.ts'
import { rpcApi } from './wire/rpc-api.ts'
import type { RpcProduct } from './wire/rpc-product.ts'
import { seedWorld } from './world/seed.ts'
import { EmulatorServer } from './wire/server.ts'
import { loadWorld, saveWorld } from './control/state-file.ts'
import { stsProduct } from './sts/product.ts'
import { World } from './world/world.ts'

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

/**
 * Starts a local cloud on 127.0.0.1: Live and KMS as the real SDKs know them, and callbacks from the streams that run
 * on it. Rejects when the port is taken, and for a state file that is of no use.
 *
 * @example
 * ```ts
 * const emulator = await startEmulator({ domains: 60, streams: 120 })
 * const config = { endpoint: emulator.endpoint, protocol: 'HTTP', accessKeyId: LOCAL_ACCESS_KEY_ID }
 * emulator.faults.add({ kind: 'dropAfter', action: 'PutSecretValue' })
 * await emulator.close()
 * ```
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const clock = options.clock ?? systemClock
  const random = options.random ?? Math.random
  const assumptions = assumptionsOf(options.assumptions ?? {})
  const repushDelay = options.repushDelay ?? { min: 1_000, max: 3_000 }
  const world = new World({ clock, random, assumptions, repushDelay })
  world.clockOffsetMs = clockOffset(options.clockOffsetMs ?? 0)
  const { stateFile } = options
  const restored = stateFile !== undefined && loadWorld(world, stateFile)
  if (!restored) seedWorld(world, options, random)
  const save = (): void => {
    if (stateFile !== undefined) saveWorld(world, stateFile)
  }
  save()

  const credentials = new CredentialStore(options.credentials)
  const nonces = new NonceMemory()
  const calls = new CallLog()
  const faults = new Faults()
  const sender = new CallbackSender(clock, assumptions)
  const callbacks = new Callbacks({
    clock,
    random,
    world,
    sender,
    intervalMs: options.callbackIntervalMs ?? 5_000,
    body: options.callbackBody ?? snapshotBody,
  })
  const authentication = (product: Pick<RpcProduct, 'expiredTimestampCode'>): AuthenticationOptions => ({
    credentials,
    nonces,
    now: systemClock.now(),
    accessKeyNotFoundStatus: assumptions.accessKeyNotFoundStatus,
    expiredCode: product.expiredTimestampCode,
  })
  const products = [
    liveProduct(world, { ...DOCUMENTED_LIMITS.live, ...options.limits?.live }),
    kmsProduct(world, { ...DOCUMENTED_LIMITS.kms, ...options.limits?.kms }, options.kmsInstances),
    stsProduct(options.roles ?? [], credentials),
  ]
  const region = options.region ?? 'cn-shanghai'
  const functions: FunctionCompute = new FunctionCompute({
    ...options.functionCompute,
    // The processes that functions run in live in real time.
    clock: systemClock,
    credentials,
    region,
    accountId: LOCAL_ACCOUNT_ID,
    url: () => emulator.url,
    functions: options.functions,
  })
  const functionAuthentication = () => authentication({ expiredTimestampCode: 'InvalidTimeStamp.Expired' })
  const objects = new Objects()
  const gateway: Gateway = new Gateway({
    clock,
    apis: [
      ...(options.apis ?? []),
      ...functionApis({ functions, authentication: functionAuthentication }),
      ossApi({ objects, credentials, clock, region }),
      rpcApi({ products, region, authentication, changed: save }),
    ],
    faults,
    limiter: new RateLimiter(assumptions.refusedCallsCount),
    calls,
    latencyMs: () => emulator.latencyMs,
    hold: (ms) => server.hold(clock.sleep(ms)),
    before: () => {
      world.catchUp()
    },
  })
  const server: EmulatorServer = new EmulatorServer({
    port: options.port ?? 0,
    handle: (request) => gateway.handle(request),
    control: (request) => control(emulator, request),
    now: () => world.now() + world.clockOffsetMs,
    crash: options.onCrash ?? (() => process.exit(137)),
  })
  const port = await server.listen()
  const emulator: Emulator = {
    url: `http://127.0.0.1:${port}`,
    endpoint: `127.0.0.1:${port}`,
    port,
    world,
    restored,
    calls,
    faults,
    callbacks,
    credentials,
    functions,
    objects,
    get inFlight() {
      return server.inFlight
    },
    get held() {
      return server.held
    },
    latencyMs: options.latencyMs ?? 0,
    get clockOffsetMs() {
      return world.clockOffsetMs
    },
    set clockOffsetMs(ms) {
      world.clockOffsetMs = clockOffset(ms)
    },
    on: (moment, listener) => gateway.on(moment, listener),
    save,
    close: async () => {
      callbacks.close()
      save()
      await functions.close()
      await server.close()
    },
  }
  if (options.sendCallbacks ?? (options.callbackUrl ?? null) !== null) callbacks.start()
  return emulator
}

/** What signatures and receivers forgive anyhow. */
const LARGEST_CLOCK_OFFSET_MS = 300_000

function clockOffset(ms: number): number {
  if (Number.isSafeInteger(ms) && Math.abs(ms) <= LARGEST_CLOCK_OFFSET_MS) return ms
  throw new TypeError(`the cloud's clock can be ${LARGEST_CLOCK_OFFSET_MS} ms off at most, either way`)
}

/** No page shows the body of a snapshot callback; this one has the field names of the recording callback. */
function snapshotBody(stream: Stream, at: number): string {
  return JSON.stringify({
    domain: stream.publishDomain,
    app: stream.app,
    stream: stream.name,
    event: 'snapshot',
    uri: `${stream.app}/${stream.name}/${Math.floor(at / 1_000)}.jpg`,
    create_time: Math.floor(at / 1_000),
  })
}
