import { expect, it } from 'vitest'
import { noAnswerReason } from '../../lib/core/no-answer.ts'

const refused = Object.assign(new Error('connect 127.0.0.1:1'), { code: 'ECONNREFUSED' })

it.each([
  [new TypeError('fetch failed', { cause: refused }), 'no connection ECONNREFUSED'],
  [new TypeError('fetch failed', { cause: new Error('?token=s3cret') }), 'no connection'],
  [new TypeError('bad URL https://user:s3cret@example.com/'), 'no connection'],
  [new DOMException('aborted', 'TimeoutError'), 'no answer in 5 s'],
  ['s3cret', 'no connection'],
])('says of %o only what kind of failure it is', (error, reason) => {
  expect(noAnswerReason(error, 5_000)).toBe(reason)
})
