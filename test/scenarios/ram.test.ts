import { afterEach, describe, expect, it } from 'vitest'
import { invoke } from '../../lib/app/invocation.ts'
import { createAlibaba } from '../../lib/alibaba/create-alibaba.ts'
import type { RotationConfig, RotationRequest } from '../../lib/config/types.ts'
import { LOCAL_ACCOUNT_ID, type PolicyDocument } from '../../lib/emulator/index.ts'
import { RotatorError } from '../../lib/core/errors.ts'
import { Key } from '../../lib/keyset/key.ts'
import { storeReceipts } from '../../lib/receipts/store-receipts.ts'
import { createVerifier, kmsKeyset } from '../../lib/receiver/index.ts'
import { httpProbe } from '../../lib/rotation/http-probe.ts'
import { LocalCloud, roleWith } from '../support/local-cloud.ts'
import { groupConfig, HOUR } from '../support/model-cloud.ts'
import { actionsOf, ramPolicy, without } from '../support/ram.ts'
import { seeded } from '../support/seeded.ts'

const OTHER_ACCOUNT = '1000000000000002'
const ROLE_ARN = `acs:ram::${OTHER_ACCOUNT}:role/live-key-rotator`
const SECRETS = { main: 'live/main', notify: 'live/notify', other: 'live/other' }
const NOTIFY_DOMAIN = 'notify.example.net'
const OTHER_DOMAIN = 'other.example.net'
const ENCRYPTION_KEY = 'key-1'

/** The policies of a function that uses everything there is. */
const FUNCTION = [
  ramPolicy('function-role', { secret: [SECRETS.main, SECRETS.notify] }),
  ramPolicy('receipts', { bucket: 'audit', prefix: 'live-keys' }),
]
const WITH_KEY = [...FUNCTION, ramPolicy('customer-key', { key: ENCRYPTION_KEY })]

let here: LocalCloud
afterEach(() => here.close())

/** A cloud for three groups: one of each kind that needs permissions of its own. */
async function start(): Promise<void> {
  const inOtherAccount = [
    ramPolicy('function-role', { account: OTHER_ACCOUNT, secret: SECRETS.other }),
    ramPolicy('customer-key', { account: OTHER_ACCOUNT, key: ENCRYPTION_KEY }),
  ]
  here = await LocalCloud.start({
    domains: 3,
    streams: 3,
    roles: [{ arn: ROLE_ARN, policies: without('sts:AssumeRole', inOtherAccount) }],
  })
  const { world } = here.emulator
  const callbackUrl = here.receiverUrl
  const key = Key.of('setbyhandin2024a')
  world.setNotify(world.addDomain({ name: NOTIFY_DOMAIN }), { url: callbackUrl, enabled: true, key })
  world.addDomain({ name: OTHER_DOMAIN, accountId: OTHER_ACCOUNT, callbackUrl, key: 'set-by-hand' })
}

function config(keyId: string | null): RotationConfig {
  const groups = [
    groupConfig({
      name: 'main',
      secret: SECRETS.main,
      domains: [],
      discover: { suffix: '.example.com', exclude: [] },
    }),
    groupConfig({
      name: 'notify',
      secret: SECRETS.notify,
      domains: [NOTIFY_DOMAIN],
      authSource: 'notifyConfig',
    }),
    groupConfig({ name: 'other', secret: SECRETS.other, domains: [OTHER_DOMAIN], roleArn: ROLE_ARN }),
  ]
  return { ...here.config, groups, kms: { keyId, instanceId: null }, receipts: 'oss://audit/live-keys' }
}

/** What somebody who looks at the function gets to see. */
interface Told {
  /** Reports, and what was thrown. */
  readonly reports: string
  readonly log: string
}

