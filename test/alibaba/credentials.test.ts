import { inspect } from 'node:util'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createAlibaba, type Alibaba, type GroupAccess } from '../../lib/alibaba/create-alibaba.ts'
import {
  assumedRole,
  defaultCredentials,
  fixedCredentials,
  type Credentials,
  type CredentialSource,
} from '../../lib/alibaba/transport/credentials.ts'
import { LOCAL_ACCOUNT_ID } from '../../lib/emulator/index.ts'
import { Key } from '../../lib/keyset/key.ts'
import type { Fence } from '../../lib/rotation/ports.ts'
import type { TestClock } from '../support/clock.ts'
import { configFor, failureOf, GROUP, LOCAL_PAIR, startCloud, type Cloud } from './cloud.ts'
import { startStub, type SeenRequest, type StubAnswer, type StubServer } from './stub-server.ts'

const ROLE = 'acs:ram::1000000000000002:role/live-key-rotator'

let cloud: Cloud | undefined
let sts: StubServer | undefined
afterEach(async () => {
  vi.unstubAllEnvs()
  await cloud?.emulator.close()
  await sts?.close()
  cloud = sts = undefined
})

describe('fixed credentials', () => {
  it('are used as they are', async () => {
    const source = fixedCredentials({ ...LOCAL_PAIR, securityToken: 'token' })
    const credentials = await source.get()
    expect(credentials).toEqual({ ...LOCAL_PAIR, securityToken: 'token' })
    await expect(source.renew(credentials)).resolves.toBe(credentials)
  })

  it('treat an empty token as none', async () => {
    await expect(fixedCredentials({ ...LOCAL_PAIR, securityToken: '' }).get()).resolves.toEqual(LOCAL_PAIR)
  })

  it.each([
    { accessKeyId: '', accessKeySecret: 'secret' },
    { accessKeyId: 'id', accessKeySecret: '' },
  ])('must be complete', (pair) => {
    expect(() => fixedCredentials(pair)).toThrow(expect.objectContaining({ code: 'badCredentials' }))
  })
})

describe('the default chain', () => {
  it('reads the environment', async () => {
    vi.stubEnv('ALIBABA_CLOUD_ACCESS_KEY_ID', 'id')
    vi.stubEnv('ALIBABA_CLOUD_ACCESS_KEY_SECRET', 'secret')
    const source = defaultCredentials()
    const credentials = await source.get()
    expect(credentials).toEqual({ accessKeyId: 'id', accessKeySecret: 'secret' })
    await expect(source.get()).resolves.toBe(credentials)
  })

  it('looks again after the token has expired', async () => {
    vi.stubEnv('ALIBABA_CLOUD_ACCESS_KEY_ID', 'id')
    vi.stubEnv('ALIBABA_CLOUD_ACCESS_KEY_SECRET', 'secret')
    vi.stubEnv('ALIBABA_CLOUD_SECURITY_TOKEN', 'old')
    const source = defaultCredentials()
    const expired = await source.get()
    vi.stubEnv('ALIBABA_CLOUD_SECURITY_TOKEN', 'new')
    await expect(source.renew(expired)).resolves.toEqual({
      accessKeyId: 'id',
      accessKeySecret: 'secret',
      securityToken: 'new',
    })
  })

  it('says what to do if it finds none', async () => {
    vi.stubEnv('HOME', '/nonexistent')
    vi.stubEnv('ALIBABA_CLOUD_ACCESS_KEY_ID', '')
    vi.stubEnv('ALIBABA_CLOUD_ACCESS_KEY_SECRET', '')
    vi.stubEnv('ALIBABA_CLOUD_ECS_METADATA_DISABLED', 'true')
    const error = await failureOf(defaultCredentials().get())
    expect(error).toMatchObject({ code: 'badCredentials' })
    expect(String(error)).toContain('ALIBABA_CLOUD_ACCESS_KEY_ID')
  })
})

