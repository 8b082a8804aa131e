import { expect, it } from 'vitest'
import { jsonFields, parsedJson } from '../../lib/core/json.ts'

it.each([
  ['{"a":1}', { a: 1 }, { a: 1 }],
  ['[7]', [7], { 0: 7 }],
  ['null', null, {}],
  ['"text"', 'text', {}],
  ['{"key":"s3cr', undefined, {}],
  ['', undefined, {}],
])('%s has a value and fields, and no other text has any', (text, value, fields) => {
  expect(parsedJson(text)).toEqual(value)
  expect(jsonFields(text)).toEqual(fields)
})
