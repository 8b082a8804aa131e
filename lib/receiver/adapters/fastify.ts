import type { FastifyReply, FastifyRequest, RouteGenericInterface } from 'fastify'
import { admit, type Callback } from '../admit.ts'
import type { Verify } from '../verifier.ts'
import { readUnparsable, showHeaders } from './fastify-body.ts'
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
  onRequest(request: FastifyRequest, reply: FastifyReply): Promise<unknown>
  preParsing(request: FastifyRequest): Promise<void>
  preValidation(request: FastifyRequest): Promise<void>
}

export interface FastifyRoute<R extends RouteGenericInterface> extends FastifyHooks {
  handler(request: FastifyRequest<R>, reply: FastifyReply): Promise<unknown>
}

/**
 * The options of a route of Fastify 4 or 5 that answers probes and forged callbacks before their body is read. Fastify
 * parses the body of the others where it can; what no parser of the instance knows, or JSON that is none, comes as a
 * Buffer, for the signature does not cover the body. A parser that is registered by a regular expression cannot be seen
 * from here: name the types that it parses.
 *
 * With a handler they are the whole route: what it returns is sent, and 200 where it returns nothing and sent nothing.
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
  const { handler, admitOptions } = readArguments(first, second)
  const hooks: FastifyHooks = {
    async onRequest(request, reply) {
      const admission = await admit(verify, request.headers, admitOptions, request)
      if (admission.kind === 'answer') return reply.code(admission.status).headers(admission.headers).send()
      request.liveCallback = admission.verification
      return undefined
    },
    preParsing: readUnparsable,
    preValidation: showHeaders,
  }
  if (handler === undefined) return hooks
  const route: FastifyRoute<RouteGenericInterface> = {
    ...hooks,
    async handler(request, reply) {
      const { liveCallback } = request
      if (liveCallback === undefined)
        throw new TypeError('fastifyReceiver: the route needs its onRequest hook')
      const result: unknown = await handler(liveCallback, request, reply)
      if (result !== undefined) return result
      return reply.sent ? reply : reply.send()
    },
  }
  return route
}
