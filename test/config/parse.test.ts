import { describe, expect, test } from 'vitest'
import { parseConfig, type ParseOptions } from '../../lib/config/parse.ts'
import { RotatorError } from '../../lib/core/errors.ts'

const MINIMAL = `
region: cn-shanghai
groups:
  - name: default
    secret: live/snapshot-callback/default
    domains: [live1.example.com]
`

/** The problems of a configuration, a line each. */
function problems(text: string, options?: ParseOptions): string[] {
  try {
    parseConfig(text, options)
  } catch (error) {
    if (error instanceof RotatorError && error.code === 'config') return error.message.split('\n')
    throw error
  }
  return []
}

describe('a valid configuration', () => {
  test('gets the defaults of the contract', () => {
    expect(parseConfig(MINIMAL)).toEqual({
      region: 'cn-shanghai',
      throttle: { set: 25, query: 25, list: 50, interrupt: 15, emergency: 29 },
      groups: [
        {
          name: 'default',
          secret: 'live/snapshot-callback/default',
          domains: ['live1.example.com'],
          discover: null,
          probes: [],
          instances: null,
          apply: { tolerate: [] },
          adopt: 'newDomains',
          authSource: 'snapshotCallbackAuth',
          roleArn: null,
          ttlMs: 60_000,
          rotation: { minAgeMs: 3_600_000 },
          propagation: { marginMs: 10_000, maxMs: 3_600_000, probesCoverAllInstances: false },
          overlap: { minMs: 600_000, maxMs: 30 * 86_400_000, clockSkewMs: 60_000 },
        },
      ],
      kms: { keyId: null, instanceId: null },
      endpoints: { live: 'https://live.aliyuncs.com', kms: 'https://kms.cn-shanghai.aliyuncs.com', fc: null },
      notify: [],
      receipts: null,
    })
  })

  test('keeps all its values', () => {
    const config = parseConfig(`
# yaml-language-server: $schema=./rotation.schema.json
region: ap-southeast-1
ttl: 5m
rotation: { minAge: 12h }
propagation: { margin: 90s, max: 2h, probesCoverAllInstances: true }
overlap: { min: 1h, max: 90d, clockSkew: 0s }
throttle: { set: 30, query: 30, list: 100, interrupt: 20, emergency: 30 }
groups:
  - name: a
    secret: live/a
    discover: { suffix: .Example.com, exclude: [Old.example.com] }
    probes: ['https://hooks.example.com/live?tenant=1', 'http://10.0.0.1:8080/']
    apply: { tolerate: [gone.example.com] }
    authSource: notifyConfig
    roleArn: acs:ram::1234567890123456:role/rotator
kms: { keyId: key-1, instanceId: kst-1 }
endpoints: { live: 'https://live-vpc.ap-southeast-1.aliyuncs.com/', kms: 'http://127.0.0.1:4710', fc: 'http://[::1]:4710' }
notify: [{ url: 'https://hooks.example.com/x', format: dingtalk }, { url: 'https://hooks.example.com/y' }]
receipts: oss://bucket/prefix
`)
    expect(config.groups[0]).toMatchObject({
      domains: [],
      discover: { suffix: '.example.com', exclude: ['old.example.com'] },
      probes: ['https://hooks.example.com/live?tenant=1', 'http://10.0.0.1:8080/'],
      apply: { tolerate: ['gone.example.com'] },
      authSource: 'notifyConfig',
      roleArn: 'acs:ram::1234567890123456:role/rotator',
      ttlMs: 300_000,
      rotation: { minAgeMs: 43_200_000 },
      propagation: { marginMs: 90_000, maxMs: 7_200_000, probesCoverAllInstances: true },
      overlap: { minMs: 3_600_000, maxMs: 90 * 86_400_000, clockSkewMs: 0 },
    })
    expect(config.endpoints).toEqual({
      live: 'https://live-vpc.ap-southeast-1.aliyuncs.com',
      kms: 'http://127.0.0.1:4710',
      fc: 'http://[::1]:4710',
    })
    expect(config.kms).toEqual({ keyId: 'key-1', instanceId: 'kst-1' })
    expect(config.notify.map(({ format }) => format)).toEqual(['dingtalk', 'json'])
    expect(config.receipts).toBe('oss://bucket/prefix')
  })

  test('lets a group differ from the defaults, field by field', () => {
    const { groups } = parseConfig(`
region: cn-shanghai
ttl: 5m
overlap: { min: 1h, max: 90d }
groups:
  - { name: a, secret: live/a, domains: [a.example.com] }
  - name: b
    secret: live/b
    domains: [b.example.com]
    ttl: 10s
    rotation: { minAge: 0s }
    propagation: { margin: 1s }
    overlap: { min: 2h }
`)
    expect(groups[0]).toMatchObject({ ttlMs: 300_000, overlap: { minMs: 3_600_000, maxMs: 90 * 86_400_000 } })
    expect(groups[1]).toMatchObject({
      ttlMs: 10_000,
      rotation: { minAgeMs: 0 },
      propagation: { marginMs: 1_000, maxMs: 3_600_000, probesCoverAllInstances: false },
      overlap: { minMs: 7_200_000, maxMs: 90 * 86_400_000, clockSkewMs: 60_000 },
    })
  })

  test('reads thousands of domains from a file beside it', () => {
    const names = Array.from({ length: 5_000 }, (_, i) => `live${i}.example.com`)
    const read: string[] = []
    const { groups } = parseConfig(
      MINIMAL.replace('live1.example.com]', 'other.example.com]\n    domainsFile: more/domains.txt'),
      {
        file: 'conf/rotation.yaml',
        readFile: (path) => {
          read.push(path)
          return `\uFEFF# all of them\r\n\r\n${names.map((name) => `${name.toUpperCase()}  # a comment`).join('\r\n')}`
        },
      },
    )
    expect(read).toEqual(['conf/more/domains.txt'])
    expect(groups[0]?.domains).toEqual(['other.example.com', ...names])
  })

  test('may name a secret of another account that has the same name as one of ours', () => {
    const { groups } = parseConfig(`
region: cn-shanghai
groups:
  - { name: a, secret: live/a, domains: [a.example.com], roleArn: 'acs:ram::41:role/rotator' }
  - { name: b, secret: live/a, domains: [b.example.com], roleArn: 'acs:ram::42:role/rotator' }
`)
    expect(groups.map(({ secret }) => secret)).toEqual(['live/a', 'live/a'])
  })

  test('resolves the folder for receipts relative to itself', () => {
    const inFolder = (folder: string) =>
      parseConfig(`${MINIMAL}receipts: ${folder}\n`, { file: 'conf/rotation.yaml' }).receipts
    expect(inFolder('./receipts')).toBe('conf/receipts')
    expect(inFolder('/var/receipts')).toBe('/var/receipts')
  })
})

