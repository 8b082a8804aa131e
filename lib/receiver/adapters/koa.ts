import type { DefaultContext, Middleware, ParameterizedContext } from 'koa'
import { admitNow, type Callback } from '../admit.ts'
import type { Verify } from '../verifier.ts'
import { readArguments, type ReceiverOptions } from './options.ts'

export interface KoaState {
  /** The verification, after `koaReceiver(verify)`. */
  liveCallback: Callback
}

export type KoaHandler<S, C> = (callback: Callback, context: ParameterizedContext<S, C>) => unknown

/**
 * Middleware for Koa 2 and 3, and what builds on it (Egg, Midway), that answers probes and forged callbacks. Body parsers
 * may come before or after it.
 *
 * With a handler it ends the route: if the handler sets no answer, the adapter answers 200. Without one it continues for
 * accepted callbacks, with the verification at `ctx.state.liveCallback`. Errors go to Koa.
 *
 * @example
 * ```ts
 * router.post('/live/snapshot', koaReceiver(verify), bodyParser(), async (ctx) => {
 *   await store(ctx.state.liveCallback.kid, ctx.request.body)
 *   ctx.status = 204
 * })
 * ```
 */
export function koaReceiver<S extends object, C = DefaultContext>(
  verify: Verify,
  handler: KoaHandler<S, C>,
  options?: ReceiverOptions,
): Middleware<S, C>
export function koaReceiver(verify: Verify, options?: ReceiverOptions): Middleware<KoaState>
export function koaReceiver(
  verify: Verify,
  first?: KoaHandler<KoaState, DefaultContext> | ReceiverOptions,
  second?: ReceiverOptions,
): Middleware<KoaState> {
  const { handler, admitOptions } = readArguments('koaReceiver', first, second)
  return async (context, next) => {
    const admitted = admitNow(verify, context.headers, admitOptions, context.req)
    const admission = admitted instanceof Promise ? await admitted : admitted
    if (admission.kind === 'answer') {
      context.status = admission.status
      context.set(admission.headers)
      context.body = admission.status === 204 ? null : ''
    } else if (handler === undefined) {
      context.state.liveCallback = admission.verification
      await next()
    } else {
      context.status = 200
      await handler(admission.verification, context)
      if (context.status === 200) context.body ??= ''
    }
  }
}
