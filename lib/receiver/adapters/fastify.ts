import type { FastifyReply, FastifyRequest, RouteGenericInterface } from 'fastify'
import { admitNow, whenAdmitted, type Callback } from '../admit.ts'
import type { Verify } from '../verifier.ts'
import { readBody, showHeaders } from './fastify-body.ts'
import { readArguments, type ReceiverOptions } from './options.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The verification, in a route with `fastifyReceiver(verify)`. */
    liveCallback?: Callback
  }
}

export type FastifyHandler<R extends RouteGenericInterface = RouteGenericInterface> = (
  callback: Callback,
  request: FastifyRequest<R>,
  reply: FastifyReply,
) => unknown

/** The hooks of a route whose callbacks are verified. */
export interface FastifyHooks {
  onRequest(request: FastifyRequest, reply: FastifyReply, done: (error?: Error) => void): void
  preParsing(
    request: FastifyRequest,
    reply: FastifyReply,
    payload: unknown,
    done: (error?: Error) => void,
  ): void
  preValidation(request: FastifyRequest, reply: FastifyReply, done: () => void): void
}

export interface FastifyRoute<R extends RouteGenericInterface> extends FastifyHooks {
  handler(request: FastifyRequest<R>, reply: FastifyReply): Promise<unknown>
}

/**
 * The options of a route of Fastify 4 or 5 that answers probes and forged callbacks before their body is read. The adapter
 * reads the other bodies, because Fastify refuses those that none of its parsers accepts: JSON is parsed, and anything else
 * comes as a Buffer. If the instance has a parser for a body's type, or for all types, that parser is used. Your own JSON
 * parser runs only in a route with just the first hook: `{ onRequest: fastifyReceiver(verify).onRequest }`.
 *
 * With a handler they are the whole route: what it returns is sent, or 200 if it returns and sends nothing.
 * Without one they are its hooks: the route's own handler gets accepted callbacks, with the verification at
 * `request.liveCallback`.
 *
 * @example
 * ```ts
 * fastify.post('/live/snapshot', fastifyReceiver(verify), async (request) => {
 *   await store(request.liveCallback?.kid, request.body)
 * })
 * ```
 */
export function fastifyReceiver<R extends RouteGenericInterface = RouteGenericInterface>(
  verify: Verify,
  handler: FastifyHandler<R>,
  options?: ReceiverOptions,
): FastifyRoute<R>
export function fastifyReceiver(verify: Verify, options?: ReceiverOptions): FastifyHooks
export function fastifyReceiver(
  verify: Verify,
  first?: FastifyHandler | ReceiverOptions,
  second?: ReceiverOptions,
): FastifyHooks {
  const { handler, admitOptions } = readArguments('fastifyReceiver', first, second)
  const hooks: FastifyHooks = {
    onRequest(request, reply, done) {
      whenAdmitted(
        admitNow(verify, request.headers, admitOptions, request),
        (admission) => {
          if (admission.kind === 'answer') {
            void reply.code(admission.status).headers(admission.headers).send()
          } else {
            request.liveCallback = admission.verification
            done()
          }
        },
        (error) => done(error as Error),
      )
    },
    preParsing: readBody,
    preValidation: showHeaders,
  }
  if (handler === undefined) return hooks
  const route: FastifyRoute<RouteGenericInterface> = {
    ...hooks,
    async handler(request, reply) {
      const { liveCallback } = request
      if (liveCallback === undefined)
        throw new TypeError('fastifyReceiver: the route needs its onRequest hook; pass all of its options')
      const result: unknown = await handler(liveCallback, request, reply)
      if (result !== undefined) return result
      return reply.sent ? reply : reply.send()
    },
  }
  return route
}