describe('endpoints of the environment', () => {
  test('win over the file', () => {
    const env = {
      ROTATOR_LIVE_ENDPOINT: 'http://127.0.0.1:4710',
      ROTATOR_FC_ENDPOINT: 'http://localhost:4711/',
    }
    expect(
      parseConfig(`${MINIMAL}endpoints: { live: 'https://live.aliyuncs.com' }\n`, { env }).endpoints,
    ).toEqual({
      live: 'http://127.0.0.1:4710',
      kms: 'https://kms.cn-shanghai.aliyuncs.com',
      fc: 'http://localhost:4711',
    })
  })

  test.each([
    'http://live.aliyuncs.com',
    'http://127.0.0.1.example.com',
    'https://live.aliyuncs.com/path',
    'https://user:word@live.aliyuncs.com',
    'https://live.aliyuncs.com?x=1',
    'live.aliyuncs.com',
  ])('refuse %s', (endpoint) => {
    const [problem, ...others] = problems(MINIMAL, { env: { ROTATOR_KMS_ENDPOINT: endpoint } })
    expect(problem).toBe(
      'ROTATOR_KMS_ENDPOINT must be a server such as https://live.aliyuncs.com (http only on this machine), without a path',
    )
    expect(others).toEqual([])
  })
})

test.each(['LIVE', 'KMS', 'FC', 'STS', 'OSS'])('ROTATOR_%s_ENDPOINT is checked', (server) => {
  const name = `ROTATOR_${server}_ENDPOINT`
  expect(problems(MINIMAL, { env: { [name]: 'https://x.example.com/path' } })).toEqual([
    expect.stringMatching(`^${name} must be a server such as .*, without a path$`),
  ])
  expect(problems(MINIMAL, { env: { [name]: 'https://x.example.com' } })).toEqual([])
  expect(problems(MINIMAL, { env: { [name]: '' } })).toEqual([])
})

