// Compiled with the frameworks installed, in both their older and newer major versions.
import { Body, Controller, HttpCode, Post, Req, UseGuards } from '@nestjs/common'
import express from 'express'
import { fastify } from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { createVerifier, staticKeyset, type Callback } from 'live-key-rotator/receiver'
import { expressReceiver } from 'live-key-rotator/receiver/express'
import { fastifyReceiver } from 'live-key-rotator/receiver/fastify'
import { honoReceiver } from 'live-key-rotator/receiver/hono'
import { koaReceiver } from 'live-key-rotator/receiver/koa'
import { nestReceiver } from 'live-key-rotator/receiver/nest'
import { buildKeyset } from 'live-key-rotator/testing'

declare function store(...what: unknown[]): Promise<void>
interface Snapshot {
  stream: string
}

const verify = createVerifier({
  keyset: staticKeyset(buildKeyset({ current: 'key' })),
  host: 'hooks.example.com',
})

const app = express()
app.post(
  '/live/:app',
  express.json(),
  expressReceiver(verify, (callback, request, response) => {
    const name = String(request.params['app'])
    response.status(202).json({ kid: callback.kid, app: name, body: request.body as unknown })
  }),
)
app.post(
  '/typed',
  expressReceiver<object, { ok: boolean }, Snapshot>(verify, async (_, request, response) => {
    await store(request.body.stream.length)
    response.json({ ok: true })
  }),
)
app.post(
  '/promise',
  expressReceiver(verify, async (callback) => store(callback)),
)
app.post(
  '/value',
  expressReceiver(verify, () => 1, { quarantined: 'refuse' }),
)
app.post('/middleware', expressReceiver(verify), express.json(), (request, response) => {
  const callback: Callback | undefined = request.liveCallback
  response.send(callback?.kid)
})
app.use('/all', expressReceiver(verify, { quarantined: 'pass' }))

const server = fastify()
server.post(
  '/live',
  fastifyReceiver(verify, async (callback, request, reply) => {
    void reply.code(202)
    return { kid: callback.kid, body: request.body }
  }),
)
server.post<{ Body: Snapshot }>(
  '/typed',
  fastifyReceiver<{ Body: Snapshot }>(verify, async (_, request) => store(request.body.stream.length)),
)
server.post(
  '/nothing',
  fastifyReceiver(verify, () => undefined),
)
server.post<{ Body: Snapshot }>('/middleware', fastifyReceiver(verify), async (request) => {
  const callback: Callback | undefined = request.liveCallback
  await store(callback?.kid, request.body.stream.length)
})
server.post('/options', { ...fastifyReceiver(verify), bodyLimit: 4096 }, () => ({ ok: true }))

const hono = new Hono()
hono.post(
  '/live',
  honoReceiver(verify, async (callback, c) => c.json({ kid: callback.kid, body: await c.req.text() })),
)
hono.post(
  '/promise',
  honoReceiver(verify, async (callback, c) => store(callback, await c.req.json())),
)
hono.post('/middleware', honoReceiver(verify), async (c) => {
  const callback: Callback = c.get('liveCallback')
  return c.text(callback.kid)
})
interface Env {
  Variables: { user: string }
}
new Hono<Env>().post(
  '/live',
  honoReceiver<Env>(verify, (_, c) => c.text(c.get('user'))),
)

const koa = new Koa()
koa.use(
  koaReceiver(verify, async (callback, ctx) => {
    await store(callback.kid, ctx.request.length)
    ctx.status = 204
  }),
)
koa.use(koaReceiver(verify)).use(async (ctx) => {
  const callback: Callback = ctx.state.liveCallback
  ctx.body = callback.kid
})

@Controller('live')
export class LiveController {
  @Post('snapshot')
  @HttpCode(200)
  @UseGuards(nestReceiver(verify))
  async snapshot(@Req() request: express.Request, @Body() body: Snapshot): Promise<void> {
    await store(request.liveCallback?.kid, body.stream)
  }
}
