import { momentOf, type Clock } from '../../lib/core/clock.ts'
import type { GroupConfig, RotationConfig, RotationRequest } from '../../lib/config/types.ts'
import { RotatorError } from '../../lib/core/errors.ts'
import { readKeyset, serializeKeyset } from '../../lib/keyset/document.ts'
import { Key } from '../../lib/keyset/key.ts'
import type { Keyset } from '../../lib/keyset/keyset.ts'
import type {
  Fence,
  GroupPorts,
  LiveDomains,
  LoadedKeyset,
  OnlineStream,
  RotationEnvironment,
} from '../../lib/rotation/ports.ts'
import type { ProbeAnswer } from '../../lib/rotation/probe.ts'
import type { LogEvent } from '../../lib/rotation/report/events.ts'
import { Killed } from './killable.ts'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

export function groupConfig(overrides: Partial<GroupConfig> = {}): GroupConfig {
  return {
    name: 'default',
    secret: 'live/snapshot-callback/default',
    domains: ['live1.example.com', 'live2.example.com', 'live3.example.com'],
    discover: null,
    probes: [],
    instances: null,
    apply: { tolerate: [] },
    adopt: 'newDomains',
    authSource: 'snapshotCallbackAuth',
    roleArn: null,
    ttlMs: MINUTE,
    rotation: { minAgeMs: HOUR },
    propagation: { marginMs: 10_000, maxMs: HOUR, probesCoverAllInstances: false },
    overlap: { minMs: 10 * MINUTE, maxMs: 30 * DAY, clockSkewMs: MINUTE },
    ...overrides,
  }
}

export function rotationConfig(...groups: GroupConfig[]): RotationConfig {
  return {
    region: 'cn-shanghai',
    throttle: { set: 25, query: 25, list: 50, interrupt: 15, emergency: 29 },
    groups: groups.length > 0 ? groups : [groupConfig()],
    kms: { keyId: null, instanceId: null },
    endpoints: { live: 'https://live.aliyuncs.com', kms: 'https://kms.cn-shanghai.aliyuncs.com', fc: null },
    notify: [],
    receipts: null,
  }
}

export function request(overrides: Partial<RotationRequest> = {}): RotationRequest {
  return {
    action: 'rotate',
    group: null,
    emergency: false,
    onRunningStreams: 'quarantine',
    leaked: [],
    force: false,
    dryRun: false,
    reason: null,
    id: null,
    ...overrides,
  }
}

interface StoredDocument {
  readonly text: string
  readonly keyset: Keyset
  readonly savedAt: number
  replacedAt: number
}

interface DomainAuth {
  enabled: boolean
  key: Key | null
}

interface ModelStream {
  readonly domain: string
  readonly name: string
  readonly publishedAt: number
  /** null: pushed while authentication was off, so its callbacks are not signed. */
  readonly key: Key | null
}

/**
 * KMS, Live, the streams and the most forgetful receivers that the contract allows, as a model in memory: what a
 * receiver may hold is every document that was the newest at any moment within its own ttl.
 */
export class ModelCloud {
  readonly clock: Clock
  readonly documents: StoredDocument[] = []
  readonly domains = new Map<string, DomainAuth>()
  readonly streams = new Map<string, ModelStream>()
  readonly notifyConfigs = new Map<string, { url: string; enabled: boolean }>()
  readonly effects: string[] = []
  /** Domain → the error that every set or query of it meets. */
  readonly broken = new Map<string, { set?: RotatorError; query?: RotatorError; streams?: RotatorError }>()
  /** The ingest domain of a streaming domain; several may have the same one. */
  ingestOf = (domain: string): string => domain.replace('live', 'push')
  discoverable: string[] = []
  discoveryError: RotatorError | undefined
  probeAnswer: (url: string, key: Key) => ProbeAnswer | Promise<ProbeAnswer> = () => ({
    accepted: true,
    detail: 'it answered 204',
  })
  /** Breaches of "no genuine callback is ever refused": must stay empty. */
  readonly refusals: string[] = []
  /** Kids that an emergency has distrusted for good: refusing them is right. */
  readonly mayBeRefused = new Set<string>()
  currentIsBehind: string | null = null
  latencyMs = 5
  /** How long the next call takes; a set takes effect at its end. */
  latency = (): number => this.latencyMs
  pushAfterSet = true
  /** What the answers show of the cloud's clock. */
  aheadMs = 0
  /** How late a query shows what was set. */
  queryLagMs = 0
  /** What a domain was set to before each of its sets, and until when. */
  readonly past: { readonly domain: string; readonly until: number; readonly state: DomainAuth }[] = []
  /** How far Live's clock is behind ours. */
  liveIsBehindMs = 0
  #read: { readonly text: string; readonly keyset: Keyset } | undefined

