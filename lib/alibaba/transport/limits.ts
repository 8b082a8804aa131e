import type { Clock, Random } from '../../core/clock.ts'
import type { ThrottleConfig } from '../../config/types.ts'
import { createLimiter, type Limiter } from '../../throttle/limiter.ts'

/**
 * What Live allows an account per second and API: each API's page, "QPS limit". DescribeLiveStreamsOnlineList allows
 * 10,000 calls a minute; the API of the other callback configuration states no limit for its reads.
 */
const LIVE_APIS = {
  SetSnapshotCallbackAuth: { rate: 'set', ceiling: 30 },
  QuerySnapshotCallbackAuth: { rate: 'query', ceiling: 30 },
  UpdateLiveSnapshotNotifyConfig: { rate: 'set', ceiling: 30 },
  DescribeLiveSnapshotNotifyConfig: { rate: 'query', ceiling: 30 },
  DescribeLiveUserDomains: { rate: 'list', ceiling: 100 },
  DescribeLiveStreamsOnlineList: { rate: 'list', ceiling: 100 },
  ForbidLiveStream: { rate: 'interrupt', ceiling: 20 },
} as const

export type LiveApi = keyof typeof LIVE_APIS

/**
 * KMS allows 40 calls a second for most APIs and 10 for some, without saying which; creating a secret is one of those
 * (KMS: "Performance data").
 */
const KMS = { rate: 20, ceiling: 40 }
const KMS_CREATE = { rate: 5, ceiling: 10 }

/** The limiters of one account, shared by everything that calls with it. */
export interface AccountLimits {
  live(api: LiveApi): Limiter
  /** The rate of an urgent call, if the API has one. */
  urgentRate(api: LiveApi): number | undefined
  kms(api: string): Limiter
}

/**
 * The limiters of one account, at the rates of `throttle` (calls a second) for Live and at rates of our own for KMS. Does
 * no I/O.
 *
 * @example
 * ```ts
 * const limits = createLimits(config.throttle, systemClock, Math.random)
 * const permit = await limits.live('QuerySnapshotCallbackAuth').acquire()
 * ```
 */
export function createLimits(throttle: ThrottleConfig, clock: Clock, random: Random): AccountLimits {
  const limiters = new Map<LiveApi, Limiter>()
  const kms = createLimiter({ ...KMS, clock, random })
  const kmsCreate = createLimiter({ ...KMS_CREATE, clock, random })
  return {
    live: (api) => {
      const { rate, ceiling } = LIVE_APIS[api]
      const limiter = limiters.get(api) ?? createLimiter({ rate: throttle[rate], ceiling, clock, random })
      limiters.set(api, limiter)
      return limiter
    },
    urgentRate: (api) => {
      const { rate } = LIVE_APIS[api]
      return rate === 'set' || rate === 'query' ? throttle.emergency : undefined
    },
    kms: (api) => (api === 'CreateSecret' ? kmsCreate : kms),
  }
}
