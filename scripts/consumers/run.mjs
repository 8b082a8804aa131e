import assert from 'node:assert/strict'
import { createVerifier, kmsKeyset } from 'live-key-rotator/receiver'
import { buildKeyset, callbackHeaders, fakeKeyset } from 'live-key-rotator/testing'

for (const name of ['node', 'express', 'fastify', 'hono', 'koa', 'nest', 'web', 'fc', 'testing']) {
  const exported = await import(`live-key-rotator/receiver/${name}`)
  assert.ok(
    Object.values(exported).some((value) => typeof value === 'function'),
    name,
  )
}
const verify = createVerifier({
  keyset: fakeKeyset(buildKeyset({ current: 'key' })),
  host: 'hooks.example.com',
})
const headers = callbackHeaders({ host: 'hooks.example.com', key: 'key' })
const answer = await verify({
  timestamp: headers['ali-live-timestamp'],
  signature: headers['ali-live-signature'],
})
assert.equal(answer.verdict, 'accepted')

// Nothing else needs to be installed: it signs and makes the call.
const credentials = { accessKeyId: 'id', accessKeySecret: 'secret' }
const unreachable = kmsKeyset({
  region: 'cn-shanghai',
  secret: 'secret',
  credentials,
  endpoint: 'http://127.0.0.1:1',
})
await assert.rejects(unreachable.reload(), /no answer from 127\.0\.0\.1:1/)
unreachable.close()
