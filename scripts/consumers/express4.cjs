// The sample of the documentation, in a folder where nothing is installed but Express 4 and this package.
const assert = require('node:assert/strict')
const express = require('express')
const { createVerifier } = require('live-key-rotator/receiver')
const { expressReceiver } = require('live-key-rotator/receiver/express')
const { buildKeyset, callbackHeaders, fakeKeyset } = require('live-key-rotator/testing')

const host = 'hooks.example.com'
const keyset = fakeKeyset(buildKeyset({ current: 'key' }))
const stored = []
const app = express()
app.post(
  '/live/snapshot',
  express.json(),
  expressReceiver(createVerifier({ keyset, host }), ({ kid }, request) => stored.push([kid, request.body])),
)
const server = app.listen(0, '127.0.0.1', async () => {
  const url = `http://127.0.0.1:${server.address().port}/live/snapshot`
  const post = (key) =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...callbackHeaders({ host, key }) },
      body: '{"stream":"room"}',
    })
  assert.equal((await post('key')).status, 200)
  assert.equal((await post('another')).status, 401)
  assert.deepEqual(
    stored.map(([, body]) => body),
    [{ stream: 'room' }],
  )
  server.close()
})