describe('an assumed role', () => {
  const granted = (credentials: Credentials): StubAnswer => ({
    body: {
      RequestId: 'R',
      Credentials: {
        AccessKeyId: credentials.accessKeyId,
        AccessKeySecret: credentials.accessKeySecret,
        SecurityToken: credentials.securityToken,
        Expiration: new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+/, ''),
      },
    },
  })

  async function roleFrom(answer: (request: SeenRequest) => StubAnswer): Promise<CredentialSource> {
    sts = await startStub(answer)
    return assumedRole(fixedCredentials({ ...LOCAL_PAIR, securityToken: 'base' }), {
      roleArn: ROLE,
      region: 'cn-shanghai',
      endpoint: sts.url,
    })
  }

  it('is requested from STS once, however many callers need it', async () => {
    const temporary = { accessKeyId: 'STS.1', accessKeySecret: 's', securityToken: 't' }
    const source = await roleFrom(() => granted(temporary))
    const all = await Promise.all(Array.from({ length: 50 }, () => source.get()))
    expect(all[0]).toEqual(temporary)
    expect(new Set(all).size).toBe(1)
    await expect(source.get()).resolves.toBe(all[0])
    expect(sts?.seen).toHaveLength(1)
    expect(sts?.seen[0]).toMatchObject({ action: 'AssumeRole' })
    expect(sts?.seen[0]?.form.get('RoleArn')).toBe(ROLE)
    expect(sts?.seen[0]?.query.get('SecurityToken')).toBe('base')
  })

  it('is requested again when its token has expired', async () => {
    let grants = 0
    const source = await roleFrom(() =>
      granted({ accessKeyId: `STS.${++grants}`, accessKeySecret: 's', securityToken: 't' }),
    )
    const first = await source.get()
    const [second, third] = await Promise.all([source.renew(first), source.renew(first)])
    expect(second).toMatchObject({ accessKeyId: 'STS.2' })
    expect(third).toBe(second)
  })

  it.each<[StubAnswer, string, string]>([
    [
      { status: 403, body: { Code: 'NoPermission', Message: 'You are not authorized to do this action.' } },
      'denied',
      'sts:AssumeRole',
    ],
    [
      { status: 404, body: { Code: 'EntityNotExist.Role', Message: 'The role not exists.' } },
      'badCredentials',
      "check the account and the name in the group's roleArn",
    ],
    [{ status: 400, body: { Code: 'SignatureDoesNotMatch', Message: 'no' } }, 'badCredentials', ROLE],
    [{ status: 400, body: { Code: 'Throttling.User', Message: 'slow' } }, 'throttled', ROLE],
    [{ status: 502, headers: { 'content-type': 'text/html' }, body: '<html>' }, 'invalidAnswer', ROLE],
    [{ body: 'nonsense' }, 'invalidAnswer', ROLE],
    [{ body: {} }, 'invalidAnswer', ROLE],
  ])('says why it was refused (%#)', async (answer, code, mentions) => {
    const source = await roleFrom(() => answer)
    const error = await failureOf(source.get())
    expect(error).toMatchObject({ code })
    expect(String(error)).toContain(`AssumeRole for role ${ROLE}`)
    expect(String(error)).toContain(mentions)
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(LOCAL_PAIR.accessKeySecret)
  })

  it('is requested again after a failure', async () => {
    let requests = 0
    const source = await roleFrom(() =>
      ++requests === 1
        ? { status: 500, body: { Code: 'InternalError', Message: 'x' } }
        : granted({ accessKeyId: 'STS.1', accessKeySecret: 's', securityToken: 't' }),
    )
    await expect(source.get()).rejects.toMatchObject({ code: 'unavailable', retryable: true })
    await expect(source.get()).resolves.toMatchObject({ accessKeyId: 'STS.1' })
  })

  describe('in another account', () => {
    const accountId = '1000000000000002'

    /** A cloud with 30 domains in each of two accounts, and a role in the second one. */
    async function twoAccounts(
      own: string | null = LOCAL_ACCOUNT_ID,
    ): Promise<{ clock: TestClock; alibaba: Alibaba }> {
      cloud = await startCloud({ domains: 30 })
      const { world, credentials } = cloud.emulator
      for (let n = 1; n <= 30; n++) world.addDomain({ name: `live${n}.example.org`, accountId })
      const { accessKeyId, accessKeySecret, securityToken } = credentials.issue({ accountId })
      sts = await startStub(() =>
        granted({ accessKeyId, accessKeySecret, securityToken: securityToken ?? '' }),
      )
      const alibaba = createAlibaba({
        config: configFor(cloud.emulator.url),
        credentials: fixedCredentials(LOCAL_PAIR),
        clock: cloud.clock,
        random: () => 0.5,
        stsEndpoint: sts.url,
        ...(own !== null && { accountId: own }),
      })
      return { clock: cloud.clock, alibaba }
    }

    const fence: Fence = () => Promise.resolve(() => true)
    const setAll = (live: GroupAccess['live'], names: string[]): Promise<void>[] =>
      names.map((name) => live.set(name, Key.generate(), { fence }))
    const names = (suffix: string): string[] => Array.from({ length: 30 }, (_, n) => `live${n + 1}.${suffix}`)

    it('has its own throttle', async () => {
      const { clock, alibaba } = await twoAccounts()
      const own = await alibaba.open(GROUP)
      const other = await alibaba.open({ ...GROUP, name: 'other', roleArn: ROLE })
      const before = clock.tick()
      await clock.run(
        Promise.all([...setAll(own.live, names('example.com')), ...setAll(other.live, names('example.org'))]),
      )
      expect(clock.tick() - before).toBeCloseTo((29 / 25) * 1_000, 0)
      expect(cloud?.emulator.calls.throttled).toBe(0)
      expect(sts?.seen).toHaveLength(1)
    })

    it.each([
      ['that turns out to be its own', accountId],
      ['where its own is not known', null],
    ])('shares a throttle with an account %s', async (_, own) => {
      const { clock, alibaba } = await twoAccounts(own)
      const one = await alibaba.open(GROUP)
      const two = await alibaba.open({ ...GROUP, name: 'two', roleArn: ROLE })
      const before = clock.tick()
      await clock.run(
        Promise.all([...setAll(one.live, names('example.com')), ...setAll(two.live, names('example.org'))]),
      )
      expect(clock.tick() - before).toBeCloseTo((59 / 25) * 1_000, 0)
    })

    it('shares its throttle with the other roles of that account', async () => {
      const { clock, alibaba } = await twoAccounts()
      const one = await alibaba.open({ ...GROUP, name: 'one', roleArn: ROLE })
      const two = await alibaba.open({ ...GROUP, name: 'two', roleArn: `${ROLE}-too` })
      const before = clock.tick()
      const all = names('example.org')
      await clock.run(
        Promise.all([...setAll(one.live, all.slice(0, 15)), ...setAll(two.live, all.slice(15))]),
      )
      expect(clock.tick() - before).toBeCloseTo((29 / 25) * 1_000, 0)
      expect(sts?.seen).toHaveLength(2)
    })
  })
})