/** Has the function do everything that it can, so that it makes every call that it knows. */
async function useEverything(policies: readonly PolicyDocument[], keyId: string | null): Promise<Told> {
  await start()
  const { clock, emulator } = here
  const credentials = roleWith(emulator, policies)
  let reports = ''
  let log = ''
  const call = async (request: Partial<RotationRequest>): Promise<void> => {
    const context = { requestId: 'request-1', credentials, function: { timeout: 600 } }
    const answer = invoke(Buffer.from(JSON.stringify(request)), context, {
      configuration: () => config(keyId),
      clock,
      random: seeded(1),
      probe: httpProbe(clock),
      connect: (options) => createAlibaba({ ...options, stsEndpoint: emulator.url }),
      notify: () => Promise.resolve(),
      storeReceipts,
      write: (line) => (log += line),
      env: { ROTATOR_OSS_ENDPOINT: emulator.url },
    }).then(JSON.stringify, (error: unknown) => {
      if (error instanceof RotatorError) return error.message
      throw error
    })
    reports += `${await clock.run(answer)}\n`
  }

  await call({ action: 'rotate' })
  await call({ action: 'status' })
  moveCurrentBack()
  await call({ action: 'reconcile' })
  await clock.advance(2 * HOUR)
  await call({ emergency: true, onRunningStreams: 'interrupt', id: 'emergency-1' })
  return { reports, log }
}

/** Somebody points ACSCurrent at an older version, by hand. */
function moveCurrentBack(): void {
  const { secrets } = here.emulator.world
  const secret = secrets.all().find(({ name }) => name === SECRETS.main)
  const [oldest, newest] = [secret?.versions[0], secret?.versions.at(-1)]
  if (oldest && newest && oldest !== newest) {
    secrets.updateStage(LOCAL_ACCOUNT_ID, SECRETS.main, 'ACSCurrent', oldest.id, newest.id)
  }
}

describe('the role of the function', () => {
  it('may do exactly what the code does', { tags: 'slow' }, async () => {
    const { reports, log } = await useEverything(FUNCTION, null)
    const calls = here.emulator.calls.of()
    expect(calls.filter(({ status }) => status === 403)).toEqual([])
    expect(reports.match(/"ok":true/g)).toHaveLength(4)
    expect(log).not.toContain('"noReceipt"')
    // Its names are what a refusal is known by below.
    for (const action of actionsOf(FUNCTION)) expect(reports).not.toContain(action)
    const called = new Set(calls.map(({ product, action }) => `${product.toLowerCase()}:${action}`))
    expect([...called].sort()).toEqual(actionsOf(FUNCTION).sort())
  })

  it.each(actionsOf(FUNCTION))('needs %s, and is told its name', async (action) => {
    const { reports, log } = await useEverything(without(action, FUNCTION), null)
    // A receipt that is missing is no fault of the rotation, so it is in the log only.
    expect(action === 'oss:PutObject' ? log : reports).toContain(action)
  })

  it('learns from plan and status that they could not read the other configuration', async () => {
    here = await LocalCloud.start({ domains: 2 })
    const action = 'live:DescribeLiveSnapshotNotifyConfig'
    const credentials = roleWith(here.emulator, without(action, [ramPolicy('function-role')]))
    const { outcome, warnings } = await here.go({ action: 'status' }, { credentials })
    expect(outcome).toBe('reported')
    expect(warnings).toEqual([expect.stringContaining(action)])
  })

  it('needs a customer key too, if there is one', async () => {
    const { reports } = await useEverything(WITH_KEY, ENCRYPTION_KEY)
    expect(reports.match(/"ok":true/g)).toHaveLength(4)
  })

  it.each(actionsOf([ramPolicy('customer-key', { key: ENCRYPTION_KEY })]))(
    'with a key of the customer, needs %s, and is told so by name',
    async (action) => {
      const { reports } = await useEverything(without(action, WITH_KEY), ENCRYPTION_KEY)
      expect(reports).toContain(action)
    },
  )
})

describe('a receiver', () => {
  // Every receiver of the scenarios on this cloud runs with its policy.
  it('may read the keyset, and is told the missing permission otherwise', async () => {
    here = await LocalCloud.start({ domains: 1, streams: 1 })
    await here.go({ action: 'reconcile' })
    expect(await here.callbacks()).toMatchObject({ accepted: 1 })
    const { clock, emulator, group } = here
    const keyset = kmsKeyset({
      secret: group.secret,
      region: 'cn-shanghai',
      endpoint: emulator.url,
      credentials: roleWith(emulator, without('kms:GetSecretValue', [ramPolicy('receiver')])),
      clock,
    })
    const verify = createVerifier({ keyset, host: '127.0.0.1', clock })
    const verifying = verify({ timestamp: Math.floor(clock.now() / 1000), signature: '0'.repeat(32) })
    await expect(clock.run(verifying)).rejects.toThrow('kms:GetSecretValue')
    keyset.close()
  })
})
