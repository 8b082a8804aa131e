import { beforeAll, describe, expect, it } from 'vitest'
import { payloadCheck, type PayloadProblems } from '../../deploy/payload.mjs'
import { checkReach } from '../../deploy/reach.mjs'
import { render } from '../../deploy/render.mjs'
import { checkRules, type Props } from '../../deploy/rules.mjs'
import { checkSchema } from '../../deploy/schema.mjs'
import { variableProblems } from '../../deploy/variables.mjs'
import { sentence } from '../../deploy/violations.mjs'
import { readReceiverConfig } from '../../functions/receive/config.ts'
import { parseConfig } from '../../lib/config/parse.ts'
import { parseEvent } from '../../lib/config/event.ts'
import { CONFIG, ROOT } from './project.ts'
import { sharedPreview } from './shared-preview.ts'

type Name = 'rotator' | 'receiver'
type Json = Record<string, unknown>
type Variables = Readonly<Record<string, string>>

const LOCAL_CLOUD = 'http://127.0.0.1:4710'
const BEIJING_BESIDE_A_LOCAL_CLOUD = {
  REGION: 'cn-beijing',
  ROTATOR_LIVE_ENDPOINT: LOCAL_CLOUD,
  ROTATOR_KMS_ENDPOINT: LOCAL_CLOUD,
  ROTATOR_FC_ENDPOINT: LOCAL_CLOUD,
}

let intact: Record<Name, { props: Json }>
let payloadProblems: PayloadProblems

/** The resources of s.yaml under `env`. */
async function rendered(env: Variables): Promise<Record<Name, { props: Json }>> {
  const io = { root: ROOT, env: { ...process.env, ...env }, preview: sharedPreview }
  return (await render(io, 's.yaml')).resources
}

async function receiverUnder(env: Variables): Promise<Props> {
  return (await rendered(env)).receiver.props as unknown as Props
}

beforeAll(async () => {
  intact = await rendered({})
  payloadProblems = await payloadCheck(parseConfig(CONFIG))
})

/** Changes a field of a copy of the rendered props; `undefined` takes it away. */
function changed(name: Name, path: readonly (string | number)[], value: unknown): Json {
  const props = structuredClone(intact[name].props)
  const parent = path.slice(0, -1).reduce<Json>((at, step) => at[step] as Json, props)
  const last = path.at(-1) ?? ''
  if (value === undefined) Reflect.deleteProperty(parent, last)
  else parent[last] = value
  return props
}

function problemsOf(name: Name, props: Json, routed: ReadonlySet<string> = new Set()): string[] {
  const refused = checkSchema(name, { component: 'fc3@0.1.22', props })
  if (refused.length > 0) return refused.map(sentence)
  const accepted = props as unknown as Props
  return [...checkRules(name, accepted, payloadProblems), ...checkReach(name, accepted, routed)].map(sentence)
}

