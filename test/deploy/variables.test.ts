import { describe, expect, it, vi } from 'vitest'
import { readReceiverConfig } from '../../functions/receive/config.ts'
import type { Props } from '../../deploy/rules.mjs'
import { render } from '../../deploy/render.mjs'
import { variableProblems } from '../../deploy/variables.mjs'
import { ROOT } from './project.ts'

type Variables = Readonly<Record<string, string>>

/** The props of s.yaml, rendered under `env`. */
async function rendered(name: 'rotator' | 'receiver', env: Variables): Promise<Props> {
  for (const [variable, value] of Object.entries(env)) vi.stubEnv(variable, value)
  return (await render(ROOT, 's.yaml')).resources[name]!.props as Props
}

describe('the variables of the receiver in s.yaml', { timeout: 60_000 }, () => {
  it('are those that the receiver reads, and none is empty', async () => {
    const props = await rendered('receiver', {})
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
    const props = await rendered('receiver', {
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

  it('follow the region of the functions', async () => {
    const { environmentVariables } = await rendered('receiver', { REGION: 'cn-beijing' })
    expect(environmentVariables).toMatchObject({
      RECEIVER_REGION: 'cn-beijing',
      ROTATOR_KMS_ENDPOINT: 'kms.cn-beijing.aliyuncs.com',
    })
  })
})

it('no function gets the endpoints that are exported for a local cloud', { timeout: 60_000 }, async () => {
  const local = 'http://127.0.0.1:4710'
  const env = { ROTATOR_LIVE_ENDPOINT: local, ROTATOR_KMS_ENDPOINT: local, ROTATOR_FC_ENDPOINT: local }
  for (const name of ['rotator', 'receiver'] as const) {
    expect(JSON.stringify(await rendered(name, env))).not.toContain('127.0.0.1')
  }
})

describe('variables that the functions would refuse', () => {
  const timer = { triggers: [{ triggerType: 'timer' }] }
  const http = { region: 'cn-shanghai', triggers: [{ triggerType: 'http' }] }
  const receiver = {
    RECEIVER_SECRET: 'a',
    RECEIVER_HOST: 'a.live.test',
    RECEIVER_TARGET: 'https://callbacks.live.test',
  }
  const problems = (name: string, props: object, environmentVariables: Variables) =>
    variableProblems(name, { ...props, environmentVariables } as unknown as Props)

  it.each([
    [
      'ROTATOR_LIVE_ENDPOINT',
      'https://live.aliyuncs.com/geheim',
      'ROTATOR_LIVE_ENDPOINT must be a server such as',
    ],
    ['ROTATOR_KMS_ENDPOINT', 'kms.geheim', 'ROTATOR_KMS_ENDPOINT must be a server such as'],
    ['ROTATOR_STS_ENDPOINT', 'sts.geheim', 'ROTATOR_STS_ENDPOINT must be a server such as'],
    ['ROTATOR_OSS_ENDPOINT', 'https://oss.live.test/geheim', 'ROTATOR_OSS_ENDPOINT must be a server such as'],
  ])('%s of the rotator', async (variable, value, problem) => {
    const found = await problems('rotator', timer, { LOG_LEVEL: 'info', [variable]: value })
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(`resources.rotator.props.environmentVariables: ${problem}`)
    expect(found[0]).not.toContain('geheim')
  })

  it.each([
    [{ RECEIVER_QUARANTINED: 'maybe' }, 'RECEIVER_QUARANTINED must be forward or refuse'],
    [{ RECEIVER_TARGET: 'ftp://geheim' }, 'RECEIVER_TARGET must be an http(s) URL'],
    [{ RECEIVER_TARGET: 'https://a.live.test/geheim' }, 'RECEIVER_TARGET is the receiver itself'],
    [{ RECEIVER_HOST: '*.geheim.test' }, 'RECEIVER_HOST must be hosts'],
    [{ RECEIVER_SECRET: 'live geheim' }, 'RECEIVER_SECRET must be the name of a secret'],
    [{ RECEIVER_HOST: '' }, 'RECEIVER_HOST is not set'],
    [
      { ROTATOR_KMS_ENDPOINT: 'http://kms.geheim' },
      'ROTATOR_KMS_ENDPOINT must be a host or an https: address',
    ],
  ])('%j of the receiver', async (variables, problem) => {
    const found = await problems('receiver', http, { ...receiver, ...variables })
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(`resources.receiver.props.environmentVariables: ${problem}`)
    expect(found[0]).not.toContain('geheim')
  })

  it('none if all are valid, or if a function is neither', async () => {
    const good = {
      ROTATOR_LIVE_ENDPOINT: 'https://live.aliyuncs.com',
      ROTATOR_OSS_ENDPOINT: 'https://oss.live.test',
    }
    expect(await problems('rotator', timer, good)).toEqual([])
    expect(await problems('receiver', http, receiver)).toEqual([])
    expect(await problems('other', http, { TOKEN: 'x' })).toEqual([])
    expect(await variableProblems('other', http as unknown as Props)).toEqual([])
  })
})