  constructor(clock: Clock, domains: readonly string[] = groupConfig().domains) {
    this.clock = clock
    for (const domain of domains) this.domains.set(domain, { enabled: true, key: Key.generate() })
    this.discoverable = [...domains]
  }

  get keyset(): Keyset | null {
    return this.documents.at(-1)?.keyset ?? null
  }

  /** The keyset in a stored text, parsed once for everyone who loads it. */
  read(text: string): Keyset {
    if (this.#read?.text !== text) this.#read = { text, keyset: readKeyset(text) }
    return this.#read.keyset
  }

  push(domain: string, name = 'main'): void {
    const state = this.domains.get(domain)
    const key = state?.enabled ? state.key : null
    const publishedAt = Math.floor((this.clock.now() - this.liveIsBehindMs) / 1000) * 1000
    this.streams.set(`${domain}/${name}`, { domain, name, publishedAt, key })
    this.check(`push of ${domain}/${name}`)
  }

  stop(domain: string, name = 'main'): void {
    this.streams.delete(`${domain}/${name}`)
  }

  /** Records every genuine callback that some receiver would refuse now. */
  check(when: string): void {
    const now = this.clock.now()
    const held = this.documents.filter(({ keyset, replacedAt }) => now <= replacedAt + keyset.ttl)
    for (const { keyset } of held) {
      for (const { domain, name, key } of this.streams.values()) {
        if (!key || this.mayBeRefused.has(key.kid)) continue
        if (keyset.keys.some(({ kid }) => kid === key.kid)) continue
        this.refusals.push(
          `${when}: ${domain}/${name} signs with ${key.kid}, unknown to revision ${keyset.revision}`,
        )
      }
    }
  }

  /** A process of its own: its ports work until `killAt` effects and reads were made, counted from 1. */
  process(options: { killAt?: number; killAfterEffect?: boolean } = {}): ModelProcess {
    return new ModelProcess(this, options.killAt ?? Infinity, options.killAfterEffect ?? false)
  }
}

export class ModelProcess {
  readonly cloud: ModelCloud
  readonly log: LogEvent[] = []
  readonly calls: Record<string, number> = {}
  steps = 0
  killed = false
  deadline = Infinity
  waitUntil = Infinity
  /** How far the wall clock of its machine is ahead of the cloud's. */
  clockAheadMs = 0
  /** Awaited before each call of this name: a process that is frozen there. */
  readonly frozenBefore = new Map<string, Promise<void>>()
  /** How long a set of this process takes until its effect; undefined: as long as every call. */
  setLatencyMs: number | undefined
  /** Each further set waits this much longer for its turn, as behind a slow throttle. */
  setEveryMs = 0
  /** Awaited before every call, between its fence and its last check: a test that decides which process goes on. */
  turn: (call: string) => Promise<void> = () => Promise.resolve()
  /** The answer to the n-th call, counted from 1, is lost: it takes effect, and the process gets an error. */
  answerLostAt = Infinity
  /** Wraps the run's ports, e.g. with pacing or a fault in one call. */
  around: (ports: GroupPorts) => GroupPorts | Promise<GroupPorts> = (ports) => ports
  #setsInTurn = 0
  readonly #killAt: number
  readonly #killAfterEffect: boolean

