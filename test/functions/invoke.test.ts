import { expect, it } from 'vitest'
import { invoke, type Surroundings } from '../../functions/rotate/invoke.ts'
import type { AlibabaOptions } from '../../lib/alibaba/account.ts'
import { parseConfig } from '../../lib/config/index.ts'
import { RotatorError } from '../../lib/errors.ts'
import { TestClock } from '../support/clock.ts'

const CONFIG = parseConfig(`
region: cn-shanghai
groups: [{ name: default, secret: live/keys, domains: [live1.example.com] }]
`)
const CONTEXT = {
  requestId: 'request-1',
  accountId: '1000000000000001',
  credentials: { accessKeyId: 'id', accessKeySecret: 'secret', securityToken: 'token' },
  function: { timeout: 600 },
}

/** What the way to Alibaba Cloud is made of in an invocation with this context. */
async function connectedWith(context: object, env: Surroundings['env'] = {}): Promise<AlibabaOptions> {
  const clock = new TestClock()
  const seen: AlibabaOptions[] = []
  const answer = invoke(Buffer.from('{"action":"status"}'), context, {
    configuration: () => CONFIG,
    clock,
    random: () => 0.5,
    probe: () => Promise.reject(new Error('no probe is configured')),
    connect: (options) => {
      seen.push(options)
      return { open: () => Promise.reject(new RotatorError('denied', 'nothing is open here')) }
    },
    notify: () => Promise.resolve(),
    storeReceipts: () => Promise.resolve(),
    write: () => undefined,
    env,
  })
  await expect(clock.run(answer)).rejects.toMatchObject({ code: 'rotationFailed' })
  const [only] = seen
  if (!only) throw new Error('nothing was connected')
  return only
}

it('tells the way to Alibaba Cloud its account, its time and its servers', async () => {
  const options = await connectedWith(CONTEXT, { ROTATOR_STS_ENDPOINT: 'https://sts.example.com' })
  expect(options).toMatchObject({
    accountId: '1000000000000001',
    deadline: new TestClock().now() + 570_000,
    stsEndpoint: 'https://sts.example.com',
  })
})

it.each([undefined, '', 42])('knows no account where the context says %j', async (accountId) => {
  const options = await connectedWith({ ...CONTEXT, accountId })
  expect(options.accountId).toBeUndefined()
})
