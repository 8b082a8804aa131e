import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { closeServer, listen } from '../../lib/core/local-server.ts'
import { createAlibaba } from '../../lib/alibaba/create-alibaba.ts'
import { fixedCredentials, type Credentials } from '../../lib/alibaba/transport/credentials.ts'
import type { GroupConfig, RotationConfig, RotationRequest } from '../../lib/config/types.ts'
import {
  LOCAL_ACCOUNT_ID,
  startEmulator,
  type Emulator,
  type EmulatorOptions,
  type PolicyDocument,
} from '../../lib/emulator/index.ts'
import { readKeyset } from '../../lib/keyset/document.ts'
import type { Keyset, KeyState } from '../../lib/keyset/keyset.ts'
import { createVerifier, kmsKeyset, type KeysetSource } from '../../lib/receiver/index.ts'
import { nodeReceiver } from '../../lib/receiver/adapters/node.ts'
import { httpProbe } from '../../lib/rotation/http-probe.ts'
import type { GroupPorts } from '../../lib/rotation/ports.ts'
import type { LogEvent } from '../../lib/rotation/report/events.ts'
import type { GroupReport, Report } from '../../lib/rotation/report/report.ts'
import { run } from '../../lib/rotation/run.ts'
import { TestClock } from './clock.ts'
import { groupConfig, request, rotationConfig } from './model-cloud.ts'
import { type Killable } from './killable.ts'
import { ramPolicy } from './ram.ts'
import { seeded } from './seeded.ts'

export interface RunOptions {
  readonly deadline?: number
  readonly waitUntil?: number
  /** Default: {@link LocalCloud.functionRole}. */
  readonly credentials?: Credentials
  /** Default: one group, {@link LocalCloud.group}. */
  readonly config?: RotationConfig
  /** A process that is killed at one of its calls. */
  readonly process?: Killable
}

/**
 * The local cloud with a receiver, on a clock of the test's own, and runs against it through the real SDKs. Time moves
 * only while something waits for it, so hours of it pass in a moment. Runs and receiver have the permissions that docs/ram
 * gives them, and no others.
 */
export class LocalCloud {
  readonly clock: TestClock
  readonly emulator: Emulator
  readonly log: LogEvent[] = []
  group: GroupConfig
  /** The receiver's own copy of the keyset. */
  readonly received: KeysetSource
  readonly #server: Server

  private constructor(
    clock: TestClock,
    emulator: Emulator,
    server: Server,
    group: GroupConfig,
    received: KeysetSource,
  ) {
    this.clock = clock
    this.emulator = emulator
    this.#server = server
    this.group = group
    this.received = received
  }

  static async start(options: EmulatorOptions = {}, group: Partial<GroupConfig> = {}): Promise<LocalCloud> {
    const clock = new TestClock()
    const emulator = await startEmulator({
      clock,
      random: seeded(1),
      domains: 20,
      streams: 40,
      sendCallbacks: false,
      ...options,
    })
    clock.watch(() => emulator.inFlight > 0)
    clock.hold(() => emulator.held)
    const domains = [...emulator.world.domains.keys()]
    const config = groupConfig({ domains, ...group })
    const keyset = kmsKeyset({
      secret: config.secret,
      region: 'cn-shanghai',
      endpoint: emulator.url,
      credentials: roleWith(emulator, [ramPolicy('receiver', { secret: config.secret })]),
      clock,
      random: () => 0.5,
    })
    const verify = createVerifier({ keyset, host: '127.0.0.1', clock })
    const server = createServer(
      nodeReceiver(verify, ({ verdict }, incoming, response) => {
        incoming.resume()
        response.writeHead(200, { 'x-live-key-verdict': verdict }).end()
      }),
    )
    await listen(server)
    const cloud = new LocalCloud(clock, emulator, server, config, keyset)
    emulator.world.routeCallbacks(cloud.receiverUrl)
    return cloud
  }

  get receiverUrl(): string {
    const { port } = this.#server.address() as AddressInfo
    return `http://127.0.0.1:${port}/live/snapshot`
  }

  get config(): RotationConfig {
    return {
      ...rotationConfig(this.group),
      endpoints: { live: this.emulator.url, kms: this.emulator.url, fc: null },
    }
  }

  /** Temporary credentials of the function's role, as an invocation gets them. */
  functionRole(config: RotationConfig = this.config): Credentials {
    const secret = config.groups.map((group) => group.secret)
    return roleWith(this.emulator, [ramPolicy('function-role', { secret })])
  }

  /** The newest stored document. */
  get keyset(): Keyset {
    const { versions } = this.emulator.world.secrets.get(LOCAL_ACCOUNT_ID, this.group.secret)
    const newest = [...versions].sort((a, b) => a.id.localeCompare(b.id)).at(-1)
    if (!newest) throw new Error('there is no keyset yet')
    return readKeyset(newest.data.reveal())
  }

  states(): KeyState[] {
    return this.keyset.keys.map(({ state }) => state)
  }

  /** The kids that the domains are set to. */
  kidsOnDomains(): (string | undefined)[] {
    return [...new Set([...this.emulator.world.domains.values()].map(({ auth }) => auth?.key.kid))]
  }

  /** Starts a run without waiting for it, as a separate process would. */
  begin(wanted: Partial<RotationRequest> = {}, options: RunOptions = {}): Promise<Report> {
    const { clock } = this
    const { config = this.config } = options
    const random = seeded(2)
    const alibaba = createAlibaba({
      config,
      credentials: fixedCredentials(options.credentials ?? this.functionRole(config)),
      clock,
      random,
    })
    return run(request(wanted), config, {
      clock,
      random,
      log: (event) => this.log.push(event),
      probe: httpProbe(clock),
      open: async (group): Promise<GroupPorts> => {
        const ports = await alibaba.open(group)
        return options.process?.wrap(ports) ?? ports
      },
      deadline: options.deadline ?? Infinity,
      waitUntil: options.waitUntil ?? Infinity,
    })
  }

  async go(wanted: Partial<RotationRequest> = {}, options: RunOptions = {}): Promise<GroupReport> {
    const report = await this.clock.run(this.begin(wanted, options))
    const [only] = report.groups
    if (!only) throw new Error('no group in the report')
    return only
  }

  /** Sends one snapshot callback of every running stream and returns the outcomes. */
  async callbacks(): Promise<{ accepted: number; quarantined: number; rejected: number; lost: number }> {
    const { accepted, quarantined, rejected, lost } = await this.clock.run(this.emulator.callbacks.round())
    return { accepted, quarantined, rejected, lost }
  }

  async close(): Promise<void> {
    this.received.close()
    await closeServer(this.#server)
    await this.emulator.close()
  }
}

/** Temporary credentials that may do what `policies` allow. */
export function roleWith(emulator: Emulator, policies: readonly PolicyDocument[]): Required<Credentials> {
  const { accessKeyId, accessKeySecret, securityToken } = emulator.credentials.issue({ policies })
  return { accessKeyId, accessKeySecret, securityToken: securityToken ?? '' }
}
