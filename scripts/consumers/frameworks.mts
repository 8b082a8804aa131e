import express from 'express'
import { fastify } from 'fastify'
import { Hono } from 'hono'
import { createVerifier, staticKeyset } from 'live-key-rotator/receiver'
import { expressReceiver } from 'live-key-rotator/receiver/express'
import { fastifyReceiver } from 'live-key-rotator/receiver/fastify'
import { honoReceiver } from 'live-key-rotator/receiver/hono'
import { buildKeyset } from 'live-key-rotator/testing'

const verify = createVerifier({
  keyset: staticKeyset(buildKeyset({ current: 'key' })),
  host: 'hooks.example.com',
})

express().post(
  '/live/:app',
  express.json(),
  expressReceiver(verify, (callback, request, response) => {
    response
      .status(202)
      .json({ kid: callback.kid, app: request.params['app'], body: request.body as unknown })
  }),
)
fastify().post(
  '/live',
  fastifyReceiver(verify, async (callback, request, reply) => {
    void reply.code(202)
    return { kid: callback.kid, body: request.body }
  }),
)
new Hono().post(
  '/live',
  honoReceiver(verify, async (callback, context) =>
    context.json({ kid: callback.kid, body: await context.req.text() }),
  ),
)
interface Env {
  Variables: { user: string }
}
new Hono<Env>().post(
  '/live',
  honoReceiver<Env>(verify, (_, context) => context.text(context.get('user'))),
)
