import { Ajv } from 'ajv'
import { expect, test } from 'vitest'
import { configJsonSchema } from '../../lib/config/json-schema.ts'

test('rotation.schema.json matches the code: `npm run schema` updates it', async () => {
  await expect(configJsonSchema()).toMatchFileSnapshot('../../rotation.schema.json')
})

test('accepts valid and refuses invalid configurations', () => {
  const validate = new Ajv({ allowUnionTypes: true }).compile(JSON.parse(configJsonSchema()) as object)
  const right = {
    region: 'cn-shanghai',
    ttl: '60s',
    groups: [{ name: 'a', secret: 'live/a', domains: ['a.example.com'] }],
    kms: { keyId: null },
  }
  expect(validate(right)).toBe(true)
  expect(validate({ ...right, ttl: '60' })).toBe(false)
  expect(validate({ ...right, throttle: { set: 31 } })).toBe(false)
  expect(validate({ ...right, secrets: [] })).toBe(false)
  expect(validate({ ...right, groups: [{ name: 'a' }] })).toBe(false)
})

test('describes every field', () => {
  const schema = JSON.parse(configJsonSchema()) as { properties: Record<string, { description?: string }> }
  expect(schema.properties['ttl']?.description).toContain('receiver')
  expect(schema.properties['throttle']?.description).toContain('Calls per second')
})
