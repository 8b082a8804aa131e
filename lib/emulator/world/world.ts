import { isoSeconds, type Clock, type Random } from '../../core/clock.ts'
import { Key } from '../../keyset/key.ts'
import type { Assumptions } from '../assumptions.ts'
import { LOCAL_ACCOUNT_ID } from '../local-account.ts'
import { Secrets } from './secrets.ts'
import { NO_RECEIVER, type CallbackAuth, type Domain, type NotifyConfig } from './domain.ts'
import { Streams } from './streams.ts'
import type { Span } from './stream.ts'

const LARGEST_CLOCK_OFFSET_MS = 300_000

export interface WorldOptions {
  readonly clock: Clock
  readonly random: Random
  readonly assumptions: Assumptions
  readonly repushDelay: Span
}

export interface NewDomain {
  readonly name: string
  /** Default: the name with `push` for `live`, or with `push.` before it. */
  readonly ingest?: string
  readonly accountId?: string
  /** The initial key; null for a domain whose authentication was never set. */
  readonly key?: string | null
  readonly enabled?: boolean
  /** The URL of all applications' callbacks; null for none. Default: one that never gets callbacks. */
  readonly callbackUrl?: string | null
}

/**
 * All state of the emulator: domains, streams, secrets. Plain data and the products' operations on it, without a wire.
 * Keys and secret values print as their kid or not at all.
 */
export class World {
  readonly assumptions: Assumptions
  readonly domains = new Map<string, Domain>()
  readonly streams: Streams
  readonly secrets: Secrets
  readonly #clock: Clock
  #clockOffsetMs = 0

  constructor({ clock, random, assumptions, repushDelay }: WorldOptions) {
    this.#clock = clock
    this.assumptions = assumptions
    this.streams = new Streams({ random, repushDelay, domain: (name) => this.domains.get(name) })
    this.secrets = new Secrets(assumptions, () => this.now())
  }

  now(): number {
    return this.#clock.now()
  }

  /** How far the cloud's clock is ahead of ours, in milliseconds: only in the times that it shows. */
  get clockOffsetMs(): number {
    return this.#clockOffsetMs
  }

  /** Throws TypeError beyond five minutes either way. */
  set clockOffsetMs(ms: number) {
    if (!Number.isSafeInteger(ms) || Math.abs(ms) > LARGEST_CLOCK_OFFSET_MS) {
      throw new TypeError(`the cloud's clock can be ${LARGEST_CLOCK_OFFSET_MS} ms off at most, either way`)
    }
    this.#clockOffsetMs = ms
  }

  /** A time as the cloud shows it: by its own clock, in UTC, in whole seconds. */
  stamp(at: number): string {
    return isoSeconds(at + this.clockOffsetMs)
  }

  /** Does everything due until now. Called before anyone reads or changes the world. */
  catchUp(): void {
    this.streams.catchUp(this.now())
  }

  addDomain(options: NewDomain): Domain {
    const { name } = options
    const key = options.key ?? null
    const callbackUrl = options.callbackUrl === undefined ? NO_RECEIVER : options.callbackUrl
    const domain: Domain = {
      name,
      ingest: options.ingest ?? (name.startsWith('live') ? name.replace(/^live/, 'push') : `push.${name}`),
      accountId: options.accountId ?? LOCAL_ACCOUNT_ID,
      createdAt: this.now(),
      status: 'online',
      auth: key === null ? null : { enabled: options.enabled ?? true, key: Key.of(key) },
      notify: null,
      stale: null,
      callbackUrls: new Map(callbackUrl === null ? [] : [['*', callbackUrl]]),
    }
    this.domains.set(name, domain)
    return domain
  }

  removeDomain(name: string): boolean {
    for (const stream of [...this.streams.ofDomain(name)]) this.streams.remove(stream)
    return this.domains.delete(name)
  }

  /** A domain that must exist. */
  domain(name: string): Domain {
    const domain = this.domains.get(name)
    if (domain === undefined) throw new TypeError(`the local cloud has no domain ${name}`)
    return domain
  }

  /** Sets a domain's authentication, as the API and the console do. Running streams keep their key. */
  setAuth(domain: Domain, auth: CallbackAuth | null): void {
    this.catchUp()
    this.#keepShowing(domain)
    domain.auth = auth
  }

  /** The same with a plain-text key; null means "not configured". */
  setKey(name: string, key: string | null, enabled = true): void {
    this.setAuth(this.domain(name), key === null ? null : { enabled, key: Key.of(key) })
  }

  setNotify(domain: Domain, notify: NotifyConfig | null): void {
    this.catchUp()
    this.#keepShowing(domain)
    domain.notify = notify
  }

  /** What Query and Describe show for a domain now. */
  shown(domain: Domain): { readonly auth: CallbackAuth | null; readonly notify: NotifyConfig | null } {
    return domain.stale !== null && this.now() < domain.stale.until ? domain.stale : domain
  }

  /** The domains whose streams are pushed to `name`. */
  domainsPushedTo(name: string): Domain[] {
    const found = [...this.domains.values()].filter((domain) => domain.ingest === name)
    const itself = this.domains.get(name)
    const pushedToItself = [...this.streams.ofDomain(name)].some(
      ({ publishDomain }) => publishDomain === name,
    )
    return itself !== undefined && pushedToItself ? [...found, itself] : found
  }

  /**
   * Sets the callback URL of every domain and running stream, to set up a world. A change by the API or in the console
   * would reach a stream only when it is pushed again.
   */
  routeCallbacks(url: string): void {
    this.catchUp()
    for (const domain of this.domains.values()) domain.callbackUrls.set('*', url)
    for (const stream of this.streams.all()) {
      if (stream.push === null) continue
      const destinations = stream.push.destinations.map((destination) =>
        destination.source === 'callbackAuth' ? { ...destination, url } : destination,
      )
      stream.push = { ...stream.push, destinations }
    }
  }

  #keepShowing(domain: Domain): void {
    const lag = this.assumptions.queryLagMs
    if (lag > 0) {
      const { auth, notify } = this.shown(domain)
      domain.stale = { auth, notify, until: this.now() + lag }
    }
  }
}
