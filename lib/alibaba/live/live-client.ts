import type { Clock } from '../../core/clock.ts'
import { fieldsOf } from '../../core/objects.ts'
import { Key } from '../../keyset/key.ts'
import { Answer } from '../transport/response-reader.ts'
import type { Credentials } from '../transport/credentials.ts'
import type { CloudClock } from '../transport/cloud-clock.ts'
import { parseEndpoint } from '../transport/endpoint.ts'
import { translateError, type CallName } from '../transport/errors.ts'
import { within } from '../transport/call-timeout.ts'
import type { LiveApi } from '../transport/limits.ts'
import type { Page } from '../transport/list.ts'
import { openLive } from './live-sdk.ts'
import type { LiveForm, LiveTransport, OpenLive } from './live-transport.ts'

export interface LiveClientOptions {
  /** `scheme://host[:port]` */
  readonly endpoint: string
  readonly region: string
  readonly credentials: Credentials
  readonly clock: Clock
  /** Receives the `Date` of every answer. */
  readonly cloudClock?: CloudClock
  /** The SDK to use. Default: the one in the build. */
  readonly open?: OpenLive
}

/** A switch and a key; Live keeps two such pairs per domain. */
export interface AuthConfig {
  readonly enabled: boolean
  /** null if none was ever configured. */
  readonly key: Key | null
}

export interface NotifyConfig extends AuthConfig {
  readonly notifyUrl: string
}

export interface UserDomain {
  readonly domainName: string
  readonly status: string
  readonly type: string
}

export interface StreamOnline {
  readonly publishDomain: string
  readonly appName: string
  readonly streamName: string
  /** Milliseconds since the epoch. */
  readonly publishTime: number
}

/**
 * The Live calls (API version 2016-11-01) that a rotation makes, named as in `@alicloud/live20161101`. Each method is
 * one HTTPS request, signed with ACS3, with its parameters in the form body, so that no key is ever in a URL. No retry,
 * no pacing. Checks every field that it uses.
 *
 * Every method throws RotatorErrors: the server's errors by {@link translateError}, `invalidAnswer`, `timeout`.
 *
 * @example
 * ```ts
 * const live = new LiveClient({ endpoint: 'https://live.aliyuncs.com', region: 'cn-shanghai', credentials, clock })
 * const { enabled } = await live.querySnapshotCallbackAuth('live1.example.com')
 * ```
 */
export class LiveClient {
  readonly #transport: LiveTransport
  readonly #server: string
  readonly #clock: Clock
  readonly #cloudClock: CloudClock | undefined

  constructor(options: LiveClientOptions) {
    const { endpoint, region, credentials, clock, cloudClock, open = openLive } = options
    const { protocol, host } = parseEndpoint(endpoint)
    this.#server = host
    this.#clock = clock
    this.#cloudClock = cloudClock
    this.#transport = open({ protocol, host, region, credentials })
  }

  async setSnapshotCallbackAuth(domain: string, key: Key): Promise<void> {
    const call = named('SetSnapshotCallbackAuth', domain)
    const value = key.reveal()
    await this.#call(call, { DomainName: domain, CallbackReqAuth: 'yes', CallbackAuthKey: value }, [value])
  }

  async querySnapshotCallbackAuth(domain: string): Promise<AuthConfig> {
    const call = named('QuerySnapshotCallbackAuth', domain)
    const answer = await this.#call(call, { DomainName: domain })
    checkDomain(answer, domain)
    return authConfig(answer, 'CallbackReqAuth', 'CallbackAuthKey')
  }

  async describeLiveSnapshotNotifyConfig(domain: string): Promise<NotifyConfig> {
    const call = named('DescribeLiveSnapshotNotifyConfig', domain)
    const answer = await this.#call(call, { DomainName: domain })
    checkDomain(answer, domain)
    return {
      notifyUrl: answer.optionalText('NotifyUrl'),
      ...authConfig(answer, 'NotifyReqAuth', 'NotifyAuthKey'),
    }
  }

  /** Replaces the whole configuration: pass the callback URL again to keep it. */
  async updateLiveSnapshotNotifyConfig(domain: string, notifyUrl: string, key: Key): Promise<void> {
    const call = named('UpdateLiveSnapshotNotifyConfig', domain)
    const value = key.reveal()
    const config = { NotifyUrl: notifyUrl, NotifyReqAuth: 'yes', NotifyAuthKey: value }
    await this.#call(call, { DomainName: domain, ...config }, [value])
  }

