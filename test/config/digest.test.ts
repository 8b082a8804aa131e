import { expect, test } from 'vitest'
import { configDigest, differences } from '../../lib/config/digest.ts'
import { parseConfig } from '../../lib/config/parse.ts'

const YAML = `
region: cn-shanghai
groups:
  - { name: a, secret: live/a, domains: [a.example.com] }
  - { name: b, secret: live/b, domains: [b.example.com] }
`
const digest = (yaml: string) => configDigest(parseConfig(yaml))

test('the same configuration has the same digests, however it is written', () => {
  const other = YAML.replace('region: cn-shanghai\n', '') + 'region: cn-shanghai\nttl: 1m\n'
  expect(differences(digest(YAML), digest(other))).toEqual([])
})

test.each([
  ['ttl: 2m', ['groups.a', 'groups.b']],
  ['throttle: { set: 10 }', ['throttle']],
  ['kms: { keyId: k }', ['kms']],
])('%s names the parts that differ', (more, parts) => {
  expect(differences(digest(YAML), digest(`${YAML}${more}\n`))).toEqual(parts)
})

test('a group on only one side, another region', () => {
  const one = YAML.replace(/ {2}- \{ name: b.*\n/, '').replace('cn-shanghai', 'cn-beijing')
  expect(differences(digest(YAML), digest(one))).toEqual(['groups.b', 'region'])
})

test('webhooks, endpoints and the place of receipts do not count', () => {
  const more = `notify: [{ url: 'https://oapi.dingtalk.com/robot/send?access_token=secret', format: dingtalk }]
receipts: ./kept
endpoints: { live: 'http://127.0.0.1:4710' }
`
  expect(digest(`${YAML}${more}`)).toEqual(digest(YAML))
})
