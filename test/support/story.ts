import type { GroupConfig, RotationRequest } from '../../lib/config/types.ts'
import type { KeyEntry, Keyset, KeyState } from '../../lib/keyset/keyset.ts'
import type { RotationEnvironment } from '../../lib/rotation/ports.ts'
import type { GroupReport } from '../../lib/rotation/report/report.ts'
import { run } from '../../lib/rotation/run.ts'
import { GroupContext } from '../../lib/rotation/state/context.ts'
import { TestClock } from './clock.ts'
import { groupConfig, ModelCloud, request, rotationConfig, type ModelProcess } from './model-cloud.ts'

/** What happens to one group on the model cloud, on the test's own clock, and what a test asks about it. */
export class Story {
  readonly clock = new TestClock()
  readonly cloud: ModelCloud
  group: GroupConfig

  /** A stream is pushed on every domain before anything else happens; the domains have a key each. */
  constructor(group: Partial<GroupConfig> = {}) {
    this.group = groupConfig(group)
    const { domains } = this.group
    this.cloud = new ModelCloud(this.clock, domains.length > 0 ? domains : groupConfig().domains)
    this.pushAll()
  }

  /** Starts a run without waiting for it, in its own process. */
  async begin(
    wanted: Partial<RotationRequest> = {},
    process: ModelProcess = this.cloud.process(),
  ): Promise<GroupReport> {
    const report = await run(request(wanted), rotationConfig(this.group), process.environment())
    const [only] = report.groups
    if (!only) throw new Error('no group in the report')
    return only
  }

  go(wanted?: Partial<RotationRequest>, process?: ModelProcess): Promise<GroupReport> {
    return this.clock.run(this.begin(wanted, process))
  }

  /** A run before its first step, which has read the document: for a test of one step. */
  async context(
    wanted: Partial<RotationRequest> = {},
    process: ModelProcess = this.cloud.process(),
  ): Promise<GroupContext> {
    const context = await this.unread(process.environment(), wanted)
    await this.clock.run(context.ledger.load())
    return context
  }

  /** A run that has read nothing yet. */
  async unread(
    environment: RotationEnvironment,
    wanted: Partial<RotationRequest> = {},
  ): Promise<GroupContext> {
    return new GroupContext({
      group: this.group,
      request: request(wanted),
      environment,
      ports: await environment.open(this.group),
      startedAt: this.clock.now(),
      trustedElsewhere: () => Promise.resolve(new Set()),
    })
  }

  /** Pushes the main stream of every domain, again if it is running. */
  pushAll(): void {
    for (const domain of this.cloud.domains.keys()) this.cloud.push(domain)
  }

  /** Somebody sets the domain to `entry`'s key in the console, and a stream is pushed under it. */
  setByHand(domain: string, { key }: Pick<KeyEntry, 'key'>): void {
    this.cloud.domains.set(domain, { enabled: true, key })
    this.cloud.push(domain)
  }

  get keyset(): Keyset {
    const { keyset } = this.cloud
    if (!keyset) throw new Error('there is no keyset yet')
    return keyset
  }

  states(): KeyState[] {
    return this.keyset.keys.map(({ state }) => state)
  }

  /** undefined for a key that is not in the document. */
  stateOf(kid: string | null): KeyState | undefined {
    return this.keyset.keys.find((entry) => entry.kid === kid)?.state
  }

  /** The newest key in that state. */
  newest(state: KeyState): KeyEntry {
    const found = this.keyset.keys.find((entry) => entry.state === state)
    if (!found) throw new Error(`there is no ${state} key`)
    return found
  }

  /** The kids that domains are set to, each once. */
  kidsOnDomains(): (string | undefined)[] {
    return [...new Set([...this.cloud.domains.values()].map(({ key }) => key?.kid))]
  }

  /** The streams that were cut, in the order of the cuts. */
  cuts(): string[] {
    const cut = 'interrupt '
    return this.cloud.effects
      .filter((effect) => effect.startsWith(cut))
      .map((effect) => effect.slice(cut.length))
  }
}
