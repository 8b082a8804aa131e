import type { RequestListener } from 'node:http'
import { text } from 'node:stream/consumers'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { onTestFinished } from 'vitest'
import type { Callback } from '../../lib/receiver/admit.ts'
import { expressReceiver } from '../../lib/receiver/adapters/express.ts'
import { fastifyReceiver } from '../../lib/receiver/adapters/fastify.ts'
import { fcBody, fcReceiver } from '../../lib/receiver/adapters/fc.ts'
import { honoReceiver } from '../../lib/receiver/adapters/hono.ts'
import type { Verify } from '../../lib/receiver/index.ts'
import { nodeReceiver } from '../../lib/receiver/adapters/node.ts'
import { webReceiver } from '../../lib/receiver/adapters/web.ts'
import { serve } from './support.ts'

/** User code, the same for every framework: gets the body as text, and may answer with a text of its own. */
export type UserCode = (callback: Callback, body: string) => string | undefined

/** Starts a server with the adapter, as its users would. Returns the address. */
export type StartReceiver = (verify: Verify, userCode: UserCode) => Promise<string>

/** What a framework that parses bodies hands over, as the text that was sent. */
function unparsed(body: unknown): string {
  return body === undefined || body === null ? '' : JSON.stringify(body)
}

function listenerOf(handle: (request: Request) => Response | Promise<Response>): RequestListener {
  const listener = getRequestListener(handle, { errorHandler: () => new Response(null, { status: 500 }) })
  return (request, response) => void listener(request, response)
}

export const ADAPTERS: Readonly<Record<string, StartReceiver>> = {
  node: (verify, userCode) =>
    serve(
      nodeReceiver(
        verify,
        async (callback, request, response) => {
          const own = userCode(callback, await text(request))
          if (own !== undefined) response.writeHead(202).end(own)
        },
        { onError: () => undefined },
      ),
    ),

  'express, body parsed first': (verify, userCode) => {
    const app = express()
    app.use(express.json())
    app.post(
      '/',
      expressReceiver(verify, async (callback, request, response) => {
        const own = userCode(callback, unparsed(request.body))
        if (own !== undefined) response.status(202).send(own)
      }),
    )
    return serve(app)
  },

  'express, body not parsed': (verify, userCode) => {
    const app = express()
    app.post(
      '/',
      expressReceiver(verify, async (callback, request, response) => {
        const own = userCode(callback, await text(request))
        if (own !== undefined) response.status(202).send(own)
      }),
    )
    return serve(app)
  },

  fastify: async (verify, userCode) => {
    const app = fastify()
    onTestFinished(() => app.close())
    app.post(
      '/',
      fastifyReceiver(verify, (callback, request, reply) => {
        const own = userCode(callback, unparsed(request.body))
        if (own !== undefined) void reply.code(202).send(own)
      }),
    )
    return app.listen({ host: '127.0.0.1', port: 0 })
  },

  hono: (verify, userCode) => {
    const app = new Hono()
    app.post(
      '/',
      honoReceiver(verify, async (callback, context) => {
        const own = userCode(callback, await context.req.text())
        return own === undefined ? undefined : context.text(own, 202)
      }),
    )
    app.onError((_, context) => context.body(null, 500))
    return serve(listenerOf(app.fetch))
  },

  web: (verify, userCode) => {
    const handle = webReceiver(verify, async (callback, request) => {
      const own = userCode(callback, await request.text())
      return own === undefined ? undefined : new Response(own, { status: 202 })
    })
    return serve(listenerOf(handle))
  },

  fc: (verify, userCode) => {
    const handle = fcReceiver(verify, (callback, event) => {
      const body = userCode(callback, fcBody(event).toString('utf8'))
      return body === undefined ? undefined : { statusCode: 202, headers: {}, isBase64Encoded: false, body }
    })
    // Function Compute in small: an HTTP request becomes an event, and the answer becomes an HTTP response.
    return serve((request, response) => {
      void (async () => {
        const body = Buffer.from(await text(request)).toString('base64')
        const headers = Object.fromEntries(
          Object.entries(request.headers).map(([name, value]) => [name.toUpperCase(), String(value)]),
        )
        const event = { version: 'v1', rawPath: request.url, headers, body, isBase64Encoded: true }
        const answer = await handle(Buffer.from(JSON.stringify(event)), {})
        response.writeHead(answer.statusCode, answer.headers).end(answer.body)
      })().catch(() => response.writeHead(500).end())
    })
  },
}
