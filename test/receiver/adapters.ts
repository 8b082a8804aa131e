import 'reflect-metadata'
import type { RequestListener } from 'node:http'
import { text } from 'node:stream/consumers'
import { getRequestListener } from '@hono/node-server'
import { Controller, HttpCode, Logger, Post, Req, Res, UseGuards, type CanActivate } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import express from 'express'
import express4 from 'express4'
import fastify from 'fastify'
import { fastify as olderFastify } from 'fastify4'
import { Hono } from 'hono'
import { Hono as OlderHono } from 'hono3'
import Koa from 'koa'
import Koa2 from 'koa2'
import { onTestFinished } from 'vitest'
import type { Callback } from '../../lib/receiver/admit.ts'
import { expressReceiver } from '../../lib/receiver/adapters/express.ts'
import { fastifyReceiver } from '../../lib/receiver/adapters/fastify.ts'
import { fcBody, fcReceiver, type FcHttpResponse } from '../../lib/receiver/adapters/fc.ts'
import { honoReceiver } from '../../lib/receiver/adapters/hono.ts'
import { koaReceiver } from '../../lib/receiver/adapters/koa.ts'
import { nestReceiver } from '../../lib/receiver/adapters/nest.ts'
import { nodeReceiver } from '../../lib/receiver/adapters/node.ts'
import type { ReceiverOptions } from '../../lib/receiver/adapters/options.ts'
import { webReceiver } from '../../lib/receiver/adapters/web.ts'
import type { Verify } from '../../lib/receiver/index.ts'
import { serve } from './support.ts'

// They have types of their own; the compiler sees them in scripts/check-package.mjs.
export const fastify4 = olderFastify as unknown as typeof fastify
const Hono3 = OlderHono as unknown as typeof Hono

/** User code, the same for every framework: gets the body as text, and may answer with a text of its own. */
export type UserCode = (callback: Callback, body: string) => string | undefined

/** Starts a server with the adapter, as its users would. Returns the address. */
export type StartReceiver = (verify: Verify, userCode: UserCode) => Promise<string>

/** The same with middleware. */
export type StartMiddleware = (
  verify: Verify,
  userCode: UserCode,
  options?: ReceiverOptions,
) => Promise<string>

/** The text that was sent, from what a framework that parses bodies passes on. */
function unparsed(body: unknown): string {
  if (Buffer.isBuffer(body)) return body.toString()
  return body === undefined || body === null ? '' : JSON.stringify(body)
}

function found(callback: Callback | undefined): Callback {
  if (callback === undefined) throw new TypeError('no verification on the request')
  return callback
}

function listenerOf(handle: (request: Request) => Response | Promise<Response>): RequestListener {
  const listener = getRequestListener(handle, { errorHandler: () => new Response(null, { status: 500 }) })
  return (request, response) => void listener(request, response)
}

function quiet(app: Koa): Koa {
  return app.on('error', () => undefined)
}

function koaListener(app: Koa): RequestListener {
  const listener = quiet(app).callback()
  return (request, response) => void listener(request, response)
}

type FcHandle = (event: Uint8Array) => Promise<FcHttpResponse>

/** Function Compute in small: an HTTP request becomes an event, and the answer becomes an HTTP response. */
function serveFunction(handle: FcHandle): Promise<string> {
  return serve((request, response) => {
    void (async () => {
      const body = Buffer.from(await text(request)).toString('base64')
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name.toUpperCase(), String(value)]),
      )
      const event = { version: 'v1', rawPath: request.url, headers, body, isBase64Encoded: true }
      const answer = await handle(Buffer.from(JSON.stringify(event)))
      response.writeHead(answer.statusCode, answer.headers).end(answer.body)
    })().catch(() => response.writeHead(500).end())
  })
}

const fcOwn = (body: string | undefined) =>
  body === undefined ? undefined : { statusCode: 202, headers: {}, isBase64Encoded: false, body }

function expressEnd(framework: typeof express): StartReceiver {
  return (verify, userCode) => {
    const app = framework()
    app.post(
      '/',
      expressReceiver(verify, async (callback, request, response) => {
        const own = userCode(callback, await text(request))
        if (own !== undefined) response.status(202).send(own)
      }),
    )
    return serve(app)
  }
}

function fastifyEnd(framework: typeof fastify): StartReceiver {
  return (verify, userCode) => {
    const app = framework()
    onTestFinished(() => app.close())
    app.post(
      '/',
      fastifyReceiver(verify, (callback, request, reply) => {
        const own = userCode(callback, unparsed(request.body))
        if (own !== undefined) void reply.code(202).send(own)
      }),
    )
    return app.listen({ host: '127.0.0.1', port: 0 })
  }
}

function honoEnd(framework: typeof Hono): StartReceiver {
  return (verify, userCode) => {
    const app = new framework()
    app.post(
      '/',
      honoReceiver(verify, async (callback, context) => {
        const own = userCode(callback, await context.req.text())
        return own === undefined ? undefined : context.text(own, 202)
      }),
    )
    app.onError((_, context) => context.body(null, 500))
    return serve(listenerOf(app.fetch))
  }
}

function koaEnd(framework: typeof Koa): StartReceiver {
  return (verify, userCode) => {
    const app = new framework()
    app.use(
      koaReceiver(verify, async (callback, context) => {
        const own = userCode(callback, await text(context.req))
        if (own !== undefined) {
          context.status = 202
          context.body = own
        }
      }),
    )
    return serve(koaListener(app))
  }
}

