import { systemClock } from '../core/clock.ts'
import { assumptionsOf } from './assumptions.ts'
import { Callbacks } from './callbacks/callbacks.ts'
import { CallbackSender } from './callbacks/sender.ts'
import { snapshotBody } from './callbacks/snapshot-body.ts'
import { control } from './control/control.ts'
import { loadWorld, saveWorld } from './control/state-file.ts'
import { FunctionCompute } from './fc/function-compute.ts'
import { LOCAL_ACCOUNT_ID } from './local-account.ts'
import type { EmulatorOptions } from './options.ts'
import { Objects } from './oss/objects.ts'
import { productApis } from './products.ts'
import type { Emulator } from './running.ts'
import { CallLog } from './wire/call-log.ts'
import { CredentialStore } from './wire/credentials.ts'
import { Faults } from './wire/faults.ts'
import { Gateway } from './wire/gateway.ts'
import { RateLimiter } from './wire/rate-limit.ts'
import { EmulatorServer } from './wire/server.ts'
import { seedWorld } from './world/seed.ts'
import { World } from './world/world.ts'

export type { Emulator } from './running.ts'

/**
 * Starts the emulator on 127.0.0.1: Live and KMS as the real SDKs expect them, and callbacks from its streams. Rejects
 * if the port is taken or the state file is unusable.
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
  const { clock = systemClock, random = Math.random, region = 'cn-shanghai', stateFile } = options
  const assumptions = assumptionsOf(options.assumptions ?? {})
  const repushDelay = options.repushDelay ?? { min: 1_000, max: 3_000 }
  const world = new World({ clock, random, assumptions, repushDelay })
  world.clockOffsetMs = options.clockOffsetMs ?? 0
  const restored = stateFile !== undefined && loadWorld(world, stateFile)
  if (!restored) seedWorld(world, options, random)
  const save = (): void => {
    if (stateFile !== undefined) saveWorld(world, stateFile)
  }
  save()

  const credentials = new CredentialStore(options.credentials)
  const calls = new CallLog()
  const faults = new Faults()
  const objects = new Objects()
  const callbacks = new Callbacks({
    clock,
    random,
    world,
    sender: new CallbackSender(clock, assumptions),
    intervalMs: options.callbackIntervalMs ?? 5_000,
    body: options.callbackBody ?? snapshotBody,
  })
  const functions: FunctionCompute = new FunctionCompute({
    ...options.functionCompute,
    // Function processes run in real time.
    clock: systemClock,
    credentials,
    region,
    accountId: LOCAL_ACCOUNT_ID,
    url: () => emulator.url,
    functions: options.functions,
  })
  const apis = productApis({ world, credentials, functions, objects, clock, region, options, changed: save })
  const gateway: Gateway = new Gateway({
    clock,
    apis,
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
    productHosts: apis.flatMap(({ hosts }) => hosts ?? []),
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
      world.clockOffsetMs = ms
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
