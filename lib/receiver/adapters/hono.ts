import type { Context, Env, MiddlewareHandler } from 'hono'
import { admitNow, type Callback } from '../admit.ts'
import type { RequestHeaders } from '../verification.ts'
import type { Verify } from '../verifier.ts'
import { isResponse } from './is-response.ts'
import { readArguments, type ReceiverOptions } from './options.ts'

/** What the middleware adds to the context. */
export interface LiveCallbackEnv {
  Variables: { liveCallback: Callback }
}

export type HonoHandler<E extends Env, P extends string> = (
  callback: Callback,
  context: Context<E, P>,
) => unknown

/**
 * A handler for Hono 3 and 4 that answers probes and forged callbacks.
 *
 * With a handler it ends the route: the answer is the `Response` that it returns, or 200 if it returns none. Without one
 * it is middleware: it continues for accepted callbacks, with the verification at `c.get('liveCallback')`. Errors go
 * to Hono.
 *
 * @example
 * ```ts
 * app.post('/live/snapshot', honoReceiver(verify), async (c) => {
 *   await store(c.get('liveCallback').kid, await c.req.json())
 *   return c.body(null)
 * })
 * ```
 */
export function honoReceiver<E extends Env = Env, P extends string = string>(
  verify: Verify,
  handler: HonoHandler<E, P>,
  options?: ReceiverOptions,
): (context: Context<E, P>) => Promise<Response>
export function honoReceiver(verify: Verify, options?: ReceiverOptions): MiddlewareHandler<LiveCallbackEnv>
export function honoReceiver(
  verify: Verify,
  first?: HonoHandler<LiveCallbackEnv, string> | ReceiverOptions,
  second?: ReceiverOptions,
) {
  const { handler, admitOptions } = readArguments('honoReceiver', first, second)
  const receive: MiddlewareHandler<LiveCallbackEnv> = async (context, next) => {
    const admitted = admitNow(verify, headersOf(context), admitOptions, context.req.raw)
    const admission = admitted instanceof Promise ? await admitted : admitted
    if (admission.kind === 'answer') return context.body(null, admission.status, admission.headers)
    if (handler === undefined) {
      context.set('liveCallback', admission.verification)
      return next()
    }
    const answer = await handler(admission.verification, context)
    return isResponse(answer) ? answer : context.body(null)
  }
  return receive
}

/** On Node, those of its own request, which already exist: web headers would have to be created for each request. */
function headersOf({ env, req }: Context): RequestHeaders {
  const { incoming } = (env ?? {}) as { readonly incoming?: { readonly headers?: RequestHeaders } }
  return incoming?.headers ?? { get: (name) => req.header(name) }
}