  constructor(cloud: ModelCloud, killAt: number, killAfterEffect: boolean) {
    this.cloud = cloud
    this.#killAt = killAt
    this.#killAfterEffect = killAfterEffect
  }

  /** Freezes the process before its calls of this name, until the function that is returned thaws it. */
  freezeBefore(name: string): () => void {
    let thaw = (): void => undefined
    this.frozenBefore.set(name, new Promise((resolve) => (thaw = resolve)))
    return () => thaw()
  }

  get clock(): Clock {
    const { clock } = this.cloud
    return {
      now: () => clock.now() + this.clockAheadMs,
      tick: () => clock.tick(),
      sleep: (...args) => clock.sleep(...args),
    }
  }

  environment(): RotationEnvironment {
    return {
      clock: this.clock,
      random: () => 0.5,
      log: (event) => this.log.push(event),
      probe: async (url, key) => {
        try {
          await this.#step('probe')
        } catch (error) {
          if (!(error instanceof RotatorError)) throw error
          return { accepted: false, detail: error.message }
        }
        return this.cloud.probeAnswer(url, key)
      },
      open: async () => this.around(this.#ports()),
      deadline: this.deadline,
      waitUntil: this.waitUntil,
    }
  }

  /** One call to the outside: it may be the one that the process is killed at, before it or after its effect. */
  async #step(name: string, effect: () => void = () => undefined): Promise<void> {
    await this.#untilItsTurn(name)
    await this.#call(name, effect)
  }

  /** A call that changes something: sent only if the fence's answer still holds by then. */
  async #fenced(name: string, fence: Fence, effect: () => void): Promise<void> {
    for (;;) {
      const pass = await fence()
      await this.#untilItsTurn(name)
      if (pass()) break
    }
    await this.#call(name, effect)
  }

