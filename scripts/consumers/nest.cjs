// A guard in a controller of Nest, on Express and on Fastify: node nest.cjs
require('reflect-metadata')
const assert = require('node:assert/strict')
const { Body, Controller, HttpCode, Logger, Post, Req, UseGuards } = require('@nestjs/common')
const { NestFactory } = require('@nestjs/core')
const { FastifyAdapter } = require('@nestjs/platform-fastify')
const { createVerifier } = require('live-key-rotator/receiver')
const { nestReceiver } = require('live-key-rotator/receiver/nest')
const { buildKeyset, callbackHeaders, fakeKeyset } = require('live-key-rotator/testing')

const host = 'hooks.example.com'
const keyset = fakeKeyset(buildKeyset({ current: 'key', compromised: ['leaked'] }))
const guard = nestReceiver(createVerifier({ keyset, host }))

/** What a compiler makes of decorators. */
function controller(stored) {
  class LiveController {
    snapshot(request, body) {
      stored.push([request.liveCallback.verdict, body])
    }
  }
  const { prototype } = LiveController
  const method = Object.getOwnPropertyDescriptor(prototype, 'snapshot')
  Req()(prototype, 'snapshot', 0)
  Body()(prototype, 'snapshot', 1)
  for (const decorate of [UseGuards(guard), HttpCode(200), Post('snapshot')]) {
    decorate(prototype, 'snapshot', method)
  }
  Controller('live')(LiveController)
  return LiveController
}

async function check(platform) {
  const stored = []
  class AppModule {}
  const app = await NestFactory.create({ module: AppModule, controllers: [controller(stored)] }, platform)
  await app.listen(0, '127.0.0.1')
  const { port } = app.getHttpServer().address()
  const post = async (headers) => {
    const url = `http://127.0.0.1:${port}/live/snapshot`
    const json = { 'content-type': 'application/json' }
    const answer = await fetch(url, {
      method: 'POST',
      headers: { ...json, ...headers },
      body: '{"stream":"room"}',
    })
    return [answer.status, await answer.text()]
  }
  const signed = (key) => callbackHeaders({ host, key })
  assert.deepEqual(await post(signed('key')), [200, ''])
  assert.deepEqual(await post(signed('another')), [401, ''])
  assert.deepEqual(await post(signed('leaked')), [401, ''])
  assert.deepEqual(await post({}), [401, ''])
  assert.deepEqual(await post({ ...signed('key'), 'x-live-key-probe': '1' }), [204, ''])
  assert.deepEqual(await post({ ...signed('another'), 'x-live-key-probe': '1' }), [401, ''])
  assert.deepEqual(stored, [['accepted', { stream: 'room' }]])
  await app.close()
}

Logger.overrideLogger(false)
check()
  .then(() => check(new FastifyAdapter()))
  .then(() => console.log('done'))
