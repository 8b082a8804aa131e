import type { Clock } from '../../core/clock.ts'
import { hasCode, RotatorError } from '../../core/errors.ts'
import type { AuthSource } from '../../config/types.ts'
import type { Key } from '../../keyset/key.ts'
import type {
  CallOptions,
  DomainReading,
  LiveDomains,
  NotifyConfigReading,
  OnlineStream,
  SetOptions,
} from '../../rotation/ports.ts'
import type { Caller } from '../transport/caller.ts'
import type { Credentials } from '../transport/credentials.ts'
import { attemptWrite, UncertainWrite, writeOneAtATime } from './uncertain-write.ts'
import type { AccountLimits, LiveApi } from '../transport/limits.ts'
import { readList } from '../transport/list.ts'
import type { LiveClient, NotifyConfig } from './live-client.ts'

/** What can be missing other than a configuration: the domain, or the caller's role (`EntityNotExist.Role`). */
const MISSING_OTHERWISE = /domain|^EntityNotExist|role|user|account/i

/** DescribeLiveUserDomains allows 50. */
const DOMAINS_A_PAGE = 50
/** DescribeLiveStreamsOnlineList allows 3000. */
const STREAMS_A_PAGE = 3000

export interface LiveDomainsOptions {
  readonly client: (credentials: Credentials) => LiveClient
  readonly caller: Caller
  readonly limits: AccountLimits
  readonly clock: Clock
  /** Which of a domain's two callback configurations is rotated. */
  readonly authSource: AuthSource
}

/** Live for one group. Calls are paced by the account's limits and retried, so an error is final for this run. */
export class AlibabaLive implements LiveDomains {
  readonly #options: LiveDomainsOptions

  constructor(options: LiveDomainsOptions) {
    this.#options = options
  }

  /**
   * Sets a domain's key and turns authentication on. At most one set is in flight: after an attempt with an unknown
   * outcome, the next one waits until the first has landed or cannot land any more.
   */
  async set(domain: string, key: Key, options: SetOptions): Promise<void> {
    if (this.#options.authSource === 'snapshotCallbackAuth') {
      return this.#set('SetSnapshotCallbackAuth', domain, key, options, (live) =>
        live.setSnapshotCallbackAuth(domain, key),
      )
    }
    const config = await this.#describeNotifyConfig(domain, options)
    if (config === null) {
      throw new RotatorError(
        'notFound',
        `domain ${domain} has no snapshot notify configuration: add one with AddLiveSnapshotNotifyConfig, ` +
          'or remove `authSource: notifyConfig` from its group',
      )
    }
    return this.#set('UpdateLiveSnapshotNotifyConfig', domain, key, options, (live) =>
      live.updateLiveSnapshotNotifyConfig(domain, config.notifyUrl, key),
    )
  }

  async query(domain: string, options: CallOptions = {}): Promise<DomainReading> {
    const config =
      this.#options.authSource === 'snapshotCallbackAuth'
        ? await this.#call('QuerySnapshotCallbackAuth', options, (live) =>
            orNull(live.querySnapshotCallbackAuth(domain)),
          )
        : await this.#describeNotifyConfig(domain, options)
    return { domain, enabled: config?.enabled ?? false, key: config?.key ?? null }
  }

  /** The names of all online streaming domains that end with `suffix`. */
  async discover(suffix: string, options: CallOptions = {}): Promise<string[]> {
    const domains = await readList({
      what: `the domains *${suffix}`,
      readPage: (page) =>
        this.#call('DescribeLiveUserDomains', options, (live) =>
          live.describeLiveUserDomains(suffix, page, DOMAINS_A_PAGE),
        ),
      idOf: ({ domainName }) => domainName.toLowerCase(),
    })
    return domains
      .filter(({ status, type }) => ['online', ''].includes(status) && ['liveVideo', ''].includes(type))
      .map(({ domainName }) => domainName)
      .filter((name) => name.toLowerCase().endsWith(suffix.toLowerCase()))
  }

  /** All streams of a domain that are being pushed now. */
  async streams(domain: string, options: CallOptions = {}): Promise<OnlineStream[]> {
    const streams = await readList({
      what: `the streams of domain ${domain}`,
      readPage: (page) =>
        this.#call('DescribeLiveStreamsOnlineList', options, (live) =>
          live.describeLiveStreamsOnlineList(domain, page, STREAMS_A_PAGE),
        ),
      idOf: ({ publishDomain, appName, streamName }) => JSON.stringify([publishDomain, appName, streamName]),
    })
    return streams.map(({ publishDomain, appName, streamName, publishTime }) => ({
      domain,
      publishDomain,
      app: appName,
      stream: streamName,
      publishedAt: publishTime,
    }))
  }

  /**
   * Cuts a stream once. Does not retry an attempt without an answer: it may have cut the stream, and the encoder may be
   * back by now.
   */
  async interrupt({ publishDomain, app, stream }: OnlineStream, options: SetOptions): Promise<void> {
    await this.#call(
      'ForbidLiveStream',
      options,
      (live) => live.forbidLiveStream(publishDomain, app, stream),
      ({ code }) => code === 'throttled',
    )
  }

  /** The other callback configuration of a domain; null if it has none. */
  async notifyConfig(domain: string, options: CallOptions = {}): Promise<NotifyConfigReading | null> {
    const config = await this.#describeNotifyConfig(domain, options)
    return config === null ? null : { url: config.notifyUrl, enabled: config.enabled }
  }

  async #describeNotifyConfig(
    domain: string,
    options: CallOptions & Partial<SetOptions>,
  ): Promise<NotifyConfig | null> {
    // This only reads, so it needs no fence; the set checks its own.
    const { fence: _, ...reading } = options
    const config = await this.#call('DescribeLiveSnapshotNotifyConfig', reading, (live) =>
      orNull(live.describeLiveSnapshotNotifyConfig(domain)),
    )
    return config === null || (config.notifyUrl === '' && config.key === null) ? null : config
  }

  #set(
    api: LiveApi,
    domain: string,
    key: Key,
    options: SetOptions,
    send: (client: LiveClient) => Promise<void>,
  ): Promise<void> {
    const { clock } = this.#options
    const { fence: _, ...reading } = options
    return writeOneAtATime(
      () =>
        this.#call(
          api,
          options,
          (live) => attemptWrite(() => send(live), clock),
          (error) => error.retryable && !(error instanceof UncertainWrite),
        ),
      async () => {
        const shown = await this.query(domain, reading)
        return shown.enabled && shown.key?.kid === key.kid
      },
      { ...reading, clock },
    )
  }

  #call<T>(
    api: LiveApi,
    options: CallOptions & Partial<SetOptions>,
    send: (client: LiveClient) => Promise<T>,
    shouldRetry?: (error: RotatorError) => boolean,
  ): Promise<T> {
    const { client, caller, limits } = this.#options
    return caller.call({
      api,
      limiter: limits.live(api),
      rate: options.urgent === true ? limits.urgentRate(api) : undefined,
      deadline: options.deadline,
      signal: options.signal,
      fence: options.fence,
      ...(shouldRetry && { shouldRetry }),
      send: (credentials) => send(client(credentials)),
    })
  }
}

/**
 * Live's answer about a domain without a configuration is undocumented: blank fields, or an error that something other
 * than the domain or the caller does not exist. Only for Live's own answer, not for an error on the way to it.
 */
async function orNull<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading
  } catch (error) {
    if (hasCode(error, 'notFound') && !MISSING_OTHERWISE.test(error.vendorCode ?? '')) return null
    throw error
  }
}
