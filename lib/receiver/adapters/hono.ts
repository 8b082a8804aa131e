import type { Context, Env } from 'hono'
import { admit, type Callback } from '../admit.ts'
import type { Verify } from '../verifier.ts'

export type HonoHandler<E extends Env> = (
  callback: Callback,
  context: Context<E>,
) => Response | undefined | Promise<Response | undefined>

/**
 * A Hono handler that answers probes and forged callbacks, and calls `handler` for the others. When the handler returns
 * nothing, the answer is 200; an error that it throws goes to Hono.
 *
 * @example
 * ```ts
 * app.post('/live/snapshot', honoReceiver(verify, async (callback, context) => {
 *   if (callback.verdict === 'accepted') await store(await context.req.json())
 * }))
 * ```
 */
export function honoReceiver<E extends Env = Env>(
  verify: Verify,
  handler: HonoHandler<E>,
): (context: Context<E>) => Promise<Response> {
  return async (context) => {
    const admission = await admit(verify, (name) => context.req.header(name))
    if ('answer' in admission) return context.body(null, admission.answer.status, admission.answer.headers)
    return (await handler(admission.callback, context)) ?? context.body(null)
  }
}