  /** One page of the online streaming domains that end with `suffix`. */
  async describeLiveUserDomains(
    suffix: string,
    pageNumber: number,
    pageSize: number,
  ): Promise<Page<UserDomain>> {
    const call = { ...named('DescribeLiveUserDomains', ''), subject: `the domains *${suffix}` }
    const answer = await this.#call(call, {
      // Without a name, Live lists all streams.
      ...(suffix !== '' && { DomainName: suffix, DomainSearchType: 'suf_match' }),
      LiveDomainType: 'liveVideo',
      DomainStatus: 'online',
      PageNumber: String(pageNumber),
      PageSize: String(pageSize),
    })
    const items = answer.list('Domains', 'PageData').map((domain) => ({
      domainName: domain.text('DomainName'),
      status: domain.optionalText('LiveDomainStatus'),
      type: domain.optionalText('LiveDomainType'),
    }))
    return { total: answer.count('TotalCount'), items }
  }

  /** One page of the streams being pushed, without their transcoded copies. */
  async describeLiveStreamsOnlineList(
    domain: string,
    pageNum: number,
    pageSize: number,
  ): Promise<Page<StreamOnline>> {
    const call = named('DescribeLiveStreamsOnlineList', domain)
    const answer = await this.#call(call, {
      DomainName: domain,
      StreamType: 'raw',
      PageNum: String(pageNum),
      PageSize: String(pageSize),
    })
    const items = answer.list('OnlineInfo', 'LiveStreamOnlineInfo').map((stream) => ({
      publishDomain: stream.text('PublishDomain'),
      appName: stream.text('AppName'),
      streamName: stream.text('StreamName'),
      publishTime: stream.time('PublishTime'),
    }))
    return { total: answer.count('TotalNum'), items }
  }

  /** Cuts a stream once (`Oneshot`): otherwise it would stay forbidden for six months. */
  async forbidLiveStream(publishDomain: string, appName: string, streamName: string): Promise<void> {
    const subject = `stream ${appName}/${streamName} of domain ${publishDomain}`
    await this.#call(
      { api: 'ForbidLiveStream', product: 'live', subject },
      {
        DomainName: publishDomain,
        AppName: appName,
        StreamName: streamName,
        LiveStreamType: 'publisher',
        Oneshot: 'yes',
      },
    )
  }

  async #call(call: LiveCall, form: LiveForm, hidden: readonly string[] = []): Promise<Answer> {
    return new Answer(await within(this.#send(call, form, hidden), call, this.#clock), call)
  }

  async #send(call: LiveCall, form: LiveForm, hidden: readonly string[]): Promise<unknown> {
    const sentAt = this.#clock.now()
    try {
      const { headers, body } = await this.#transport(call.api, form)
      this.#cloudClock?.answered(dateOf(headers), sentAt)
      return body
    } catch (error) {
      throw translateError(error, { ...call, server: this.#server }, hidden)
    }
  }
}

type LiveCall = CallName & { readonly api: LiveApi }

function dateOf(headers: unknown): string | undefined {
  const { date } = fieldsOf(headers)
  return typeof date === 'string' ? date : undefined
}

function named(api: LiveApi, domain: string): LiveCall {
  return { api, product: 'live', subject: `domain ${domain}` }
}

/** Rejects an answer about another domain. */
function checkDomain(answer: Answer, domain: string): void {
  const answered = answer.optionalText('DomainName')
  if (answered !== '' && answered.toLowerCase() !== domain.toLowerCase()) {
    throw answer.bad('DomainName', 'is another domain')
  }
}

function authConfig(answer: Answer, switchName: string, keyName: string): AuthConfig {
  const state = answer.optionalText(switchName)
  const value = answer.optionalText(keyName)
  if (!['yes', 'no', ''].includes(state)) throw answer.bad(switchName, 'must be yes or no')
  if (state === 'yes' && value === '')
    throw answer.bad(keyName, 'must not be empty while authentication is on')
  if (value.length > 256) throw answer.bad(keyName, 'is longer than 256 characters')
  return { enabled: state === 'yes', key: value === '' ? null : Key.of(value) }
}
