import type { Clock, Random } from '../../core/clock.ts'
import type { GroupConfig, RotationConfig } from '../../config/types.ts'
import type { GroupPorts } from '../../rotation/ports.ts'
import { accountOfRole } from '../../config/role-account.ts'
import { Caller, type CallLog } from './caller.ts'
import { CloudClock } from './cloud-clock.ts'
import { assumedRole, type Credentials, type CredentialSource } from './credentials.ts'
import { parseEndpoint } from './endpoint.ts'
import { KmsKeysetStore } from '../kms/kms-keyset-store.ts'
import { KmsSecret } from '../kms/kms-secret.ts'
import { createLimits, type AccountLimits } from './limits.ts'
import { AlibabaLive } from '../live/live-domains.ts'
import { UsageCounter } from './usage.ts'

const LIVE_BACKOFF = { attempts: 8, baseMs: 200, capMs: 10_000 }
/** Everything waits for KMS: it gives up sooner. */
const KMS_BACKOFF = { attempts: 5, baseMs: 200, capMs: 3_000 }

export interface AlibabaOptions {
  readonly config: Pick<RotationConfig, 'region' | 'throttle' | 'kms' | 'endpoints'>
  readonly credentials: CredentialSource
  readonly clock: Clock
  readonly random: Random
  readonly log?: CallLog
  /**
   * The account that `credentials` belong to. Where it is not known, all groups share one set of limits, whatever their
   * roles: the account of a role may be the caller's own.
   */
  readonly accountId?: string | undefined
  /** No call to KMS is begun after this wall-clock time (milliseconds). Calls to Live are told theirs one by one. */
  readonly deadline?: number | undefined
  /** Another STS server than the region's, as `scheme://host[:port]`. */
  readonly stsEndpoint?: string | undefined
}

/** What a rotation needs of Alibaba Cloud for one group. */
export interface GroupAccess extends GroupPorts {
  readonly keysets: KmsKeysetStore
  readonly live: AlibabaLive
}

export interface Alibaba {
  /** Makes the group's ports. Loads the SDKs at the first call; the first use of a port calls the servers. */
  open(group: Pick<GroupConfig, 'name' | 'secret' | 'authSource' | 'roleArn'>): Promise<GroupAccess>
}

/**
 * Alibaba Cloud as `rotation.yaml` describes it. Groups of the same account share its limits; a group with a `roleArn`
 * is in the account of that role. Without an `accountId` all groups share one account's limits: slower where they are
 * in several accounts, and never a call above what one of them allows.
 *
 * @throws RotatorError `config` for an endpoint that is plain http and not on this machine.
 *
 * @example
 * ```ts
 * const alibaba = createAlibaba({
 *   config, credentials: defaultCredentials(), accountId: '1234567890123456', clock: systemClock, random: Math.random,
 * })
 * const { keysets, live } = await alibaba.open(group)
 * ```
 */
export function createAlibaba(options: AlibabaOptions): Alibaba {
  const { config, credentials, accountId, clock, random, deadline, log, stsEndpoint } = options
  const accounts = new Map<string, AccountLimits>()
  const { endpoints, region, kms, throttle } = config
  for (const endpoint of [endpoints.live, endpoints.kms]) parseEndpoint(endpoint)
  const cloudClock = new CloudClock(clock)
  const roles = new Map<string, CredentialSource>()

  const credentialsOf = (roleArn: string | null): CredentialSource => {
    if (roleArn === null) return credentials
    const endpoint = stsEndpoint === undefined ? {} : { endpoint: stsEndpoint }
    const source = roles.get(roleArn) ?? assumedRole(credentials, { roleArn, region, ...endpoint })
    roles.set(roleArn, source)
    return source
  }
  const limitsOf = (roleArn: string | null): AccountLimits => {
    const account = accountId === undefined || roleArn === null ? (accountId ?? '') : accountOfRole(roleArn)
    const limits = accounts.get(account) ?? createLimits(throttle, clock, random)
    accounts.set(account, limits)
    return limits
  }

  return {
    open: async ({ name, secret, authSource, roleArn }) => {
      const [{ LiveClient }, { KmsClient }] = await Promise.all([
        import('../live/live-client.ts'),
        import('../kms/kms-client.ts'),
      ])
      const source = credentialsOf(roleArn)
      const limits = limitsOf(roleArn)
      const usage = new UsageCounter()
      const caller = (backoff: typeof LIVE_BACKOFF): Caller =>
        new Caller({ group: name, credentials: source, usage, clock, random, backoff, log })
      const liveClient = remembered(
        (pair) => new LiveClient({ endpoint: endpoints.live, region, credentials: pair, clock, cloudClock }),
      )
      const kmsClient = remembered(
        (pair) => new KmsClient({ endpoint: endpoints.kms, region, credentials: pair, clock, cloudClock }),
      )
      return {
        keysets: new KmsKeysetStore({
          secret: new KmsSecret(secret, kmsClient, caller(KMS_BACKOFF), limits, deadline),
          group: name,
          keyId: kms.keyId,
          instanceId: kms.instanceId,
          clock,
        }),
        live: new AlibabaLive({
          client: liveClient,
          caller: caller(LIVE_BACKOFF),
          limits,
          clock,
          authSource,
        }),
        usage: () => usage.usage(),
        cloudAheadMs: () => cloudClock.aheadMs,
      }
    },
  }
}

/** One client for as long as the credentials stay the same. */
function remembered<T>(create: (credentials: Credentials) => T): (credentials: Credentials) => T {
  let last: { readonly credentials: Credentials; readonly client: T } | null = null
  return (credentials) => {
    if (last?.credentials !== credentials) last = { credentials, client: create(credentials) }
    return last.client
  }
}