describe('the props of s.yaml', () => {
  it('are right as they are', () => {
    expect(problemsOf('rotator', intact.rotator.props)).toEqual([])
    expect(problemsOf('receiver', intact.receiver.props)).toEqual([])
  })

  it('have two timers whose payloads are requests that the function accepts', () => {
    const { triggers } = intact.rotator.props as unknown as Props
    const actions = triggers.map(({ triggerName, triggerConfig: { payload } }) => {
      const event = { triggerName, triggerTime: '2026-12-01T04:05:00Z', payload }
      return parseEvent(Buffer.from(JSON.stringify(event))).action
    })
    expect(actions).toEqual(['rotate', 'reconcile'])
  })

  const cases: [Name, (string | number)[], unknown, string][] = [
    [
      'rotator',
      ['region'],
      'Shanghai',
      'region is "Shanghai"; allowed: a region of Function Compute: cn-hangzhou, cn-shanghai',
    ],
    ['rotator', ['runtime'], 'nodejs22', 'runtime is "nodejs22"; allowed: nodejs20'],
    ['rotator', ['handler'], 'index.js.handler', 'handler is "index.js.handler"; allowed: file.function'],
    ['rotator', ['memorySize'], 300, 'memorySize is 300; allowed: MB, 128 to 32768 in steps of 64'],
    ['rotator', ['cpu'], undefined, 'cpu is missing; allowed: vCPU, 0.05 to 16'],
    [
      'rotator',
      ['cpu'],
      0.3,
      'cpu is 0.3 beside 256 MB; allowed: a vCPU for every 1 to 4 GB: 0.1 to 0.25 here',
    ],
    [
      'rotator',
      ['cpu'],
      0.05,
      'cpu is 0.05 beside 256 MB; allowed: a vCPU for every 1 to 4 GB: 0.1 to 0.25 here',
    ],
    ['rotator', ['cpu'], 0.12, 'cpu is 0.12; allowed: steps of 0.05 vCPU'],
    ['rotator', ['diskSize'], 1024, 'diskSize is 1024; allowed: MB, 512 or 10240'],
    ['rotator', ['timeout'], '600', 'timeout is "600"; allowed: whole seconds'],
    ['rotator', ['timeout'], 3601, 'maxAsyncEventAgeInSeconds is 3600; allowed: at least the timeout, 3601'],
    ['rotator', ['timout'], 600, 'timout is not known; allowed: region, functionName'],
    ['rotator', ['role'], 'a role', 'role is "a role"; allowed: the name of a RAM role'],
    ['rotator', ['instanceConcurrency'], 5, 'instanceConcurrency is 5; allowed: 1'],
    [
      'rotator',
      ['concurrencyConfig'],
      undefined,
      'concurrencyConfig is missing; allowed: reservedConcurrency',
    ],
    [
      'rotator',
      ['concurrencyConfig', 'reservedConcurrency'],
      undefined,
      'concurrencyConfig.reservedConcurrency is missing',
    ],
    [
      'rotator',
      ['concurrencyConfig', 'reservedConcurrency'],
      0,
      'concurrencyConfig.reservedConcurrency is 0',
    ],
    [
      'rotator',
      ['concurrencyConfig', 'reservedConcurrency'],
      2,
      'concurrencyConfig.reservedConcurrency is 2; allowed: 1',
    ],
    ['rotator', ['asyncInvokeConfig'], undefined, 'asyncInvokeConfig is missing'],
    ['rotator', ['asyncInvokeConfig', 'asyncTask'], undefined, 'asyncInvokeConfig.asyncTask is missing'],
    [
      'rotator',
      ['asyncInvokeConfig', 'maxAsyncRetryAttempts'],
      undefined,
      'maxAsyncRetryAttempts is missing',
    ],
    [
      'rotator',
      ['asyncInvokeConfig', 'maxAsyncRetryAttempts'],
      9,
      'maxAsyncRetryAttempts is 9; allowed: a whole number of retries, 0 to 8',
    ],
    [
      'rotator',
      ['asyncInvokeConfig', 'maxAsyncEventAgeInSeconds'],
      undefined,
      'maxAsyncEventAgeInSeconds is missing',
    ],
    [
      'rotator',
      ['asyncInvokeConfig', 'maxAsyncEventAgeInSeconds'],
      2592000,
      'maxAsyncEventAgeInSeconds is 2592000; allowed: whole seconds, 1 to 604800',
    ],
    [
      'rotator',
      ['asyncInvokeConfig', 'destinationConfig'],
      { onFailure: { destination: 'my-queue' } },
      'destinationConfig.onFailure.destination is "my-queue"; allowed: an ARN',
    ],
    [
      'rotator',
      ['asyncInvokeConfig', 'destinationConfig'],
      { onFailure: {} },
      'destinationConfig.onFailure.destination is missing',
    ],
    ['rotator', ['logConfig'], undefined, 'logConfig is missing; allowed: auto, or project and logstore'],
    ['rotator', ['logConfig'], 'none', 'logConfig is "none"; allowed: auto'],
    ['rotator', ['logConfig'], { project: 'operations' }, 'logConfig.logstore is missing'],
    [
      'rotator',
      ['environmentVariables'],
      { LIMIT: 30 },
      'environmentVariables.LIMIT is a number; allowed: text',
    ],
    [
      'rotator',
      ['environmentVariables'],
      { DEBUG: true },
      'environmentVariables.DEBUG is a boolean; allowed: text',
    ],
    [
      'rotator',
      ['environmentVariables'],
      { FC_REGION: 'x' },
      'environmentVariables.FC_REGION is not a permitted name',
    ],
    [
      'rotator',
      ['environmentVariables'],
      { DOMAINS: 'x'.repeat(4090) },
      'environmentVariables hold 4097 bytes; allowed: 4096 bytes',
    ],
    ['rotator', ['triggers'], [], 'triggers is []; allowed: a list of 1 to 50 triggers'],
    [
      'rotator',
      ['triggers', 0, 'triggerType'],
      'cron',
      'triggers[0].triggerType is "cron"; allowed: timer or http',
    ],
    [
      'rotator',
      ['triggers', 0],
      {
        triggerName: 'url',
        triggerType: 'http',
        triggerConfig: { authType: 'anonymous', methods: ['POST'] },
      },
      'triggers[0].triggerType is http; allowed: timers only',
    ],
    ['rotator', ['triggers', 1, 'triggerName'], 'rotate', 'triggers[1].triggerName appears twice'],
    ['rotator', ['triggers', 0, 'triggerConfig'], undefined, 'triggers[0].triggerConfig is missing'],
    [
      'rotator',
      ['triggers', 0, 'triggerConfig', 'cronExpression'],
      5,
      'triggers[0].triggerConfig.cronExpression is 5; allowed: six fields',
    ],
    [
      'rotator',
      ['triggers', 0, 'triggerConfig', 'cronExpression'],
      '5 4 1 * *',
      'triggers[0].triggerConfig.cronExpression is "5 4 1 * *"; allowed: six fields',
    ],
    [
      'rotator',
      ['triggers', 0, 'triggerConfig', 'cronExpression'],
      '0 5 25 1 * *',
      'triggers[0].triggerConfig.cronExpression has 25 for the hour, which runs from 0 to 23; allowed: six fields',
    ],
    [
      'rotator',
      ['triggers', 0, 'triggerConfig', 'enable'],
      undefined,
      'triggers[0].triggerConfig.enable is missing',
    ],
    [
      'rotator',
      ['triggers', 0, 'triggerConfig', 'enable'],
      'true',
      'triggers[0].triggerConfig.enable is "true"; allowed: true or false',
    ],
    [
      'rotator',
      ['triggers', 0, 'triggerConfig', 'payload'],
      'rotate',
      'triggers[0].triggerConfig.payload is not JSON; allowed: JSON text',
    ],
    [
      'rotator',
      ['triggers', 0, 'triggerConfig', 'payload'],
      '{"action":"rotat"}',
      'triggers[0].triggerConfig.payload is refused by the function: the request is refused: action must be',
    ],
    [
      'rotator',
      ['triggers', 0, 'triggerConfig', 'cron'],
      '* * *',
      'triggers[0].triggerConfig.cron is not known; allowed: cronExpression, enable, payload',
    ],
    [
      'receiver',
      ['triggers', 0, 'triggerConfig', 'authType'],
      'none',
      'triggers[0].triggerConfig.authType is "none"; allowed: anonymous',
    ],
    [
      'receiver',
      ['triggers', 0, 'triggerConfig', 'methods'],
      ['post'],
      'triggers[0].triggerConfig.methods[0] is "post"; allowed: DELETE, GET',
    ],
  ]

  it.each(cases.map(([name, path, value, message]) => ({ name, path, value, message })))(
    '$name: $message',
    (refused) => {
      const { name, path, value, message } = refused
      const problems = problemsOf(name, changed(name, path, value))
      expect(problems.join('\n')).toContain(message)
      expect(problems.join('\n')).not.toContain('undefined')
      expect(problems.every((problem) => problem.startsWith(`resources.${name}.props.`))).toBe(true)
    },
  )

  it.each([
    ['{"action":"rotate","groups":"default"}', 'groups is unknown'],
    ['{"action":"rotate","group":"nosuch"}', 'names group "nosuch", and rotation.yaml has default'],
    ['{"action":"rotate","force":"yes"}', 'force must be true or false'],
    ['{"action":"rotate","leaked":["0123456789ab"]}', 'leaked needs emergency: true'],
    ['{"action":"rotate","id":"monthly"}', 'has an id'],
    ['{"action":"rotate","id":null}', 'has an id'],
    ['{"action":"rotate","emergency":true}', 'is an emergency'],
    ['{"action":"reconcile","dryRun":true}', 'is a dry run'],
    ['{"action":"rollback"}', 'is a rollback'],
    ['[]', 'is refused by the function'],
    [' ', 'is empty'],
  ])('refuse the payload %s', (payload, problem) => {
    const problems = problemsOf(
      'rotator',
      changed('rotator', ['triggers', 0, 'triggerConfig', 'payload'], payload),
    )
    expect(problems).toEqual([
      expect.stringContaining(
        `resources.rotator.props.triggers[0].triggerConfig.payload ${problem.startsWith('names') || /^(has|is) /.test(problem) ? problem : 'is refused by the function'}`,
      ),
    ])
    expect(problems.join()).toContain(problem)
  })

  it.each([
    '{"action":"rotate","reason":"monthly"}',
    '{"group":"default"}',
    '{"action":"rotate","force":true}',
  ])('accept the payload %s', (payload) => {
    const path = ['triggers', 0, 'triggerConfig', 'payload']
    expect(problemsOf('rotator', changed('rotator', path, payload))).toEqual([])
  })

  const HTTP = ['triggers', 0, 'triggerConfig']
  it.each<[string, (string | number)[], unknown, string]>([
    ['without POST', [...HTTP, 'methods'], ['GET'], 'triggerConfig.methods lack POST'],
    ['that wants a signature', [...HTTP, 'authType'], 'function', 'triggerConfig.authType is function'],
    [
      'off the internet',
      [...HTTP, 'disableURLInternet'],
      true,
      'disableURLInternet is true, so no callback arrives',
    ],
    ['with timers alone', ['triggers'], [], 'triggers is []'],
    ['that cannot reach KMS', ['internetAccess'], false, 'internetAccess is false without a vpcConfig'],
  ])('refuse a receiver %s', (_, path, value, problem) => {
    expect(problemsOf('receiver', changed('receiver', path, value)).join('\n')).toContain(problem)
  })

  it('refuse a function whose automatic VPC has no way out', () => {
    const props = { ...changed('rotator', ['internetAccess'], false), vpcConfig: 'auto' }
    expect(problemsOf('rotator', props)).toEqual([
      expect.stringContaining('internetAccess is false beside vpcConfig: auto'),
    ])
    const ids = { vpcId: 'vpc-1', vSwitchIds: ['vsw-1'], securityGroupId: 'sg-1' }
    expect(problemsOf('rotator', { ...props, vpcConfig: ids })).toEqual([])
  })

  it('accept a receiver behind its own domain that is otherwise off the internet', () => {
    const props = changed('receiver', [...HTTP, 'disableURLInternet'], true)
    expect(problemsOf('receiver', props, new Set(['live-key-receiver']))).toEqual([])
    const route = { path: '/*', methods: ['POST'] }
    const customDomain = { domainName: 'hooks.live.test', protocol: 'HTTP', route }
    expect(problemsOf('receiver', { ...props, customDomain })).toEqual([])
    const getOnly = { ...customDomain, route: { path: '/*', methods: ['GET'] } }
    expect(problemsOf('receiver', { ...props, customDomain: getOnly }).join()).toContain(
      'no callback arrives',
    )
  })

  it.each<[Name, (string | number)[], unknown]>([
    ['rotator', ['vpcConfig'], 'auto'],
    ['rotator', ['role'], "acs:ram::${config('AccountID')}:role/live-key-rotator"],
    ['rotator', ['role'], 'acs:ram::1234567890123456:role/live-key-rotator'],
    ['rotator', ['resourceGroupId'], 'rg-1'],
    ['rotator', ['tracingConfig'], {}],
    ['rotator', ['asyncInvokeConfig', 'qualifier'], 'LATEST'],
    ['rotator', ['region'], 'me-central-1'],
    ['receiver', [...HTTP, 'methods'], ['GET', 'POST']],
  ])('accept what fc3 documents: %s %j', (name, path, value) => {
    expect(problemsOf(name, changed(name, path, value))).toEqual([])
  })

  it('name fields that belong to other runtimes', () => {
    expect(problemsOf('rotator', changed('rotator', ['customContainerConfig'], {}))).toEqual([
      'resources.rotator.props.customContainerConfig is {}; allowed: nothing: it belongs to other runtimes than nodejs20',
    ])
  })

  it('check an fc3-domain resource against its own schema', () => {
    const props = {
      region: 'cn-shanghai',
      domainName: 'hooks.live.test',
      protocol: 'HTTP',
      routeConfig: { routes: [{ path: '/*', functionName: 'live-key-receiver' }] },
    }
    const component = 'fc3-domain@0.0.31'
    expect(checkSchema('domain', { component, props })).toEqual([])
    expect(checkSchema('domain', { component, props: { ...props, protocol: 'ftp' } }).map(sentence)).toEqual([
      'resources.domain.props.protocol is "ftp"; allowed: HTTP, HTTPS or HTTP,HTTPS',
    ])
    const certConfig = { certName: 1, certificate: 'x', privateKey: 2 }
    const secret = checkSchema('domain', { component, props: { ...props, certConfig } }).map(sentence)
    expect(secret.join()).toContain('certConfig.privateKey is not right')
  })

  it('never show a URL, which may contain a token', () => {
    const path = ['asyncInvokeConfig', 'destinationConfig']
    const value = { onFailure: { destination: 'https://hooks.live.test/robot?token=s3cret' } }
    expect(problemsOf('rotator', changed('rotator', path, value)).join()).toContain(
      'destination is a URL; allowed: an ARN',
    )
  })

  it('never show the value of an environment variable', () => {
    const problems = problemsOf(
      'receiver',
      changed('receiver', ['environmentVariables', 'TOKEN'], ['s3cret']),
    )
    expect(problems).toEqual([
      'resources.receiver.props.environmentVariables.TOKEN is a list; allowed: text; put numbers, true and false in quotes',
    ])
  })
})

