import { inspect } from 'node:util'
import { expect, it } from 'vitest'
import { Key } from '../../lib/keyset/key.ts'

it('accepts keys of 1 and of 256 characters', () => {
  expect(Key.of('x').reveal()).toBe('x')
  expect(Key.of('x'.repeat(256)).reveal()).toBe('x'.repeat(256))
})

it('does not show a refused key in the message', () => {
  const value = 'secret'.repeat(50)
  expect(() => Key.of(value)).toThrow(/^a key must have 1 to 256 characters, not 300$/)
})

it('prints a key as four digits of its kid, everywhere', () => {
  const key = Key.of('yourkey')
  expect([String(key), key.toJSON(), inspect(key)]).toEqual(Array(3).fill('[key 62a7…]'))
})