describe('instances', () => {
  const instancesOf = (group: string, propagation: string) =>
    parseConfig(`${MINIMAL}    ${group}\npropagation: ${propagation}\n`).groups[0]?.instances

  test('apply to every probe that has no number of its own', () => {
    const probes =
      'probes: [https://a.test/, { url: https://b.test/, instances: 5 }, { url: https://c.test/ }]'
    expect(instancesOf(probes, '{ instances: 2 }')).toEqual(
      new Map([
        ['https://a.test/', 2],
        ['https://b.test/', 5],
        ['https://c.test/', 2],
      ]),
    )
    expect(instancesOf('probes: [{ url: https://c.test/ }]', '{ margin: 1s }')).toBeNull()
  })

  test('can be unset for one group', () => {
    expect(instancesOf('propagation: { instances: null }', '{ instances: 2 }')).toBeNull()
  })
})

describe('an invalid configuration', () => {
  test.each([
    ['ttl: soon', 'ttl must be a duration such as 90s, 5m, 12h or 30d, not "soon"'],
    ['ttl: 60', 'ttl must be a duration such as 90s, 5m, 12h or 30d, not 60'],
    ['ttl: 1.5h', 'ttl must be a duration such as 90s, 5m, 12h or 30d, not "1.5h"'],
    ['ttl: 0s', 'ttl must be from 1s to 1d, not 0s'],
    ['ttl: 25h', 'ttl must be from 1s to 1d, not 25h'],
    ['ttl: 60s\nsecert: x', 'secert is unknown; the fields here are region, ttl, rotation'],
    ['throttle: { set: 31 }', 'throttle.set must be a whole number of calls per second from 1 to 30, not 31'],
    [
      'throttle: { query: 31 }',
      'throttle.query must be a whole number of calls per second from 1 to 30, not 31',
    ],
    [
      'throttle: { list: 101 }',
      'throttle.list must be a whole number of calls per second from 1 to 100, not 101',
    ],
    [
      'throttle: { interrupt: 21 }',
      'throttle.interrupt must be a whole number of calls per second from 1 to 20, not 21',
    ],
    [
      'throttle: { emergency: 31 }',
      'throttle.emergency must be a whole number of calls per second from 1 to 30, not 31',
    ],
    ['throttle: { set: 0 }', 'throttle.set must be a whole number of calls per second from 1 to 30, not 0'],
    [
      'throttle: { set: 2.5 }',
      'throttle.set must be a whole number of calls per second from 1 to 30, not 2.5',
    ],
    ['overlap: []', 'overlap must have the fields min, max, clockSkew, not a list'],
    ['ttl: [60s]', 'ttl must be a duration such as 90s, 5m, 12h or 30d, not a list'],
    ['ttl: { s: 60 }', 'ttl must be a duration such as 90s, 5m, 12h or 30d, not an object'],
    ['notify: { url: x }', 'notify must be a list of webhooks, not an object'],
    ['overlap:', 'overlap must have the fields min, max, clockSkew, not null'],
    ['overlap: { min: 2d, max: 1d }', 'overlap.max must be at least overlap.min (2d), not 1d'],
    ['propagation: { max: 65s }', 'propagation.max must be at least ttl + propagation.margin (70s), not 65s'],
    ['kms: { keyId: 5 }', 'kms.keyId must be the id of a KMS key, not 5'],
    ["notify: ['https://hooks.example.com/SECRET']", 'notify[0] must have the fields'],
    [
      "notify: [{ 'https://hooks.example.com/SECRET': 1, url: 'https://x.example.com' }]",
      'notify[0].… is unknown',
    ],
    [
      "notify: [{ url: 'https://x.example.com', format: 'https://hooks.example.com/SECRET' }]",
      'notify[0].format must be',
    ],
    ["notify: [{ url: 'ftp://user:SECRET@x.example.com' }]", 'notify[0].url must be an https URL'],
    ["receipts: 's3://user:SECRET@bucket'", 'receipts must be oss://bucket/prefix or a folder, not a URL'],
    ['notify: [{ format: json }]', 'notify[0].url is required'],
    [
      "notify: [{ url: 'https://x.example.com', format: xml }]",
      'notify[0].format must be dingtalk, feishu, slack or json',
    ],
    ['receipts: s3://bucket', 'receipts must be oss://bucket/prefix or a folder, not a URL'],
  ])('%s', (line, problem) => {
    const found = problems(`${MINIMAL}${line}\n`)
    expect(found).toHaveLength(1)
    expect(found[0]?.replace(/^rotation\.yaml:\d+: /, '')).toContain(problem)
    expect(found[0]).not.toContain('SECRET')
  })

  test.each([
    ['domains: []', 'groups[0] needs domains, domainsFile or discover'],
    ['domains: [live]', 'groups[0].domains[0] must be a domain name such as live.example.com, not "live"'],
    [
      'domains: [-a.example.com]',
      'groups[0].domains[0] must be a domain name such as live.example.com, not "-a.example.com"',
    ],
    [
      'domains: ["*.example.com"]',
      'groups[0].domains[0] must be a domain name such as live.example.com, not "*.example.com"',
    ],
    [
      'domains: live1.example.com',
      'groups[0].domains must be a list of domain names, not "live1.example.com"',
    ],
    [
      'domains: [a.example.com, A.example.com]',
      'groups[0].domains[1] names a.example.com a second time, after groups[0].domains[0]',
    ],
    [
      'domains: [a.example.com]\n    apply: { tolerate: [b.example.com] }',
      'groups[0].apply.tolerate[0] must be one of the group\'s domains, not "b.example.com"',
    ],
    [
      'domains: [a.example.com]\n    overlap: { max: 1m }',
      'groups[0].overlap.max must be at least overlap.min (10m), not 1m',
    ],
    [
      'domains: [a.example.com]\n    ttl: 2h',
      'groups[0].propagation.max must be at least ttl + propagation.margin (7210s), not 1h',
    ],
    [
      'domains: [a.example.com]\n    authSource: both',
      'groups[0].authSource must be snapshotCallbackAuth or notifyConfig, not "both"',
    ],
    [
      'domains: [a.example.com]\n    roleArn: rotator',
      'groups[0].roleArn must be a role such as acs:ram::1234567890123456:role/rotator, not "rotator"',
    ],
    [
      'domains: [a.example.com]\n    domainsFile: nowhere.txt',
      'groups[0].domainsFile names nowhere.txt, which cannot be read (there is no such file): write a domain on each of its lines, or correct the path, which starts where rotation.yaml is',
    ],
    [
      'domainsFile: nowhere.txt',
      'groups[0].domainsFile names nowhere.txt, which cannot be read (there is no such file): write a domain on each of its lines, or correct the path, which starts where rotation.yaml is',
    ],
    [
      'domainsFile: nowhere.txt\n    apply: { tolerate: [a.example.com] }',
      'groups[0].domainsFile names nowhere.txt, which cannot be read (there is no such file): write a domain on each of its lines, or correct the path, which starts where rotation.yaml is',
    ],
    ['discover: {}', 'groups[0].discover.suffix is required'],
  ])('a group with %s', (fields, problem) => {
    const found = problems(MINIMAL.replace('domains: [live1.example.com]', fields))
    expect(found.map((line) => line.replace(/^rotation\.yaml:\d+: /, ''))).toEqual([problem])
  })

  test.each(['acs/live/a', 'with space', '', 'a'.repeat(193), 'sécret', 'a:b'])(
    'the secret name "%s"',
    (secret) => {
      expect(problems(MINIMAL.replace('live/snapshot-callback/default', JSON.stringify(secret)))[0]).toMatch(
        /^rotation\.yaml:5: groups\[0\]\.secret must be 1 to 192 letters, digits or _\/\+=\.-@/,
      )
    },
  )

  test('groups that share a name, a secret or a domain', () => {
    expect(
      problems(`
region: cn-shanghai
groups:
  - name: a
    secret: live/a
    domains: [a.example.com]
  - name: a
    secret: live/a
    domains: [A.EXAMPLE.com]
`),
    ).toEqual([
      'rotation.yaml:7: groups[1].name "a" is also the name of groups[0]: rename one',
      'rotation.yaml:8: groups[1].secret "live/a" is also the secret of groups[0]: give each group its own',
      'rotation.yaml:9: groups[1].domains[0] names a.example.com a second time, after groups[0].domains[0]; a domain belongs to one group only',
    ])
  })

  test.each([
    [null, 'acs:ram::42:role/one'],
    ['acs:ram::42:role/one', null],
    ['acs:ram::42:role/one', 'acs:ram::42:role/two'],
  ])('groups that share a secret where %s and %s may be in one account', (one, other) => {
    const group = (name: string, roleArn: string | null): string =>
      `  - { name: ${name}, secret: live/a, domains: [${name}.example.com]${roleArn === null ? '' : `, roleArn: '${roleArn}'`} }\n`
    expect(problems(`region: cn-shanghai\ngroups:\n${group('a', one)}${group('b', other)}`)).toEqual([
      'rotation.yaml:4: groups[1].secret "live/a" is also the secret of groups[0]: give each group its own',
    ])
  })

  test('an error in a default is reported once, at the default', () => {
    const text = `${MINIMAL}  - { name: b, secret: live/b, domains: [b.example.com] }\noverlap: { max: 1m }\n`
    expect(problems(text)).toEqual([
      'rotation.yaml:8: overlap.max must be at least overlap.min (10m), not 1m',
    ])
  })

  test.each([
    [
      'probes: [https://a.test/]',
      '{ instances: 0 }',
      'propagation.instances must be a whole number from 1 to 200, not 0',
    ],
    [
      'probes: [https://a.test/]',
      '{ instances: 201 }',
      'propagation.instances must be a whole number from 1 to 200, not 201',
    ],
    [
      'probes: [https://a.test/]',
      '{ instances: 1.5 }',
      'propagation.instances must be a whole number from 1 to 200, not 1.5',
    ],
    [
      'probes: [https://a.test/]',
      '{ instances: two }',
      'propagation.instances must be a whole number from 1 to 200, not "two"',
    ],
    [
      'apply: {}',
      '{ instances: 2 }',
      'propagation.instances needs probes in group default: the callback URLs of all its receivers',
    ],
    [
      'probes: [https://a.test/]',
      '{ instances: 2, probesCoverAllInstances: true }',
      'propagation.instances cannot be combined with probesCoverAllInstances, as both shorten the same wait: remove one',
    ],
    [
      'probes: [{ url: https://a.test/, instances: 2 }]',
      '{ margin: 1s }',
      'groups[0].probes[0].instances needs propagation.instances, which states that the probes name every callback URL',
    ],
    ['probes: [{ instances: 2 }]', '{ instances: 2 }', 'groups[0].probes[0].url is required'],
    [
      'probes: [{ url: ftp://a.test/ }]',
      '{ instances: 2 }',
      'groups[0].probes[0].url must be an http or https URL without credentials or fragment',
    ],
    ['probes: [[https://a.test/]]', '{ instances: 2 }', 'groups[0].probes[0] must be'],
  ])('instances: %s with %s', (group, propagation, problem) => {
    const found = problems(`${MINIMAL}    ${group}\npropagation: ${propagation}\n`)
    expect(found.map((line) => line.replace(/^rotation\.yaml:\d+: /, ''))).toEqual([
      expect.stringContaining(problem),
    ])
  })

  test('a file of domains, with its own lines', () => {
    const text = MINIMAL.replace('domains: [live1.example.com]', 'domainsFile: domains.txt')
    const readFile = () => 'a.example.com\nnot a domain\na.example.com\n'
    expect(problems(text, { file: '/etc/rotation.yaml', readFile })).toEqual([
      '/etc/domains.txt:2: a line must be a domain name such as live.example.com, not "not a domain"',
      '/etc/domains.txt:3: names a.example.com a second time, after /etc/domains.txt:1',
    ])
  })

  test.each([
    [
      '# none yet\n',
      'rotation.yaml:6: groups[0].domainsFile names domains.txt, which lists no domain: write one on each of its lines, or leave domainsFile out',
    ],
    ['live\n', 'domains.txt:1: a line must be a domain name such as live.example.com, not "live"'],
  ])('a file of domains that has %j', (content, problem) => {
    const text = MINIMAL.replace('domains: [live1.example.com]', 'domainsFile: domains.txt')
    expect(problems(text, { readFile: () => content })).toEqual([problem])
  })

  test('all problems at once, in the order of the file', () => {
    expect(
      problems(`region: nowhere!
ttl: soon
groups:
  - secret: live/a
    domains:
      - a.example.com
      - 7
throttel: {}
`),
    ).toEqual([
      'rotation.yaml:1: region must be a region of KMS such as cn-shanghai, not "nowhere!"',
      'rotation.yaml:2: ttl must be a duration such as 90s, 5m, 12h or 30d, not "soon"',
      'rotation.yaml:4: groups[0].name is required',
      'rotation.yaml:7: groups[0].domains[1] must be a domain name such as live.example.com, not 7',
      expect.stringMatching(/^rotation\.yaml:8: throttel is unknown; the fields here are region, ttl, /),
    ])
  })

  test('text that is not YAML, with its line', () => {
    expect(problems('region: cn-shanghai\ngroups: [\n')[0]).toMatch(
      /^rotation\.yaml:\d: the text is not YAML: Flow sequence/,
    )
    expect(problems('region: a\nregion: b\n')).toEqual([
      'rotation.yaml:2: this key appears here a second time',
    ])
    expect(problems('region: a\n---\nregion: b\n')).toEqual([
      'rotation.yaml:2: a second document starts here; the file must hold only one',
    ])
  })

  test('text that is not YAML is not repeated, because it may contain a token', () => {
    expect(problems("notify: 'x'geheim")).toEqual([
      'rotation.yaml:1: the text is not YAML: Unexpected scalar at node end',
    ])
    const found = problems('{ region: a }\n? geheim\na: {b} }geheim')
    expect(found[0]).toMatch(/not YAML/)
    expect(found.join('\n')).not.toContain('geheim')
  })

  test.each(['', '\n\n', '# only a comment\n', '---\n', '\uFEFF', 'null\n'])('an empty file: %j', (text) => {
    const [problem = '', ...others] = problems(text)
    expect(others).toEqual([])
    expect(problem).toMatch(/^rotation\.yaml: the file is empty; it needs region and groups, for example /)
    const example = problem.slice(problem.indexOf('{'))
    expect(problems(example)).toEqual([])
  })

  test.each([
    ['hello', '"hello"'],
    ['- a', 'a list'],
  ])('a file that is not a configuration: %s', (text, what) => {
    const [problem, ...others] = problems(text)
    expect(others).toEqual([])
    expect(problem).toMatch(/^rotation\.yaml:1: the file must have the fields region, ttl, /)
    expect(problem?.endsWith(`, not ${what}`)).toBe(true)
  })

  test('never repeats a URL: it may hold a token', () => {
    const text = `${MINIMAL}notify: [{ url: 'http://hooks.example.com/?access_token=geheim' }]\nendpoints: { live: 'https://u:geheim@x.example.com' }\n`
    const withProbe = text.replace(
      'domains: [',
      "probes: ['ftp://x.example.com/geheim', 'https://u:geheim@x.example.com/']\n    domains: [",
    )
    const found = problems(withProbe, { env: { ROTATOR_KMS_ENDPOINT: 'http://x.example.com/geheim' } })
    expect(found).toHaveLength(5)
    expect(found.join('\n')).not.toContain('geheim')
  })
})
