import type { Key } from '../../keyset/key.ts'

/** The default callback URL: configured, but never called. */
export const NO_RECEIVER = 'http://receiver.invalid/live/snapshot'

/** A domain's snapshot-callback authentication. */
export interface CallbackAuth {
  readonly enabled: boolean
  readonly key: Key
}

/** The other configuration of snapshot callbacks, with its own URL and key. */
export interface NotifyConfig {
  readonly url: string
  readonly enabled: boolean
  readonly key: Key | null
}

/** A streaming domain, with the ingest domain that its streams are pushed to. */
export interface Domain {
  readonly name: string
  readonly ingest: string
  readonly accountId: string
  readonly createdAt: number
  status: string
  /** null if never set, or after deletion. */
  auth: CallbackAuth | null
  notify: NotifyConfig | null
  /** What Query and Describe still show for a while after a change. */
  stale: {
    readonly auth: CallbackAuth | null
    readonly notify: NotifyConfig | null
    readonly until: number
  } | null
  /** Callback URLs by application; `*` is for all applications. */
  readonly callbackUrls: Map<string, string>
}

/** A callback URL and the key that signs for it; null for unsigned callbacks. */
export interface Destination {
  readonly source: 'callbackAuth' | 'notifyConfig'
  readonly url: string
  readonly key: Key | null
}

/** Where a stream pushed now sends its snapshot callbacks, and under which keys, until it is pushed again. */
export function destinationsOf(domain: Domain, app: string): Destination[] {
  const url = domain.callbackUrls.get(app) ?? domain.callbackUrls.get('*')
  const destinations: Destination[] = []
  if (url !== undefined) {
    destinations.push({ source: 'callbackAuth', url, key: domain.auth?.enabled ? domain.auth.key : null })
  }
  if (domain.notify !== null) {
    const { url: notifyUrl, enabled, key } = domain.notify
    destinations.push({ source: 'notifyConfig', url: notifyUrl, key: enabled ? key : null })
  }
  return destinations
}
