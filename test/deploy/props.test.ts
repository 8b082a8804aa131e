import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { beforeAll, describe, expect, it } from 'vitest'
import { checkRules, type Props } from '../../deploy/rules.mjs'
import { withOfflineS } from '../../deploy/serverless-devs.mjs'
import { fromSchema, sentence } from '../../deploy/violations.mjs'
import { parseEvent } from '../../lib/config/index.ts'
import { ROOT } from './project.ts'

const schema = JSON.parse(readFileSync(join(ROOT, 'deploy/fc3.schema.json'), 'utf8')) as object
const valid = new Ajv({ allErrors: true }).compile<Props>(schema)

type Name = 'rotator' | 'receiver'
type Json = Record<string, unknown>

let intact: Record<Name, { props: Json }>

beforeAll(async () => {
  intact = await withOfflineS(ROOT, async (s) => {
    const rendered = await s('preview', '-o', 'json', '--silent')
    return (JSON.parse(rendered) as { resources: typeof intact }).resources
  })
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

function problemsOf(name: Name, props: Json): string[] {
  if (valid(props)) return checkRules(name, props).map(sentence)
  const named = valid.errors?.map((error) => ({
    ...error,
    instancePath: `${name}/props${error.instancePath}`,
  }))
  return fromSchema(named ?? [], { [name]: { props } }, schema).map(sentence)
}

describe('the props of s.yaml', () => {
  it('are right as they are', () => {
    expect(problemsOf('rotator', intact.rotator.props)).toEqual([])
    expect(problemsOf('receiver', intact.receiver.props)).toEqual([])
  })

  it('hold two timers whose payloads are requests that the function takes', () => {
    const { triggers } = intact.rotator.props as unknown as Props
    const actions = triggers.map(({ triggerName, triggerConfig: { payload } }) => {
      const event = { triggerName, triggerTime: '2026-12-01T04:05:00Z', payload }
      return parseEvent(Buffer.from(JSON.stringify(event))).action
    })
    expect(actions).toEqual(['rotate', 'reconcile'])
  })

  const cases: [Name, (string | number)[], unknown, string][] = [
    ['rotator', ['region'], 'Shanghai', 'region is "Shanghai"; allowed: a region id'],
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
    ['rotator', ['triggers', 1, 'triggerName'], 'rotate', 'triggers[1].triggerName is there twice'],
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
      'triggers[0].triggerConfig.cronExpression Invalid value for hour: 25; allowed: six fields',
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
      'triggers[0].triggerConfig.payload is no request; allowed: JSON text',
    ],
    [
      'rotator',
      ['triggers', 0, 'triggerConfig', 'payload'],
      '{"action":"rotat"}',
      'triggers[0].triggerConfig.payload is no request',
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

  it('never shows what an environment variable holds', () => {
    const problems = problemsOf(
      'receiver',
      changed('receiver', ['environmentVariables', 'TOKEN'], ['s3cret']),
    )
    expect(problems).toEqual([
      'resources.receiver.props.environmentVariables.TOKEN is a list; allowed: text; put numbers, true and false in quotes',
    ])
  })
})
