import { accountOfRole } from '../config/role-account.ts'
import type { GroupConfig, RotationConfig } from '../config/types.ts'
import type { Clock, Random } from '../core/clock.ts'
import type { GroupPorts } from '../rotation/ports.ts'
import { KmsKeysetStore } from './kms/kms-keyset-store.ts'
import { KmsSecret } from './kms/kms-secret.ts'
import { AlibabaLive } from './live/live-domains.ts'
import { Caller, type CallLog } from './transport/caller.ts'
import { CloudClock } from './transport/cloud-clock.ts'
import { assumedRole, type Credentials, type CredentialSource } from './transport/credentials.ts'
import { parseEndpoint } from './transport/endpoint.ts'
import { createLimits, type AccountLimits } from './transport/limits.ts'
import { UsageCounter } from './transport/usage.ts'

const LIVE_BACKOFF = { attempts: 8, baseMs: 200, capMs: 10_000 }
/** Shorter, because everything else waits for KMS. */
const KMS_BACKOFF = { attempts: 5, baseMs: 200, capMs: 3_000 }

export interface AlibabaOptions {
  readonly config: Pick<RotationConfig, 'region' | 'throttle' | 'kms' | 'endpoints'>
  readonly credentials: CredentialSource
  readonly clock: Clock
  readonly random: Random
  readonly log?: CallLog
  /**
   * The account of `credentials`. If it is unknown, all groups share one set of limits, because the account of a role
   * may be the caller's own.
   */
  readonly accountId?: string | undefined
  /** Wall-clock milliseconds after which no call to KMS starts. Calls to Live get theirs one by one. */
  readonly deadline?: number | undefined
  /** An STS server other than the region's, as `scheme://host[:port]`. */
  readonly stsEndpoint?: string | undefined
}

/** What a rotation needs from Alibaba Cloud for one group. */
export interface GroupAccess extends GroupPorts {
  readonly keysets: KmsKeysetStore
  readonly live: AlibabaLive
}

type GroupToOpen = Pick<GroupConfig, 'name' | 'secret' | 'authSource' | 'roleArn'>

export interface Alibaba {
  /** Opens the group's ports. Loads the SDKs at the first call; makes no request before a port is used. */
  open(group: GroupToOpen): Promise<GroupAccess>
}

/**
 * Alibaba Cloud as configured in `rotation.yaml`. Groups of one account share its limits; a group with a `roleArn`
 * belongs to that role's account. Without an `accountId`, all groups share one account's limits: slower if they are in
 * several accounts, but never above what one of them allows.
 *
 * @throws RotatorError `config` for a plain http endpoint on another machine.
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
  const { config, credentials, accountId, clock, random, stsEndpoint } = options
  const { endpoints, region, throttle } = config
  for (const endpoint of [endpoints.live, endpoints.kms]) parseEndpoint(endpoint)
  const cloudClock = new CloudClock(clock)
  const roles = new Map<string, CredentialSource>()
  const accounts = new Map<string, AccountLimits>()

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
    open: async (group) =>
      openGroup(group, {
        ...options,
        credentials: credentialsOf(group.roleArn),
        limits: limitsOf(group.roleArn),
        cloudClock,
      }),
  }
}

/** What a group's account shares with the other groups of it. */
interface AccountAccess extends AlibabaOptions {
  readonly limits: AccountLimits
  readonly cloudClock: CloudClock
}

async function openGroup(
  { name, secret, authSource }: GroupToOpen,
  { config, credentials: source, clock, random, deadline, log, limits, cloudClock }: AccountAccess,
): Promise<GroupAccess> {
  const { endpoints, region, kms } = config
  const [{ LiveClient }, { KmsClient }] = await Promise.all([
    import('./live/live-client.ts'),
    import('./kms/kms-client.ts'),
  ])
  const usage = new UsageCounter()
  const caller = (backoff: typeof LIVE_BACKOFF): Caller =>
    new Caller({ group: name, credentials: source, usage, clock, random, backoff, log })
  const common = { region, clock, cloudClock }
  const liveClient = remembered(
    (credentials) => new LiveClient({ ...common, endpoint: endpoints.live, credentials }),
  )
  const kmsClient = remembered(
    (credentials) => new KmsClient({ ...common, endpoint: endpoints.kms, credentials }),
  )
  return {
    keysets: new KmsKeysetStore({
      secret: new KmsSecret({
        name: secret,
        client: kmsClient,
        caller: caller(KMS_BACKOFF),
        limits,
        deadline,
      }),
      group: name,
      keyId: kms.keyId,
      instanceId: kms.instanceId,
      clock,
    }),
    live: new AlibabaLive({ client: liveClient, caller: caller(LIVE_BACKOFF), limits, clock, authSource }),
    usage: () => usage.usage(),
    cloudAheadMs: () => cloudClock.aheadMs,
  }
}

/** Keeps one client while the credentials stay the same. */
function remembered<T>(create: (credentials: Credentials) => T): (credentials: Credentials) => T {
  let last: { readonly credentials: Credentials; readonly client: T } | null = null
  return (credentials) => {
    if (last?.credentials !== credentials) last = { credentials, client: create(credentials) }
    return last.client
  }
}
