import type { FastifyReply, FastifyRequest } from 'fastify'
import { admit, type Callback } from '../admit.ts'
import type { Verify } from '../verifier.ts'

export type FastifyHandler = (callback: Callback, request: FastifyRequest, reply: FastifyReply) => unknown

/**
 * The options of a Fastify route that answers probes and forged callbacks before their body is parsed, and calls
 * `handler` for the others. What the handler returns is sent; when that is nothing, and nothing was sent, 200.
 *
 * @example
 * ```ts
 * fastify.post('/live/snapshot', fastifyReceiver(verify, async (callback, request) => {
 *   if (callback.verdict === 'accepted') await store(request.body)
 * }))
 * ```
 */
export function fastifyReceiver(verify: Verify, handler: FastifyHandler) {
  const admitted = new WeakMap<FastifyRequest, Callback>()
  return {
    async onRequest(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
      const admission = await admit(verify, (name) => request.headers[name])
      if ('answer' in admission)
        return reply.code(admission.answer.status).headers(admission.answer.headers).send()
      admitted.set(request, admission.callback)
      return undefined
    },
    async handler(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
      const callback = admitted.get(request)
      if (callback === undefined) throw new TypeError('fastifyReceiver: the route needs its onRequest hook')
      const result: unknown = await handler(callback, request, reply)
      if (result !== undefined) return result
      return reply.sent ? reply : reply.send()
    },
  }
}
