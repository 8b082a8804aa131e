import { expect, it } from 'vitest'
import { invoke, type Dependencies } from '../../lib/app/invocation.ts'
import type { AlibabaOptions } from '../../lib/alibaba/create-alibaba.ts'
import { parseConfig } from '../../lib/config/parse.ts'
import { RotatorError } from '../../lib/core/errors.ts'
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

/** What the way to Alibaba Cloud, and the run, are made of in an invocation with this context. */
async function madeWith(
  context: object,
  env: Dependencies['env'] = {},
): Promise<{ options: AlibabaOptions; environment: object }> {
  const clock = new TestClock()
  const seen: AlibabaOptions[] = []
  const environments: object[] = []
  const answer = invoke(Buffer.from('{"action":"status"}'), context, {
    configuration: () => CONFIG,
    clock,
    random: () => 0.5,
    probe: () => Promise.reject(new Error('no probe is configured')),
    connect: (options) => {
      seen.push(options)
      return { open: () => Promise.reject(new RotatorError('denied', 'nothing is open here')) }
    },
    notify: ({ environment }) => {
      environments.push(environment)
      return Promise.resolve()
    },
    storeReceipts: () => Promise.resolve(),
    write: () => undefined,
    env,
  })
  await expect(clock.run(answer)).rejects.toMatchObject({ code: 'rotationFailed' })
  const [options] = seen
  const [environment] = environments
  if (!options || !environment) throw new Error('nothing was connected')
  return { options, environment }
}

it('gives the connection to Alibaba Cloud its account, its deadline and its servers', async () => {
  const { options } = await madeWith(CONTEXT, { ROTATOR_STS_ENDPOINT: 'https://sts.example.com' })
  expect(options).toMatchObject({
    accountId: '1000000000000001',
    deadline: new TestClock().now() + 570_000,
    stsEndpoint: 'https://sts.example.com',
  })
})

it.each([undefined, '', 42])('knows no account if the context has %j', async (accountId) => {
  const { options } = await madeWith({ ...CONTEXT, accountId })
  expect(options.accountId).toBeUndefined()
})

it.each([
  // timeout, waits end, nothing more begins: all in seconds after the start
  [600, 570, 570],
  [60, 30, 30],
  [59, 29, 29.5],
  [31, 1, 15.5],
  [30, 0, 15],
  [3, 0, 1.5],
  [undefined, 0, 1.5],
])(
  'with a timeout of %s s, waits until %s s and starts nothing after %s s',
  async (timeout, waits, begins) => {
    const { options, environment } = await madeWith({ ...CONTEXT, function: { timeout } })
    const start = new TestClock().now()
    const deadline = start + begins * 1000
    expect(environment).toMatchObject({ deadline, waitUntil: start + waits * 1000 })
    expect(options.deadline).toBe(deadline)
  },
)