describe('the variables of the receiver in s.yaml', { timeout: 60_000 }, () => {
  it('are those that the receiver reads, and none is empty', async () => {
    const props = await receiverUnder({})
    expect(await variableProblems('receiver', props)).toEqual([])
    const variables = props.environmentVariables!
    expect(Object.values(variables)).not.toContain('')
    expect(readReceiverConfig(variables)).toMatchObject({
      authorization: null,
      quarantined: 'refuse',
      region: 'cn-shanghai',
      kmsEndpoint: 'kms.cn-shanghai.aliyuncs.com',
    })
  })

  it('can all be set from the environment', async () => {
    const props = await receiverUnder({
      REGION: 'cn-beijing',
      RECEIVER_SECRET: 'live/other',
      RECEIVER_HOST: 'one.live.test, two.live.test',
      RECEIVER_TARGET: 'https://callbacks.live.test/',
      RECEIVER_TARGET_AUTHORIZATION: 'Bearer a: {b} $c',
      RECEIVER_QUARANTINED: 'forward',
      RECEIVER_REGION: 'cn-hangzhou',
      RECEIVER_KMS_ENDPOINT: 'https://kms-vpc.cn-hangzhou.aliyuncs.com',
    })
    expect(await variableProblems('receiver', props)).toEqual([])
    expect(readReceiverConfig(props.environmentVariables!)).toEqual({
      secret: 'live/other',
      hosts: ['one.live.test', 'two.live.test'],
      target: new URL('https://callbacks.live.test/'),
      authorization: 'Bearer a: {b} $c',
      quarantined: 'forward',
      region: 'cn-hangzhou',
      kmsEndpoint: 'https://kms-vpc.cn-hangzhou.aliyuncs.com',
    })
  })

  it('follow the region of the functions, not what is exported for a local cloud', async () => {
    const { environmentVariables } = await receiverUnder(BEIJING_BESIDE_A_LOCAL_CLOUD)
    expect(environmentVariables).toMatchObject({
      RECEIVER_REGION: 'cn-beijing',
      ROTATOR_KMS_ENDPOINT: 'kms.cn-beijing.aliyuncs.com',
    })
  })
})

it('no function gets the endpoints that are exported for a local cloud', { timeout: 60_000 }, async () => {
  const { rotator, receiver } = await rendered(BEIJING_BESIDE_A_LOCAL_CLOUD)
  for (const { props } of [rotator, receiver]) expect(JSON.stringify(props)).not.toContain('127.0.0.1')
})