  async #untilItsTurn(name: string): Promise<void> {
    await this.turn(name)
    await this.frozenBefore.get(name)
    this.#checkAlive()
  }

  async #call(name: string, effect: () => void): Promise<void> {
    this.calls[name] = (this.calls[name] ?? 0) + 1
    this.steps++
    const last = this.steps >= this.#killAt
    const isAnswerLost = this.steps === this.answerLostAt
    if (last && !this.#killAfterEffect) this.#die()
    await this.cloud.clock.sleep(
      name === 'set' ? (this.setLatencyMs ?? this.cloud.latency()) : this.cloud.latency(),
    )
    this.#checkAlive()
    effect()
    if (last) this.#die()
    if (isAnswerLost) throw new RotatorError('unavailable', 'no answer came', { retryable: true })
  }

  #checkAlive(): void {
    if (this.killed) throw new Killed()
  }

  #die(): never {
    this.killed = true
    throw new Killed()
  }

  #ports(): GroupPorts {
    const { cloud } = this
    const load = async (): Promise<LoadedKeyset> => {
      const loadedAt = momentOf(this.clock)
      await this.#step('load')
      const stored = cloud.documents.at(-1)
      return {
        keyset: stored ? cloud.read(stored.text) : null,
        loadedAt,
        ...(stored && { storedAt: stored.savedAt }),
        currentIsBehind: cloud.currentIsBehind,
      }
    }
    return {
      keysets: {
        load,
        save: async (next) => {
          await this.#step('save', () => this.#save(next))
          return { keyset: next, loadedAt: momentOf(this.clock), currentIsBehind: null }
        },
        recover: async () => {
          const loaded = await load()
          return { ...loaded, keyset: loaded.keyset && { ...loaded.keyset, lineage: 'recovered000' } }
        },
        isListed: () => Promise.resolve(true),
        moveCurrentForward: () => this.#step('moveCurrentForward', () => void (cloud.currentIsBehind = null)),
      },
      live: this.#live(),
      usage: () => ({ calls: this.calls, throttled: 0 }),
      cloudAheadMs: () => cloud.aheadMs - this.clockAheadMs,
    }
  }

  #save(next: Keyset): void {
    const { cloud } = this
    const now = cloud.clock.now()
    const last = cloud.documents.at(-1)
    if ((last?.keyset.revision ?? 0) + 1 !== next.revision) {
      throw new RotatorError('conflict', `revision ${next.revision} is taken`, { retryable: true })
    }
    const text = serializeKeyset(next)
    if (last) last.replacedAt = now
    cloud.documents.push({ text, keyset: readKeyset(text), savedAt: now, replacedAt: Infinity })
    cloud.effects.push(`save ${next.revision}`)
    cloud.check(`save of revision ${next.revision}`)
  }

  #live(): LiveDomains {
    const { cloud } = this
    const state = (domain: string): { enabled: boolean; key: Key | null } => {
      const found = cloud.domains.get(domain)
      if (!found) throw new RotatorError('notFound', `domain ${domain} does not exist`)
      return found
    }
    const inTime = (deadline = Infinity): void => {
      if (this.clock.now() > deadline) throw new RotatorError('deadline', 'the time of the run is over')
    }
    return {
      set: async (domain, key, { fence, deadline, signal }) => {
        if (this.setEveryMs > 0) await cloud.clock.sleep(this.setEveryMs * this.#setsInTurn++, signal)
        inTime(deadline)
        const error = cloud.broken.get(domain)?.set
        if (error) {
          await fence()
          throw error
        }
        await this.#fenced('set', fence, () => {
          cloud.past.push({ domain, until: cloud.clock.now(), state: { ...state(domain) } })
          Object.assign(state(domain), { enabled: true, key })
          cloud.effects.push(`set ${domain} ${key.kid}`)
          // The worst moment for a push is the very first one at which its callbacks are signed with the new key.
          if (cloud.pushAfterSet) cloud.push(domain, 'newest')
        })
      },
      query: async (domain, { deadline } = {}) => {
        inTime(deadline)
        const error = cloud.broken.get(domain)?.query
        if (error) throw error
        let reading = { enabled: false, key: null as Key | null }
        const shownAt = (): number => cloud.clock.now() - cloud.queryLagMs
        await this.#step('query', () => {
          const before =
            cloud.queryLagMs > 0
              ? cloud.past.find((one) => one.domain === domain && one.until > shownAt())
              : undefined
          reading = { ...state(domain), ...before?.state }
        })
        return { domain, ...reading }
      },
      discover: async (suffix) => {
        await this.#step('discover')
        if (cloud.discoveryError) throw cloud.discoveryError
        return cloud.discoverable.filter((name) => name.endsWith(suffix))
      },
      streams: async (domain) => {
        const error = cloud.broken.get(domain)?.streams
        if (error) throw error
        await this.#step('streams')
        return [...cloud.streams.values()]
          .filter((stream) => stream.domain === domain)
          .map((stream) => onlineStream(stream, cloud.ingestOf(domain)))
      },
      interrupt: async ({ domain, stream, publishDomain }, { fence }) => {
        await this.frozenBefore.get('turn')
        await this.#fenced('interrupt', fence, () => {
          cloud.effects.push(`interrupt ${domain}/${stream}`)
          const shown = [...cloud.streams.values()].filter(
            ({ name, domain: shownOn }) => name === stream && cloud.ingestOf(shownOn) === publishDomain,
          )
          for (const { domain: shownOn } of shown) cloud.push(shownOn, stream)
        })
      },
      notifyConfig: async (domain) => {
        await this.#step('notifyConfig')
        return cloud.notifyConfigs.get(domain) ?? null
      },
    }
  }
}

function onlineStream({ domain, name, publishedAt }: ModelStream, publishDomain: string): OnlineStream {
  return { domain, publishDomain, app: 'app', stream: name, publishedAt }
}