it('whose role does not exist hides neither a keyset nor a configuration', async () => {
  cloud = await startCloud()
  sts = await startStub(() => ({
    status: 404,
    body: { Code: 'EntityNotExist.Role', Message: 'no such role' },
  }))
  const alibaba = createAlibaba({
    config: configFor(cloud.emulator.url),
    credentials: fixedCredentials(LOCAL_PAIR),
    clock: cloud.clock,
    random: () => 0.5,
    stsEndpoint: sts.url,
  })
  const { keysets, live } = await alibaba.open({ ...GROUP, roleArn: ROLE })
  const calls = [keysets.load(), live.query('live1.example.com'), live.notifyConfig('live1.example.com')]
  for (const error of await cloud.clock.run(Promise.all(calls.map(failureOf)))) {
    expect(error).toMatchObject({ code: 'badCredentials', vendorCode: 'EntityNotExist.Role' })
  }
})

it('reads nothing from the environment: the caller says where STS is', async () => {
  vi.stubEnv('ROTATOR_STS_ENDPOINT', 'http://10.0.0.1')
  cloud = await startCloud()
  await expect(cloud.alibaba.open({ ...GROUP, roleArn: ROLE })).resolves.toBeDefined()
})

describe('a token that expires during the work', () => {
  it.each(['live', 'kms'] as const)('is renewed once, and the call is retried (%s)', async (product) => {
    cloud = await startCloud()
    const { credentials } = cloud.emulator
    const pairOf = (expiresAt: number): Credentials => {
      const { accessKeyId, accessKeySecret, securityToken } = credentials.issue({ expiresAt })
      return { accessKeyId, accessKeySecret, securityToken: securityToken ?? '' }
    }
    const expired = pairOf(Date.now() - 1_000)
    const fresh = pairOf(Date.now() + 3_600_000)
    let current = expired
    let renewals = 0
    const source: CredentialSource = {
      get: () => Promise.resolve(current),
      renew: async () => {
        renewals++
        return (current = fresh)
      },
    }
    const alibaba = createAlibaba({
      config: configFor(cloud.emulator.url),
      credentials: source,
      clock: cloud.clock,
      random: () => 0.5,
    })
    const { live, keysets } = await alibaba.open(GROUP)
    await cloud.clock.run<unknown>(product === 'live' ? live.query('live1.example.com') : keysets.load())
    expect(renewals).toBe(1)
  })

  it('is final if no other can be had', async () => {
    cloud = await startCloud()
    const { accessKeyId, accessKeySecret, securityToken } = cloud.emulator.credentials.issue({
      expiresAt: Date.now() - 1_000,
    })
    const alibaba = createAlibaba({
      config: configFor(cloud.emulator.url),
      credentials: fixedCredentials({ accessKeyId, accessKeySecret, securityToken: securityToken ?? '' }),
      clock: cloud.clock,
      random: () => 0.5,
    })
    const { live, usage } = await alibaba.open(GROUP)
    const error = await cloud.clock.run(failureOf(live.query('live1.example.com')))
    expect(error).toMatchObject({ code: 'badCredentials', vendorCode: 'InvalidSecurityToken.Expired' })
    expect(usage().calls).toEqual({ QuerySnapshotCallbackAuth: 1 })
  })
})