/** The frameworks with a handler. */
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
  'express 5': expressEnd(express),
  'express 4': expressEnd(express4),
  'fastify 5': fastifyEnd(fastify),
  'fastify 4': fastifyEnd(fastify4),
  'hono 4': honoEnd(Hono),
  'hono 3': honoEnd(Hono3),
  'koa 3': koaEnd(Koa),
  'koa 2': koaEnd(Koa2),
  web: (verify, userCode) =>
    serve(
      listenerOf(
        webReceiver(verify, async (callback, request) => {
          const own = userCode(callback, await request.text())
          return own === undefined ? undefined : new Response(own, { status: 202 })
        }),
      ),
    ),
  fc: (verify, userCode) => {
    const handle = fcReceiver(verify, (callback, event) =>
      fcOwn(userCode(callback, fcBody(event).toString('utf8'))),
    )
    return serveFunction((event) => handle(event, {}))
  },
}

function expressMiddleware(framework: typeof express, parser: 'before' | 'after'): StartMiddleware {
  return (verify, userCode, options) => {
    const app = framework()
    const receiver = expressReceiver(verify, options)
    const json = framework.json()
    app.post(
      '/',
      ...(parser === 'before' ? [json, receiver] : [receiver, json]),
      (request: express.Request, response: express.Response) => {
        const own = userCode(found(request.liveCallback), unparsed(request.body))
        if (own === undefined) response.end()
        else response.status(202).send(own)
      },
    )
    return serve(app)
  }
}

function fastifyMiddleware(framework: typeof fastify): StartMiddleware {
  return (verify, userCode, options) => {
    const app = framework()
    onTestFinished(() => app.close())
    app.post('/', fastifyReceiver(verify, options), async (request, reply) => {
      const own = userCode(found(request.liveCallback), unparsed(request.body))
      if (own !== undefined) void reply.code(202)
      return own ?? ''
    })
    return app.listen({ host: '127.0.0.1', port: 0 })
  }
}

function honoMiddleware(framework: typeof Hono): StartMiddleware {
  return (verify, userCode, options) => {
    const app = new framework()
    app.post('/', honoReceiver(verify, options), async (context) => {
      const own = userCode(context.get('liveCallback'), await context.req.text())
      return own === undefined ? context.body(null) : context.text(own, 202)
    })
    app.onError((_, context) => context.body(null, 500))
    return serve(listenerOf(app.fetch))
  }
}

function koaMiddleware(framework: typeof Koa): StartMiddleware {
  return (verify, userCode, options) => {
    const app = new framework()
    app.use(koaReceiver(verify, options)).use(async (context) => {
      const own = userCode(context.state.liveCallback, await text(context.req))
      context.status = own === undefined ? 200 : 202
      context.body = own ?? ''
    })
    return serve(koaListener(app))
  }
}

/** Decorators, applied as the compiler applies them. */
function controllerOf(guard: CanActivate, userCode: UserCode) {
  class LiveController {
    snapshot(request: express.Request, response: express.Response): void {
      const own = userCode(found(request.liveCallback), unparsed(request.body))
      if (own === undefined) response.end()
      else response.status(202).send(own)
    }
  }
  const method = Object.getOwnPropertyDescriptor(LiveController.prototype, 'snapshot')
  if (method === undefined) throw new TypeError('no method')
  Req()(LiveController.prototype, 'snapshot', 0)
  Res()(LiveController.prototype, 'snapshot', 1)
  HttpCode(200)(LiveController.prototype, 'snapshot', method)
  Post()(LiveController.prototype, 'snapshot', method)
  UseGuards(guard)(LiveController.prototype, 'snapshot', method)
  Controller()(LiveController)
  return LiveController
}

/** The frameworks with middleware, and what ends the route behind it. */
export const MIDDLEWARE: Readonly<Record<string, StartMiddleware>> = {
  node: (verify, userCode, options) => {
    const receiver = nodeReceiver(verify, options)
    return serve((request, response) => {
      receiver(request, response, () => {
        void text(request)
          .then((body) => {
            const own = userCode(found((request as { liveCallback?: Callback }).liveCallback), body)
            response.writeHead(own === undefined ? 200 : 202).end(own)
          })
          .catch(() => response.writeHead(500).end())
      })
    })
  },
  'express 5, body parsed before': expressMiddleware(express, 'before'),
  'express 5, body parsed after': expressMiddleware(express, 'after'),
  'express 4, body parsed before': expressMiddleware(express4, 'before'),
  'express 4, body parsed after': expressMiddleware(express4, 'after'),
  'fastify 5': fastifyMiddleware(fastify),
  'fastify 4': fastifyMiddleware(fastify4),
  'hono 4': honoMiddleware(Hono),
  'hono 3': honoMiddleware(Hono3),
  'koa 3': koaMiddleware(Koa),
  'koa 2': koaMiddleware(Koa2),
  nest: async (verify, userCode, options) => {
    const controllers = [controllerOf(nestReceiver(verify, options), userCode)]
    Logger.overrideLogger(false)
    const app = await NestFactory.create({ module: class AppModule extends Object {}, controllers })
    onTestFinished(() => app.close())
    await app.listen(0, '127.0.0.1')
    return app.getUrl()
  },
  web: (verify, userCode, options) => {
    const receiver = webReceiver(verify, options)
    return serve(
      listenerOf((request) =>
        receiver(request, async ({ liveCallback }) => {
          const own = userCode(liveCallback, await request.text())
          return own === undefined ? new Response(null) : new Response(own, { status: 202 })
        }),
      ),
    )
  },
  fc: (verify, userCode, options) => {
    const receiver = fcReceiver(verify, options)
    return serveFunction((given) =>
      receiver(given, (event) => fcOwn(userCode(event.liveCallback, fcBody(event).toString('utf8')))),
    )
  },
}
