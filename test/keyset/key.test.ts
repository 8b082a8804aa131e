import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import { Key } from '../../lib/keyset/key.ts'

it('a key of 1 and one of 256 characters is taken', () => {
  expect(Key.of('x').reveal()).toBe('x')
  expect(Key.of('x'.repeat(256)).reveal()).toBe('x'.repeat(256))
})

it('a key that is refused is not in the message', () => {
  const value = 'secret'.repeat(50)
  expect(() => Key.of(value)).toThrow(/^a key must have 1 to 256 characters, not 300$/)
})

it('a key is shown by four digits of its kid, wherever it is printed', () => {
  const key = Key.of('yourkey')
  expect([String(key), key.toJSON(), inspect(key)]).toEqual(Array(3).fill('[key 62a7…]'))
})
