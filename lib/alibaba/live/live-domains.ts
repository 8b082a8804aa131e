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

/** What else than a configuration can be missing: the domain, or what RAM knows of the caller (`EntityNotExist.Role`). */
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

/**
 * Live as one group sees it: calls paced by the account's limits and retried; what is thrown is final for this run.
 */
export class AlibabaLive implements LiveDomains {
  readonly #options: LiveDomainsOptions

  constructor(options: LiveDomainsOptions) {
    this.#options = options
  }

  /**
   * Sets the key of a domain and turns authentication on. Never more than one set is in flight: after an attempt whose
   * outcome is not known the next one waits until that has landed or never will.
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
          'or take `authSource: notifyConfig` off its group',
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
    const domains = await readList(
      (page) =>
        this.#call('DescribeLiveUserDomains', options, (live) =>
          live.describeLiveUserDomains(suffix, page, DOMAINS_A_PAGE),
        ),
      ({ domainName }) => domainName.toLowerCase(),
      () => shifting(`the list of the domains *${suffix}`),
    )
    return domains
      .filter(({ status, type }) => ['online', ''].includes(status) && ['liveVideo', ''].includes(type))
      .map(({ domainName }) => domainName)
      .filter((name) => name.toLowerCase().endsWith(suffix.toLowerCase()))
  }

  /** All streams of a domain that are being pushed now. */
  async streams(domain: string, options: CallOptions = {}): Promise<OnlineStream[]> {
    const streams = await readList(
      (page) =>
        this.#call('DescribeLiveStreamsOnlineList', options, (live) =>
          live.describeLiveStreamsOnlineList(domain, page, STREAMS_A_PAGE),
        ),
      ({ publishDomain, appName, streamName }) => JSON.stringify([publishDomain, appName, streamName]),
      () => shifting(`the list of the streams of domain ${domain}`),
    )
    return streams.map(({ publishDomain, appName, streamName, publishTime }) => ({
      domain,
      publishDomain,
      app: appName,
      stream: streamName,
      publishedAt: publishTime,
    }))
  }

  /**
   * Cuts a stream once. An attempt without an answer is not repeated: it may have cut the stream, whose encoder is back
   * by now.
   */
  async interrupt({ publishDomain, app, stream }: OnlineStream, options: SetOptions): Promise<void> {
    await this.#call(
      'ForbidLiveStream',
      options,
      (live) => live.forbidLiveStream(publishDomain, app, stream),
      ({ code }) => code === 'throttled',
    )
  }

  /** The other callback configuration of a domain; null when it has none. */
  async notifyConfig(domain: string, options: CallOptions = {}): Promise<NotifyConfigReading | null> {
    const config = await this.#describeNotifyConfig(domain, options)
    return config === null ? null : { url: config.notifyUrl, enabled: config.enabled }
  }

  async #describeNotifyConfig(
    domain: string,
    options: CallOptions & Partial<SetOptions>,
  ): Promise<NotifyConfig | null> {
    // This only reads: a set's fence is asked before the set itself.
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
 * What Live says of a domain without a configuration is not documented: blank fields, or an error that misses something
 * else than the domain or the caller. To be asked of Live's own answer only, not of what was needed to get it.
 */
async function orNull<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading
  } catch (error) {
    if (hasCode(error, 'notFound') && !MISSING_OTHERWISE.test(error.vendorCode ?? '')) return null
    throw error
  }
}

function shifting(list: string): RotatorError {
  return new RotatorError(
    'invalidAnswer',
    `${list} changed whenever it was read; it could not be read to its end`,
    {
      retryable: true,
    },
  )
}
