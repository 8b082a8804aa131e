import { describe, expect, it } from 'vitest'
import type { Props } from '../../deploy/rules.mjs'
import { variableProblems } from '../../deploy/variables.mjs'

type Variables = Readonly<Record<string, string>>

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
