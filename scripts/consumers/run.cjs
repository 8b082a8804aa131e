const assert = require('node:assert/strict')
const { createVerifier, kmsKeyset, RotatorError } = require('live-key-rotator/receiver')
const { buildKeyset, callbackHeaders, fakeKeyset } = require('live-key-rotator/testing')

for (const name of ['node', 'express', 'fastify', 'hono', 'koa', 'nest', 'web', 'fc', 'testing']) {
  const exported = require(`live-key-rotator/receiver/${name}`)
  assert.ok(
    Object.values(exported).some((value) => typeof value === 'function'),
    name,
  )
}

async function main() {
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

  const credentials = { accessKeyId: 'id', accessKeySecret: 'secret' }
  const unreachable = kmsKeyset({
    region: 'cn-shanghai',
    secret: 'secret',
    credentials,
    endpoint: 'http://127.0.0.1:1',
  })
  await assert.rejects(
    unreachable.reload(),
    (error) => error instanceof RotatorError && error.code === 'unavailable',
  )
  unreachable.close()
}

void main()
