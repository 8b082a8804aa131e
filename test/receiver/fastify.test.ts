import fastify from 'fastify'
import { expect, it, onTestFinished } from 'vitest'
import { fastifyReceiver } from '../../lib/receiver/adapters/fastify.ts'
import { createVerifier, staticKeyset } from '../../lib/receiver/index.ts'
import { callbackHeaders } from '../../lib/receiver/testing.ts'
import { fastify4 } from './adapters.ts'
import { documentOf, HOST } from './support.ts'

const verify = createVerifier({ keyset: staticKeyset(documentOf([['current', 'k']])), host: HOST })

it.each([
  [undefined, ''],
  [null, 'null'],
  ['', ''],
  [{ stored: true }, '{"stored":true}'],
])(
  'fastifyReceiver answers like a plain route if user code returns %j',
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

it.each([
  ['Fastify 5', fastify],
  ['Fastify 4', fastify4],
])('fastifyReceiver respects the body limit of each route, in %s', async (_, framework) => {
  const app = framework()
  onTestFinished(() => app.close())
  const routes = { '/small': 20, '/large': 2_000_000 }
  for (const [url, bodyLimit] of Object.entries(routes)) {
    app.post(url, { ...fastifyReceiver(verify, () => 'stored'), bodyLimit })
  }
  const statusOf = async (url: string, length: number): Promise<number> => {
    const headers = { ...callbackHeaders({ host: HOST, key: 'k' }), 'content-type': 'application/json' }
    const payload = JSON.stringify('x'.repeat(length - 2))
    return (await app.inject({ method: 'POST', url, headers, payload })).statusCode
  }
  expect(await statusOf('/small', 20)).toBe(200)
  expect(await statusOf('/large', 1_500_000)).toBe(200)
  expect(await statusOf('/small', 21)).toBe(413)
  expect(await statusOf('/large', 2_000_001)).toBe(413)
})
