import fastify from 'fastify'
import { expect, it, onTestFinished } from 'vitest'
import { fastifyReceiver } from '../../lib/receiver/adapters/fastify.ts'
import { createVerifier, staticKeyset } from '../../lib/receiver/index.ts'
import { callbackHeaders } from '../../lib/receiver/testing.ts'
import { documentOf, HOST } from './support.ts'

const verify = createVerifier({ keyset: staticKeyset(documentOf([['current', 'k']])), host: HOST })

it.each([
  [undefined, ''],
  [null, 'null'],
  ['', ''],
  [{ stored: true }, '{"stored":true}'],
])(
  'fastifyReceiver answers as a plain route does when user code returns %j',
  async (result, body) => {
    const app = fastify()
    onTestFinished(() => app.close())
    app.post(
      '/',
      fastifyReceiver(verify, () => Promise.resolve(result)),
    )
    const headers = callbackHeaders({ host: HOST, key: 'k' })
    const answer = await app.inject({ method: 'POST', url: '/', headers })
    expect([answer.statusCode, answer.body]).toEqual([200, body])
  },
  2_000,
)
