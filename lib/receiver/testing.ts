import { isoTime, systemClock } from '../core/clock.ts'
import { unavailable } from '../core/errors.ts'
import { readTrust } from '../keyset/document.ts'
import { Key } from '../keyset/key.ts'
import type { Keyset, KeyState } from '../keyset/keyset.ts'
import { PROBE_HEADER, SIGNATURE_HEADER, signCallback, TIMESTAMP_HEADER } from '../keyset/signature.ts'
import { instanceId } from './instance-id.ts'
import type { KeysetSource } from './keyset-source.ts'

export interface CallbackHeadersOptions {
  /** The host of the callback URL. */
  readonly host: string
  /** The key to sign with. */
  readonly key: string
  /** When the callback is sent, in milliseconds since the epoch or as a Date. Default: now. */
  readonly now?: number | Date
  /** Whether to mark it as the rotator's probe. */
  readonly probe?: boolean
}

/**
 * The headers of a callback as Live sends it, or of a probe as the rotator sends it. For your own tests.
 *
 * @example
 * ```ts
 * await fetch(url, { method: 'POST', headers: callbackHeaders({ host: 'hooks.example.com', key }), body: '{}' })
 * ```
 */
export function callbackHeaders(options: CallbackHeadersOptions): Record<string, string> {
  const { host, key, now = systemClock.now(), probe = false } = options
  const timestamp = String(Math.floor(Number(now) / 1_000))
  return {
    [TIMESTAMP_HEADER]: timestamp,
    [SIGNATURE_HEADER]: signCallback(host, timestamp, key),
    ...(probe && { [PROBE_HEADER]: '1' }),
  }
}

export interface BuildKeysetOptions {
  readonly pending?: string
  readonly current?: string
  /** From newest to oldest. */
  readonly previous?: readonly string[]
  readonly compromised?: readonly string[]
  /** Default 1. */
  readonly revision?: number
  /** In milliseconds. Default 60,000. */
  readonly ttl?: number
  /** Default `test00000000`. Another one stands for a recreated secret. */
  readonly lineage?: string
}

/**
 * A keyset document with these keys, as it would be in the secret.
 *
 * @throws RotatorError `keyset` if such a document would be invalid, e.g. with one key twice.
 *
 * @example
 * ```ts
 * const document = buildKeyset({ current: 'a'.repeat(32), previous: ['b'.repeat(32)] })
 * ```
 */
export function buildKeyset(options: BuildKeysetOptions): Record<string, unknown> {
  const { pending, current, previous = [], compromised = [] } = options
  const at = isoTime(systemClock.now())
  const entry = (state: KeyState, key: string) => ({
    kid: Key.of(key).kid,
    key,
    state,
    createdAt: at,
    stagedAt: at,
    ...(state !== 'pending' && { appliedAt: at }),
    ...(state === 'compromised' && { compromisedAt: at, onRunningStreams: 'quarantine' }),
  })
  const document = {
    format: 'live-keyset/1',
    lineage: options.lineage ?? 'test00000000',
    group: 'test',
    revision: options.revision ?? 1,
    ttl: options.ttl ?? 60_000,
    updatedAt: at,
    keys: [
      ...(pending === undefined ? [] : [entry('pending', pending)]),
      ...(current === undefined ? [] : [entry('current', current)]),
      ...previous.map((key) => entry('previous', key)),
      ...compromised.map((key) => entry('compromised', key)),
    ],
    revoked: [],
  }
  readTrust(document)
  return document
}

/** A source whose document your test changes; every receiver sees the change at once. */
export interface FakeKeyset extends KeysetSource {
  /** Publishes another document. */
  publish(document: unknown): void
  /** From now on there is no keyset to verify with: receivers answer 503. */
  goDown(): void
}

/**
 * A source for tests. Does no I/O.
 *
 * @throws RotatorError `keyset` if the document is invalid.
 *
 * @example
 * ```ts
 * const keyset = fakeKeyset(buildKeyset({ current: 'old' }))
 * const verify = createVerifier({ keyset, host: 'hooks.example.com' })
 * keyset.publish(buildKeyset({ pending: 'new', current: 'old', revision: 2 }))
 * ```
 */
export function fakeKeyset(document: unknown): FakeKeyset {
  let keyset: Keyset | undefined = readTrust(document)
  const instance = instanceId()
  const down = () => unavailable('the fake keyset is down')
  const load = async () => {
    if (keyset !== undefined) return keyset
    throw down()
  }
  return {
    peek: () => keyset,
    load,
    refresh: () => Promise.resolve(),
    reload: load,
    get instance() {
      return instance()
    },
    get fresh() {
      return keyset !== undefined
    },
    coolingDown: false,
    status: () => ({
      ok: keyset !== undefined,
      fresh: keyset !== undefined,
      instance: instance(),
      lineage: keyset?.lineage ?? null,
      revision: keyset?.revision ?? null,
      age: keyset === undefined ? null : 0,
      failures: keyset === undefined ? 1 : 0,
      error: keyset === undefined ? down() : null,
    }),
    close: () => undefined,
    publish(next) {
      keyset = readTrust(next)
    },
    goDown() {
      keyset = undefined
    },
  }
}

/** A new key in the form that the rotator generates. */
export function generateKey(): string {
  return Key.generate().reveal()
}
