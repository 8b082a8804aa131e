import { inspect } from 'node:util'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { translateError } from '../../lib/alibaba/transport/errors.ts'
import { isOrQuotes, quotes, secretsIn } from '../../lib/alibaba/transport/hidden.ts'

const CALL = { api: 'PutSecretValue', product: 'kms', subject: 'secret live/keyset' }
const KEYS = ['yourkey', 'letmein', 'secret key', 'a"b', 'correcthorse', 'ключ', 'User']
const DOCUMENT = JSON.stringify({
  format: 'live-keyset/1',
  keys: KEYS.map((key, n) => ({ kid: String(n), key })),
})

it.each(KEYS)('hides the key %s of a keyset if a server quotes only the key', (key) => {
  const data = { Code: 'InvalidParameter', Message: `The value ${key} is not valid.`, RequestId: '1' }
  const error = translateError({ statusCode: 400, data }, CALL, secretsIn(DOCUMENT))
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(` ${key} `)
  expect(error).toMatchObject({ code: 'invalidRequest', vendorCode: 'InvalidParameter' })
})

it('keeps the vendor’s code, however short a key is, unless the code is the key', () => {
  const codeOf = (Code: string) =>
    translateError({ statusCode: 400, data: { Code } }, CALL, secretsIn(DOCUMENT))
  expect(codeOf('Throttling.User')).toMatchObject({ code: 'throttled', vendorCode: 'Throttling.User' })
  expect(codeOf('yourkey').vendorCode).toBeUndefined()
  expect(codeOf('Bad.correcthorse').vendorCode).toBeUndefined()
})

it('hides a secret wherever it appears, and a short one only as a whole word', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string(), fc.string(), (secret, before, after) => {
      expect(quotes(`${before} ${secret} ${after}`, [secret])).toBe(true)
      expect(isOrQuotes(secret, [secret])).toBe(true)
    }),
  )
  expect(quotes('The resource is absent.', ['sent', ''])).toBe(false)
  expect(quotes('anything', [])).toBe(false)
})
